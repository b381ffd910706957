/** Hooks and the log: they hear what happens, may answer a refusal, and can break nothing. */

import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { memory } from "../backends/memory.ts";
import { perMinute } from "../engine/rate.ts";
import { byKey } from "../limiters/by-key.ts";
import { faulty } from "../testing/faults.ts";
import { type DenialLine, denialLog } from "./denial-log.ts";
import type { RateLimitOptions } from "./options.ts";
import { rateLimit } from "./rate-limit.ts";

let warn: MockInstance<typeof console.warn>;
beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => warn.mockRestore());

/** An app of which each client, told by a header, may have one request. */
function appWith(options: Partial<RateLimitOptions>) {
  const key = ({ request }: { request: Request }) => request.headers.get("who") ?? "anyone";
  const limiters = [byKey({ name: "a", key, limit: perMinute(1) })];
  const app = new Hono().use(rateLimit({ backend: memory(), limiters, ...options }));
  return app.get("/", (c) => c.text("hello"));
}

const statuses = async (app: Hono, count = 2): Promise<number[]> => {
  const found: number[] = [];
  for (let i = 0; i < count; i++) found.push((await app.request("/")).status);
  await new Promise((done) => setTimeout(done, 1));
  return found;
};

describe("onDecision", () => {
  it("hears of every decision, with the context", async () => {
    const onDecision = vi.fn();
    const app = appWith({ onDecision, log: false });
    expect(await statuses(app)).toEqual([200, 429]);
    expect(onDecision.mock.calls.map(([{ allowed, context }]) => [allowed, context.req.path])).toEqual([
      [true, "/"],
      [false, "/"],
    ]);
  });
});

describe("onSettled", () => {
  it("hears what a request finally cost, where that is not what it was charged, and breaks nothing", async () => {
    const onSettled = vi.fn(() => {
      throw new Error("hook");
    });
    const onError = vi.fn();
    const settle = ({ status }: Response) => (status === 404 ? 0 : undefined);
    const limiters = [byKey({ name: "a", key: () => "k", limit: perMinute(1), settle })];
    const app = appWith({ onSettled, onError, limiters, log: false });
    const found = [];
    for (const path of ["/none", "/none", "/", "/none"]) found.push((await app.request(path)).status);
    expect(found).toEqual([404, 404, 200, 429]);
    const heard = expect.objectContaining({
      settlements: [
        { decision: expect.objectContaining({ cost: 1, key: expect.stringContaining("k") as string }), cost: 0 },
      ],
    });
    expect(onSettled.mock.calls).toEqual([[heard], [heard]]);
    expect(onError).toHaveBeenCalledTimes(2);
  });
});

function beingRead(): Response {
  const response = new Response("later", { status: 429 });
  response.body?.getReader();
  return response;
}

describe("onDenied", () => {
  it("hears of a refusal, and leaves the answer as it is", async () => {
    const onDenied = vi.fn(() => undefined);
    expect(await statuses(appWith({ onDenied, log: false }))).toEqual([200, 429]);
    expect(onDenied).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        reason: "quota-exceeded",
        status: 429,
        violatedPolicies: ["a"],
        refused: [
          { limiter: "a", policy: { name: "a", ...perMinute(1) }, key: expect.stringContaining("anyone") as string },
        ],
        retryAfterMs: expect.any(Number) as number,
        decisions: [expect.objectContaining({ allowed: false })],
      }),
    );
  });

  it("may answer instead; the wait, the numbers and no-store are filled in", async () => {
    const app = appWith({ log: false, onDenied: async ({ context }) => context.json({ error: "slow down" }, 429) });
    await app.request("/");
    const response = await app.request("/");
    expect([response.status, await response.json()]).toEqual([429, { error: "slow down" }]);
    expect(response.headers.get("Content-Type")).toBe("application/json");
    expect(response.headers.get("Retry-After")).toBe("60");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(response.headers.get("RateLimit")).toBe('"a";r=0;t=60');
  });

  it("may say otherwise, and keeps what it says", async () => {
    const headers = { "Retry-After": "7", "Cache-Control": "private" };
    const app = appWith({ log: false, onDenied: () => new Response("later", { status: 429, headers }) });
    await app.request("/");
    const response = await app.request("/");
    expect([response.headers.get("Retry-After"), response.headers.get("Cache-Control")]).toEqual(["7", "private"]);
  });

  it("may send clients elsewhere, also by a response that cannot be changed", async () => {
    const app = appWith({ log: false, onDenied: () => Response.redirect("http://localhost/captcha", 303) });
    await app.request("/");
    const { status, headers } = await app.request("/");
    expect([status, headers.get("Location"), headers.get("Retry-After")]).toEqual([
      303,
      "http://localhost/captcha",
      null,
    ]);
    expect(headers.get("RateLimit")).toBe('"a";r=0;t=60');
  });

  it.each([
    ["throws", () => JSON.parse("{")],
    ["rejects", () => Promise.reject(new Error("no"))],
    ["answers nonsense", () => "no" as unknown as Response],
    ["answers null", () => null as unknown as undefined],
    ["answers an error without a status", () => Response.error()],
    ["answers what somebody reads already", () => beingRead()],
  ])("that %s turns a refusal neither into an admission nor into a 500", async (_, onDenied) => {
    expect(await statuses(appWith({ onDenied, log: false, onError: () => undefined }))).toEqual([200, 429]);
  });
});

describe("a hook that fails breaks nothing", () => {
  const failing: [string, () => Promise<void>][] = [
    ["throws", () => JSON.parse("{") as Promise<void>],
    ["rejects", () => Promise.reject(new Error("no"))],
  ];

  it.each(failing)("onDecision %s", async (_, onDecision) => {
    const onError = vi.fn();
    expect(await statuses(appWith({ onDecision, onError, log: false }))).toEqual([200, 429]);
    expect(onError).toHaveBeenCalledTimes(2);
  });

  it.each(failing)("log %s", async (_, log) => {
    const onError = vi.fn();
    expect(await statuses(appWith({ log, onError }))).toEqual([200, 429]);
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it.each(failing)("onError %s, and both errors are on the console", async (_, onError) => {
    const backend = faulty(memory());
    backend.faults.down();
    expect(await statuses(appWith({ onError, backend, onDecision: () => JSON.parse("{"), log: false }))).toEqual([
      200, 200,
    ]);
    expect(warn.mock.calls.flat().filter((line) => String(line).includes("SLUICE_BACKEND_FAILED"))).toHaveLength(1);
    expect(warn).toHaveBeenCalledTimes(6);
  });
});

describe("the log of denials", () => {
  /** What is logged while each of these clients asks once more than it may. */
  async function logged(clients: readonly string[], denials = 1): Promise<DenialLine[]> {
    const lines: DenialLine[] = [];
    const app = appWith({ log: (line) => void lines.push(line) });
    for (const who of clients) {
      for (let i = 0; i <= denials; i++) await app.request("/", { headers: { who } });
    }
    return lines;
  }

  it("is one line of JSON on the console, without the key", async () => {
    const app = appWith({});
    for (let i = 0; i < 2; i++) await app.request("/", { headers: { who: "203.0.113.9" } });
    expect(warn).toHaveBeenCalledTimes(1);
    const [line] = warn.mock.calls[0] as [string];
    expect(line).not.toContain("203.0.113.9");
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toEqual({
      event: "rate-limit-denied",
      limiter: "a",
      policy: "a",
      key: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      retryAfterMs: expect.any(Number) as number,
      times: 1,
    });
  });

  it("holds the first, second, fourth, eighth… denial of a key", async () => {
    expect((await logged(["x"], 40)).map(({ times }) => times)).toEqual([1, 2, 4, 8, 16, 32]);
  });

  it("tells keys apart, and gives one key one name", async () => {
    const keys = (await logged(["x", "y", "", "x".repeat(10_000)], 2)).map(({ key }) => key);
    expect(new Set(keys).size).toBe(4);
    expect(keys[0]).toBe(keys[1]);
  });

  it("gives a key another name in another process", async () => {
    const [[one], [other]] = [await logged(["x"]), await logged(["x"])];
    expect(one?.key).not.toBe(other?.key);
  });

  it("remembers 2,000 keys and starts counting anew beyond, so that a flood fills no memory", () => {
    const times: number[] = [];
    const log = denialLog(
      (line) => times.push(line.times),
      (error) => expect.unreachable(String(error)),
    );
    const deny = (key: string) => log({ limiter: "a", policy: "a", key });
    for (let i = 0; i < 2_000; i++) deny(`${i}`);
    deny("0");
    expect(times.slice(-2)).toEqual([1, 2]);
    deny("one more");
    deny("0");
    expect(times.slice(-2)).toEqual([1, 1]);
  });

  it("can be turned off", async () => {
    expect(await statuses(appWith({ log: false }))).toEqual([200, 429]);
    expect(warn).not.toHaveBeenCalled();
  });
});
