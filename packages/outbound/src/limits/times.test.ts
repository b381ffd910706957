import { perMinute, perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { metrics } from "../metrics/metrics.ts";
import { virtualTime } from "../time/virtual-time.ts";
import { all } from "./all.ts";
import type { NamedLimiter } from "./limiter.ts";
import { limiter } from "./make-limiter.ts";

function two() {
  const time = virtualTime();
  const costs: unknown[] = [];
  const counts = metrics({ time, onEvent: ({ type, limit, cost }) => costs.push([type, limit, cost]) });
  const shared = { backend: memory({ clock: time }), time, shard: "vendor", metrics: counts };
  return {
    time,
    costs,
    requests: limiter({ ...shared, name: "requests", rate: perMinute(60) }),
    tokens: limiter({ ...shared, name: "tokens", rate: perMinute(10_000, { burst: 4_000 }) }),
  };
}

const used = async (...limits: readonly NamedLimiter[]): Promise<readonly (number | undefined)[]> => {
  return Promise.all(limits.map(async (limit) => (await limit.peek())[0]?.used));
};

describe("times()", () => {
  it("books 1 of one limit and 1,200 of another in one step", async () => {
    const { requests, tokens } = two();
    expect(all(requests, tokens.times(1_200)).tryAcquire()).toMatchObject({ allowed: true, cost: 1 });
    expect(await used(requests, tokens)).toEqual([1, 1_200]);
    expect(all(requests, tokens.times(1_200)).tryAcquire(2)).toMatchObject({ allowed: true, cost: 2 });
    expect(await used(requests, tokens)).toEqual([3, 3_600]);
  });

  it("books nothing anywhere when the multiple does not fit, and tells when it does", async () => {
    const { requests, tokens, time } = two();
    const both = all(requests, tokens.times(3_000));
    expect(both.tryAcquire()).toMatchObject({ allowed: true });
    const denial = both.tryAcquire() as { retryAfterMs: number };
    expect(denial).toMatchObject({ because: "limit", violations: [{ name: "tokens" }] });
    expect(await used(requests, tokens)).toEqual([1, 3_000]);
    await time.advance(denial.retryAfterMs - 1);
    expect(both.tryAcquire()).toMatchObject({ allowed: false, retryAfterMs: 1 });
    await time.advance(1);
    expect(both.tryAcquire()).toMatchObject({ allowed: true });
  });

  it("never fits above what the limit holds at once", () => {
    const { requests, tokens } = two();
    expect(tokens.times(4_000).tryAcquire()).toMatchObject({ allowed: true });
    const denial = { because: "never", violations: [{ name: "tokens", key: "" }] };
    expect(all(requests, tokens.times(4_001)).tryAcquire()).toMatchObject(denial);
    expect(all(requests, tokens.times(2_001)).tryAcquire(2)).toMatchObject(denial);
  });

  it("is given back whole, and committed in its own units", async () => {
    const { requests, tokens } = two();
    const both = all(requests, tokens.times(100));
    const refunded = await both.reserve(4);
    expect(await used(requests, tokens)).toEqual([4, 400]);
    if (refunded.allowed) await refunded.refund();
    expect(await used(requests, tokens)).toEqual([0, 0]);
    const committed = await both.reserve(4);
    if (committed.allowed) await committed.commit(3);
    expect(await used(requests, tokens)).toEqual([3, 300]);
  });

  it("multiplies, stays with keys and limits, and may be less than 1", async () => {
    const { tokens } = two();
    const tens = tokens.times(5).times(2);
    tens.tryAcquire();
    tens.for("ada").tryAcquire(2);
    tens.for("bob").withLimit(5_000).tryAcquire(3);
    tokens.for("eve").times(0.25).tryAcquire();
    const keys = [tokens, ...["ada", "bob", "eve"].map((key) => tokens.for(key))];
    expect(await used(...keys)).toEqual([10, 20, 30, 0.25]);
    // What peek() tells is the limit's own, whatever it is asked by.
    expect(await tens.peek()).toMatchObject([{ limit: 10_000, used: 10, remaining: 3_990 }]);
  });

  it("waits for slots in its own units", async () => {
    const { requests, tokens, time } = two();
    const both = all(requests, tokens.times(2_000));
    const starts: number[] = [];
    const start = time.now();
    for (let i = 0; i < 4; i++) void both.acquire(1, { maxWaitMs: 60_000 }).then(() => starts.push(time.now() - start));
    await time.advance(60_000);
    // 4,000 at once, then 6,000 a minute (of a window that is longer by its tolerance).
    expect(starts).toEqual([0, 0, 20_084, 40_167]);
  });

  it("grows after a pause in its own units: as slowly as its plain twin", async () => {
    const starts = async (units: number): Promise<number[]> => {
      const time = virtualTime();
      const rate = perSecond(10 * units, { algorithm: "sliding-log" });
      const limit = limiter({ name: "api", rate, backend: memory({ clock: time }), time, rampMs: 5_000 });
      await limit.pause({ reason: "test", by: "test", forMs: 1_000 });
      const all: number[] = [];
      const start = time.now();
      for (let i = 0; i < 30; i++) {
        const turn = limit.times(units).acquire(1, { maxWaitMs: 60_000 });
        void turn.then(() => all.push(time.now() - start));
      }
      await time.advance(60_000);
      return all;
    };
    const [plain, twin] = [await starts(1), await starts(20)];
    expect(plain).toHaveLength(30);
    for (const [i, at] of plain.entries()) expect(Math.abs((twin[i] as number) - at)).toBeLessThan(200);
  });

  it("is counted in its own units", async () => {
    const { requests, tokens, costs } = two();
    const both = all(requests, tokens.times(2_000));
    const place = await both.tryAcquire();
    if (place.allowed) await place.refund();
    await both.tryAcquire(3);
    expect(costs).toEqual([
      ["granted", "requests", 1],
      ["granted", "tokens", 2_000],
      ["refunded", "requests", 1],
      ["refunded", "tokens", 2_000],
      ["denied", "tokens", 6_000],
    ]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, "2" as never])("takes no %s", (units) => {
    expect(() => two().tokens.times(units)).toThrow(expect.objectContaining({ code: "SLUICE_COST" }));
  });

  it("is one cost for one limit", () => {
    const { requests, tokens } = two();
    expect(() => all(tokens, requests, tokens.times(3))).toThrow(
      expect.objectContaining({ code: "SLUICE_CHARGE_CONFLICT" }),
    );
  });
});
