import { describe, expect, it } from "vitest";
import { codeOf, made, statusOf } from "../../test/client-made.ts";
import { retryRule } from "./retry.ts";
import { retryBudget } from "./retry-budget.ts";

/** Answers the first `count` requests with a status or a fault. */
const failing = (count: number, status: number | "drop" = 503) => {
  let left = count;
  return { fault: () => (left-- > 0 ? status : undefined) };
};

describe("what is sent again", () => {
  it.each([500, 502, 503, 504, "drop"] as const)("a GET after %s", async (status) => {
    const { client, time, upstream } = await made({}, failing(2, status));
    expect(await time.until(client("/").then(statusOf))).toBe(200);
    expect(upstream.counts().requests).toBe(3);
    expect((await client.limiter.peek())[0]?.used).toBe(3);
  });

  it("nothing beyond attempts: the last answer is the caller's, and so is the last error", async () => {
    const answered = await made({}, failing(9));
    expect(await answered.statuses(1)).toEqual([503]);
    expect(answered.upstream.counts().requests).toBe(3);
    const dropped = await made({ retry: { attempts: 2 } }, failing(9, "drop"));
    expect(await dropped.statuses(1)).toEqual(["TypeError"]);
    expect(dropped.upstream.counts().requests).toBe(2);
  });

  it.each([400, 404, 409, 501])("not a GET after %i", async (status) => {
    const { statuses, upstream } = await made({}, failing(1, status));
    expect(await statuses(1)).toEqual([status]);
    expect(upstream.counts().requests).toBe(1);
  });

  it.each([
    ["HEAD", 2],
    ["OPTIONS", 2],
    ["PUT", 2],
    ["DELETE", 2],
    ["post", 1],
    ["PATCH", 1],
  ])("%s is sent %i times", async (method, times) => {
    const { client, time, upstream } = await made({}, failing(1));
    await time.until(client("/", { method }));
    expect(upstream.counts().requests).toBe(times);
  });

  it("a POST with an Idempotency-Key, which stays the same", async () => {
    const keys: unknown[] = [];
    const noting = (count: number) => {
      let left = count;
      return {
        fault: ({ headers }: { headers: Readonly<Record<string, string | undefined>> }) => {
          keys.push(headers["idempotency-key"]);
          return left-- > 0 ? 503 : undefined;
        },
      };
    };
    const post = { method: "POST", body: "x" };
    const given = await made({}, noting(2));
    expect(
      await given.time.until(given.client("/", { ...post, headers: { "Idempotency-Key": "k1" } }).then(statusOf)),
    ).toBe(200);
    expect(keys.splice(0)).toEqual(["k1", "k1", "k1"]);

    const own = await made({ idempotencyKeys: true }, noting(1));
    for (const headers of [{}, { "idempotency-key": "k2" }]) {
      expect(await own.time.until(own.client("/", { ...post, headers }).then(statusOf))).toBe(200);
    }
    const [first, again, ...other] = keys;
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect([again, other]).toEqual([first, ["k2"]]);
  });

  it("nothing where retry is false", async () => {
    const { statuses, upstream } = await made({ retry: false }, failing(1));
    expect(await statuses(1)).toEqual([503]);
    expect(upstream.counts().requests).toBe(1);
  });

  it("not what can never be sent: that is no failure of the API, and costs no place", async () => {
    const { client, time, upstream } = await made({ breaker: { minimumCalls: 1 } });
    for (const init of [{ headers: { "bad header": "x" } }, { method: "GET", body: "x" }]) {
      await expect(time.until(client("/", init))).rejects.toBeInstanceOf(TypeError);
    }
    expect(upstream.counts().requests).toBe(0);
    expect((await client.limiter.peek())[0]?.used).toBe(0);
    expect(await client.breaker?.state()).toMatchObject({ phase: "closed", failures: 0 });
  });

  it("not where its wait would be longer than the call may wait", async () => {
    const { client, time, upstream } = await made({ random: () => 0.999 }, failing(1));
    expect(await time.until(client("/", { maxWaitMs: 400 }).then(statusOf))).toBe(503);
    expect(upstream.counts().requests).toBe(1);
  });
});

describe("how long it waits before it is sent again", () => {
  it("is drawn from nothing to a bound that doubles", () => {
    const most = retryRule({ baseMs: 100, longestMs: 500 }, () => 1);
    expect([2, 3, 4, 5, 6].map(most.backoffMs)).toEqual([100, 200, 400, 500, 500]);
    const least = retryRule({}, () => 0);
    expect([2, 3].map(least.backoffMs)).toEqual([0, 0]);
  });

  it("is waited, by the client's time", async () => {
    const { client, time, upstream } = await made({ random: () => 0.5 }, failing(2));
    const from = time.now();
    await time.until(client("/"));
    expect(upstream.requestedAt().map((at) => at - from)).toEqual([0, 250, 750]);
  });
});

describe("the retry budget", () => {
  it("holds an outage to a tenth more", async () => {
    const own = { breaker: false, retry: { budget: { share: 0.1, reserve: 4 } } } as const;
    const { statuses, upstream, client } = await made(own, failing(1_000));
    for (let i = 0; i < 4; i++) await statuses(10);
    // Forty calls earn four more, as far as the reserve has room for them.
    expect(upstream.counts().requests).toBeGreaterThan(44);
    expect(upstream.counts().requests).toBeLessThanOrEqual(48);
    expect((await client.state()).retriesLeft).toBe(0);
  });

  it("adds up shares exactly, and holds no more than its reserve", () => {
    const budget = retryBudget(0.1, 2);
    expect([budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, false]);
    for (let i = 0; i < 9; i++) budget.earn();
    expect([budget.left(), budget.spend()]).toEqual([0, false]);
    budget.earn();
    expect([budget.left(), budget.spend()]).toEqual([1, true]);
    for (let i = 0; i < 100; i++) budget.earn();
    expect(budget.left()).toBe(2);
    const small = retryBudget(0.5, 0);
    expect(small.spend()).toBe(false);
    small.earn();
    small.earn();
    expect([small.spend(), small.spend()]).toEqual([true, false]);
    expect([retryBudget(0, 0).spend(), codeOf({ name: "x" })]).toEqual([false, "x"]);
  });
});
