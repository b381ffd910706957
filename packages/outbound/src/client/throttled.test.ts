import { perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { codeOf, made, statusOf } from "../../test/client-made.ts";
import { createClient } from "./create-client.ts";

/** Refuses the first `count` requests, and says for how long. */
const refusing = (count: number, retryAfter: string) => {
  let left = count;
  return {
    answer: () => (left-- > 0 ? { status: 429, headers: { "retry-after": retryAfter } } : {}),
  };
};

describe("an answer of 429", () => {
  it("pauses every caller of that API until it said, and is sent again", async () => {
    const { client, options, time, upstream } = await made({}, refusing(1, "5"));
    const from = time.now();
    const other = createClient(options);
    const first = client("/");
    await time.pass(1);
    const all = Promise.all([first, client("/"), other("/")].map((call) => call.then(statusOf)));
    expect(await time.until(all)).toEqual([200, 200, 200]);
    const [, ...later] = upstream.requestedAt();
    expect(later).toHaveLength(3);
    for (const at of later) expect(at - from).toBeGreaterThanOrEqual(5_000);
    expect(time.now() - from).toBeLessThan(8_000);
  });

  it("takes a token for every attempt", async () => {
    const { client, time, upstream } = await made({ rampMs: 0 }, refusing(2, "0"));
    expect(await time.until(client("/").then(statusOf))).toBe(200);
    expect(upstream.counts().requests).toBe(3);
    expect((await client.limiter.peek())[0]?.used).toBeLessThanOrEqual(3);
    const first = upstream.requestedAt()[0] ?? 0;
    expect(upstream.requestedAt().every((at) => at >= first)).toBe(true);
  });

  it("fails at once, with the time, where it says longer than the call may wait", async () => {
    const { client, time, upstream } = await made({}, refusing(1, "3600"));
    const from = time.now();
    const failed = await time.until(client("/").catch((error) => error));
    expect(failed).toMatchObject({ name: "LimitError", code: "SLUICE_PAUSED" });
    expect(failed.retryAtMs).toBeGreaterThanOrEqual(from + 3_600_000);
    expect(failed.denial.violations[0].paused.reason).toBe("429 from api");
    expect(time.now()).toBe(from);
    expect(await client("/").catch(codeOf)).toBe("SLUICE_PAUSED");
    expect(upstream.counts().requests).toBe(1);
  });

  it("counts neither as an attempt nor as a retry, nor as a failure", async () => {
    const own = { retry: { attempts: 1, budget: { share: 0, reserve: 0 } }, breaker: { minimumCalls: 1 } };
    const { client, time, upstream } = await made(own, refusing(4, "1"));
    expect(await time.until(client("/").then(statusOf))).toBe(200);
    expect(upstream.counts().requests).toBe(5);
    expect(await client.breaker?.state()).toMatchObject({ phase: "closed", failures: 0 });
  });

  it("is the caller's after 20 in a row, and where nothing is sent twice", async () => {
    const always = { maxWaitMs: 3_600_000 };
    const patient = await made(always, refusing(100, "1"));
    expect(await patient.time.until(patient.client("/").then(statusOf))).toBe(429);
    expect(patient.upstream.counts().requests).toBe(20);
    const once = await made({ retry: false }, refusing(1, "1"));
    expect(await once.statuses(1)).toEqual([429]);
    expect((await once.client.state()).limits[0]?.paused).toBeDefined();
  });

  it("is the caller's for a POST without a key, though everybody waits; one with a key is sent again", async () => {
    const { client, time, upstream } = await made({}, refusing(1, "1"));
    expect(await time.until(client("/", { method: "POST", body: "x" }).then(statusOf))).toBe(429);
    expect(upstream.counts().requests).toBe(1);
    expect((await client.state()).limits[0]?.paused).toBeDefined();

    const keyed = await made({}, refusing(1, "1"));
    const headers = { "Idempotency-Key": "k" };
    expect(await keyed.time.until(keyed.client("/", { method: "POST", body: "x", headers }).then(statusOf))).toBe(200);
    expect(keyed.upstream.counts().requests).toBe(2);
  });

  it("concerns its own key and no other of the name, as hosts and accounts are", async () => {
    const { time } = await made();
    const backend = memory({ clock: time });
    const of = (key: string, status: number) => {
      const fetch = async (): Promise<Response> => new Response("", { status, headers: { "Retry-After": "60" } });
      return createClient({ name: "feeds", key, backend, rate: perSecond(5), retry: false, time, fetch });
    };
    const [hostile, other, again] = [of("a.example", 429), of("b.example", 200), of("a.example", 200)];
    expect((await hostile("https://a.example")).status).toBe(429);
    expect((await other("https://b.example", { maxWaitMs: 0 })).status).toBe(200);
    await hostile.pause({ forMs: 90_000, reason: "asked to", by: "ada" });
    const paused = await Promise.all([hostile, other, again].map((one) => one.state()));
    expect(paused.map(({ limits }) => limits[0]?.paused?.by)).toEqual(["ada", undefined, "ada"]);
    await expect(again("https://a.example", { maxWaitMs: 0 })).rejects.toMatchObject({ code: "SLUICE_PAUSED" });
  });

  it("can have another status: isThrottled says so", async () => {
    const answers = [{ status: 202 }, { status: 403 }, {}];
    const isThrottled = ({ status }: Response) => status === 202 || status === 403;
    const { client, time, upstream } = await made({ isThrottled }, { answer: () => answers.shift() ?? {} });
    expect(await time.until(client("/").then(statusOf))).toBe(200);
    expect(upstream.counts().requests).toBe(3);
    expect(await client.breaker?.state()).toMatchObject({ failures: 0 });
    const broken = await made({
      isThrottled: () => {
        throw new Error("mine");
      },
    });
    await expect(broken.time.until(broken.client("/"))).rejects.toThrow("mine");
  });
});

describe("what other answers say", () => {
  it("holds everybody by Retry-After of a 503, and sends it again after that", async () => {
    const answers = [{ status: 503, headers: { "retry-after": "4" } }];
    const { client, time, upstream } = await made({}, { answer: () => answers.shift() ?? {} });
    const from = time.now();
    expect(await time.until(client("/").then(statusOf))).toBe(200);
    expect(upstream.requestedAt()[1]).toBeGreaterThanOrEqual(from + 4_000);
    expect(upstream.requestedAt()[1]).toBeLessThan(from + 5_000);
  });

  it("gives a caller the 503 that asks for longer than he may wait, and spends no retry on it", async () => {
    const { client, statuses } = await made(
      {},
      { answer: () => ({ status: 503, headers: { "retry-after": "3600" } }) },
    );
    expect(await statuses(4)).toEqual([503, 503, 503, 503]);
    expect((await client.state()).retriesLeft).toBe(10);
    expect(await statuses(1)).toEqual(["SLUICE_PAUSED"]);
  });

  it("waits as long as a 500 says, and only the call that got it", async () => {
    const answers = [{ status: 500, headers: { "retry-after": "4" } }];
    const { client, time, upstream } = await made({}, { answer: () => answers.shift() ?? {} });
    const from = time.now();
    const first = client("/").then(statusOf);
    await time.pass(10);
    expect(await time.until(client("/").then(statusOf))).toBe(200);
    expect(time.now()).toBeLessThan(from + 1_000);
    expect(await time.until(first)).toBe(200);
    expect(upstream.requestedAt()[2]).toBeGreaterThanOrEqual(from + 4_000);
  });

  it("holds where nothing is left that our own count does not know of", async () => {
    const { client, time, upstream } = await made(
      {},
      { answer: ({ number }) => (number === 1 ? { headers: { ratelimit: '"x";r=0;t=20' } } : {}) },
    );
    const from = time.now();
    await time.until(client("/").then(statusOf));
    expect(await time.until(client("/").then(statusOf))).toBe(200);
    expect(upstream.requestedAt()[1]).toBeGreaterThanOrEqual(from + 20_000);
  });

  it("does not hold where our own count is as exhausted: full speed beside true headers", async () => {
    const own = { rate: perSecond(10) };
    for (const tells of ["draft-6", "draft-7", "draft-11", "x-epoch", "x-delta"] as const) {
      const { statuses, upstream, time } = await made(own, {
        limits: [{ limit: 10, windowMs: 1_000 }],
        tells: [tells],
      });
      const from = time.now();
      expect(await statuses(40)).toEqual(Array(40).fill(200));
      expect(upstream.counts().refused).toBe(0);
      expect(time.now() - from, tells).toBeLessThan(4_500);
    }
  });

  it("is never believed to allow more", async () => {
    const { statuses, upstream } = await made(
      {},
      { answer: () => ({ headers: { ratelimit: '"x";r=1000;t=1', "ratelimit-policy": '"x";q=1000;w=1' } }) },
    );
    await statuses(25);
    expect(upstream.mostWithin(1_000, "requested")).toBe(10);
  });

  it("is ignored where it is garbage", async () => {
    for (const value of ["-1", "1.5", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "5, 7"]) {
      const { client, time, upstream } = await made({}, refusing(1, value));
      const from = time.now();
      expect(await time.until(client("/").then(statusOf)), value).toBe(200);
      expect((upstream.requestedAt()[1] ?? 0) - from, value).toBeLessThan(2_000);
    }
  });
});
