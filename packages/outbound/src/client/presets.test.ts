import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { codeOf, made, statusOf, upstreamOf } from "../../test/client-made.ts";
import { socketTime } from "../../test/socket-time.ts";
import type { Client } from "./client.ts";
import { duckDuckGo, grok, millionVerifier, type PresetOptions, supabase } from "./presets.ts";
import { tokensPerMinute } from "./tokens.ts";

type Behaviour = Parameters<typeof upstreamOf>[0];

/** A preset before an upstream that behaves as its service does, on one virtual time. */
async function before(
  preset: (options: PresetOptions) => Client,
  behaves: Behaviour,
  own: Partial<PresetOptions> = {},
) {
  const time = socketTime();
  const upstream = await upstreamOf({ time, ...behaves });
  const options = {
    backend: memory({ clock: time }),
    baseUrl: upstream.url,
    time,
    fetch: time.fetch,
    maxWaitMs: 600_000,
  };
  const client = preset({ ...options, ...own });
  const calls = (count: number, init: object = {}) =>
    time.until(Promise.all(Array.from({ length: count }, () => client("/v1/x", init).then(statusOf, codeOf))));
  return { time, upstream, client, calls };
}

describe("grok", () => {
  it("keeps 60 a minute and a small burst, as xAI counts them", async () => {
    const limits = [
      { limit: 60, windowMs: 60_000 },
      { limit: 6, windowMs: 1_000 },
    ];
    const { calls, upstream } = await before(grok, { limits });
    expect(await calls(70, { method: "POST", body: "{}" })).toEqual(Array(70).fill(200));
    expect(upstream.counts()).toMatchObject({ requests: 70, refused: 0 });
  });

  it("gives every POST a key, so that it can be sent again", async () => {
    const keys: (string | undefined)[] = [];
    const fault = ({ headers, number }: { headers: Readonly<Record<string, string | undefined>>; number: number }) => {
      keys.push(headers["idempotency-key"]);
      return number === 1 ? 503 : undefined;
    };
    const { calls } = await before(grok, { fault });
    expect(await calls(1, { method: "POST", body: "{}" })).toEqual([200]);
    expect(keys).toEqual([keys[0], keys[0]]);
    expect(keys[0]).toBeDefined();
  });

  it("keeps tokens a minute: estimated from the text, set right by the answer", async () => {
    const answer = () => ({ body: JSON.stringify({ usage: { total_tokens: 1_500 } }) });
    const { calls, client, time } = await before((options) => grok({ ...options, tokensPerMinute: 10_000 }), {
      answer,
    });
    const body = JSON.stringify({ prompt: "x".repeat(400), max_tokens: 300 });
    const from = time.now();
    await calls(1, { method: "POST", body });
    await expect.poll(async () => Math.round((await client.state()).limits[1]?.used ?? 0)).toBeGreaterThan(1_480);
    for (let i = 0; i < 4; i++) await calls(1, { method: "POST", body });
    // 7,500 tokens, of which 2,000 fit at once, and each call learns what the one before it has cost: 8,000 a minute.
    expect(time.now() - from).toBeGreaterThan(20_000);
  });
});

describe("tokensPerMinute()", () => {
  it("believes an answer no more than ten minutes' worth, and none that is no JSON", async () => {
    const { actual } = tokensPerMinute(1_000);
    const told = (total_tokens: unknown, type = "application/json") =>
      actual?.(new Response(JSON.stringify({ usage: { total_tokens } }), { headers: { "content-type": type } }));
    expect(await told(1_500)).toBe(1_500);
    expect(await told(9e12)).toBe(10_000);
    expect(await told("1500")).toBeUndefined();
    expect(await told(1_500, "text/plain")).toBeUndefined();
  });
});

describe("millionVerifier", () => {
  it("keeps 100 a minute", async () => {
    const { calls, upstream } = await before(millionVerifier, { limits: [{ limit: 100, windowMs: 60_000 }] });
    expect(await calls(110)).toEqual(Array(110).fill(200));
    expect(upstream.counts()).toMatchObject({ requests: 110, refused: 0 });
  });
});

describe("duckDuckGo", () => {
  it("keeps 30 a minute, and waits when it is answered with 202 or 403", async () => {
    for (const refusal of [202, 403]) {
      const limits = [{ limit: 30, windowMs: 60_000 }];
      const { calls, upstream, client } = await before(duckDuckGo, { limits, refusal, tells: ["nothing"] });
      // Somebody else at the same address has taken some of it.
      upstream.foreign(10);
      const answers = await calls(30);
      expect(answers).toEqual(Array(30).fill(200));
      expect(upstream.counts().refused).toBeGreaterThan(0);
      expect(await client.breaker?.state()).toMatchObject({ phase: "closed", failures: 0 });
    }
  });
});

describe("supabase", () => {
  it("keeps 1,000 a second and needs the project's address", async () => {
    const { calls, upstream } = await before(supabase, { limits: [{ limit: 1_000, windowMs: 1_000 }] });
    expect(await calls(110)).toEqual(Array(110).fill(200));
    expect(upstream.counts().refused).toBe(0);
    const { client } = await made();
    expect(client.name).toBe("api");
    expect(await supabase({ backend: memory() })("/rest/v1/x").catch(codeOf)).toBe("SLUICE_BASE_URL");
  });
});

describe("every preset", () => {
  it("says what is missing where it is given nothing", () => {
    for (const preset of [grok, millionVerifier, duckDuckGo, supabase]) {
      const missing = expect.objectContaining({ code: "SLUICE_OPTION_MISSING" });
      expect(() => preset(undefined as unknown as PresetOptions)).toThrow(missing);
    }
  });

  it("has a name, and every option can be overridden; what is undefined overrides nothing", async () => {
    const backend = memory();
    const names = [grok, millionVerifier, duckDuckGo, supabase].map((preset) => preset({ backend }).name);
    expect(names).toEqual(["grok", "millionverifier", "duckduckgo", "supabase"]);
    expect(grok({ backend, name: "grok-eu" }).name).toBe("grok-eu");
    const asked: unknown[] = [];
    const fetch = async (input: unknown) => {
      asked.push(input);
      return new Response();
    };
    await grok({ backend, fetch, baseUrl: undefined })("/v1/models");
    await grok({ backend, fetch, baseUrl: "https://other.example/base/" })("/v1/models");
    expect(asked).toEqual(["https://api.x.ai/v1/models", "https://other.example/base/v1/models"]);
  });
});
