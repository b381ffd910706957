import { type Backend, perDay, perMinute, perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { type VirtualTime, virtualTime } from "../time/virtual-time.ts";
import { all } from "./all.ts";
import type { Handle } from "./handle.ts";
import type { NamedLimiter } from "./limiter.ts";
import type { LimiterOptions } from "./limiter-options.ts";
import { limiter } from "./make-limiter.ts";
import { pause } from "./pausing.ts";

function set(options: Partial<LimiterOptions> = {}): { time: VirtualTime; limit: NamedLimiter } {
  const time = virtualTime();
  const backend = memory({ clock: time });
  return { time, limit: limiter({ name: "api", rate: perSecond(20), backend, time, ...options }) };
}

const why = { reason: "429 from the API", by: "ada" };

/** Callers that wait, and when each started. */
function crowd(limit: NamedLimiter, time: VirtualTime, count: number, maxWaitMs = 600_000): number[] {
  const start = time.now();
  const starts: number[] = [];
  for (let i = 0; i < count; i++) {
    limit.acquire(1, { maxWaitMs }).then(
      () => starts.push(time.now() - start),
      () => {},
    );
  }
  return starts;
}

describe("pause()", () => {
  it("denies with the reason, who, since and until", async () => {
    const { limit, time } = set({ key: "k" });
    await limit.pause({ ...why, forMs: 60_000 });
    const paused = { ...why, sinceMs: time.now(), untilMs: time.now() + 60_000 };
    // A millisecond later the first unit of the gate is back.
    expect(limit.tryAcquire()).toEqual({
      allowed: false,
      because: "paused",
      retryAfterMs: 60_001,
      violations: [{ name: "api", key: "k", retryAfterMs: 60_001, paused }],
    });
    expect(await limit.for("other").peek()).toMatchObject([{ paused, used: 0 }]);
    await expect(limit.acquire()).rejects.toMatchObject({ code: "SLUICE_PAUSED", retryAfterMs: 30_001 + 30_000 });
    expect(time.sleepers()).toBe(0);
    await time.advance(60_000);
    expect(limit.tryAcquire()).toMatchObject({ allowed: false, retryAfterMs: 1 });
    await time.advance(1);
    expect(limit.tryAcquire()).toMatchObject({ allowed: true });
  });

  it("without an end tells none", async () => {
    const { limit, time } = set();
    await limit.pause(why);
    expect(limit.tryAcquire()).toEqual({
      allowed: false,
      because: "paused",
      violations: [{ name: "api", key: "", paused: { ...why, sinceMs: time.now() } }],
    });
    await expect(limit.acquire(1, { maxWaitMs: 1e15 })).rejects.toMatchObject({
      code: "SLUICE_PAUSED",
      retryAfterMs: undefined,
    });
    await time.advance(10 * 365 * 86_400_000);
    expect(limit.tryAcquire()).toMatchObject({ because: "paused" });
  });

  it("replaces the pause before it, also by a shorter one", async () => {
    const { limit, time } = set();
    await limit.pause({ ...why, forMs: 60_000 });
    await limit.pause({ reason: "shorter", by: "bob", until: new Date(time.now() + 1_000) });
    expect(limit.tryAcquire()).toMatchObject({ retryAfterMs: 1_001, violations: [{ paused: { reason: "shorter" } }] });
  });

  it("keeps the later end of two where it must not shorten", async () => {
    const { limit, time } = set();
    const { limits } = limit as unknown as Handle;
    await pause(limits, { ...why, forMs: 60_000 }, false);
    await pause(limits, { reason: "shorter", by: "bob", forMs: 1_000 }, false);
    expect(limit.tryAcquire()).toMatchObject({ retryAfterMs: 60_001, violations: [{ paused: why }] });
    await pause(limits, { reason: "longer", by: "bob", forMs: 90_000 }, false);
    expect(limit.tryAcquire()).toMatchObject({ retryAfterMs: 90_001, violations: [{ paused: { reason: "longer" } }] });
    expect(time.sleepers()).toBe(0);
  });

  it("holds all keys of the name, and no other name", async () => {
    const { limit, time } = set({ shard: "s" });
    const backend = memory({ clock: time });
    const [a, b] = ["a", "b"].map((name) => limiter({ name, rate: perSecond(1), backend, time, shard: "s" }));
    await a?.pause(why);
    expect(a?.for("x").tryAcquire()).toMatchObject({ because: "paused" });
    expect(b?.tryAcquire()).toMatchObject({ allowed: true });
    expect(all(a as NamedLimiter, b as NamedLimiter).tryAcquire()).toMatchObject({
      because: "paused",
      violations: [{ name: "a" }, { name: "b" }],
    });
    expect(limit.tryAcquire()).toMatchObject({ allowed: true });
  });

  it.each([
    [{}, "SLUICE_OPTION_MISSING"],
    [{ reason: "", by: "b" }, "SLUICE_OPTION_TYPE"],
    [{ reason: "r".repeat(501), by: "b" }, "SLUICE_OPTION_TYPE"],
    [{ reason: "r", by: "b".repeat(201) }, "SLUICE_OPTION_TYPE"],
    [{ ...why, forMs: 0 }, "SLUICE_OPTION_TYPE"],
    [{ ...why, forMs: Number.NaN }, "SLUICE_OPTION_TYPE"],
    [{ ...why, until: 5 }, "SLUICE_OPTION_TYPE"],
    [{ ...why, until: new Date("never") }, "SLUICE_OPTION_TYPE"],
    [{ ...why, forMs: 5, until: Date.UTC(2030) }, "SLUICE_OPTION_TYPE"],
  ])("takes no %j", async (options, code) => {
    const { limit } = set();
    await expect(limit.pause(options as never)).rejects.toMatchObject({ code });
    expect(limit.tryAcquire()).toMatchObject({ allowed: true });
  });
});

describe("who waits", () => {
  it("looks again before starting, and gives its slot back while the limit is paused", async () => {
    const { limit, time } = set({ rate: perSecond(2) });
    const starts = crowd(limit, time, 6);
    await time.advance(500);
    await limit.pause({ ...why, forMs: 10_000 });
    await time.advance(10_000);
    expect(starts).toEqual([0, 0]);
    await time.advance(60_000);
    expect(starts).toHaveLength(6);
    expect(Math.min(...starts.slice(2))).toBeGreaterThan(10_500);
  });

  it("is told at once when the pause outlasts its patience", async () => {
    const { limit, time } = set({ rate: perSecond(1) });
    limit.tryAcquire();
    const waiting = limit.acquire(1, { maxWaitMs: 2_000 });
    waiting.catch(() => {});
    await time.advance(100);
    await limit.pause({ ...why, forMs: 10_000 });
    await time.advance(920);
    await expect(waiting).rejects.toMatchObject({ code: "SLUICE_PAUSED", denial: { violations: [{ paused: why }] } });
    expect(time.sleepers()).toBe(0);
    expect(await limit.peek()).toMatchObject([{ used: 0 }]);
  });

  it("does not hold those who come after a pause that ended early", async () => {
    const { limit, time } = set({ rate: perSecond(1) });
    await limit.pause({ ...why, forMs: 300_000 });
    crowd(limit, time, 1);
    await time.advance(1_000);
    await limit.resume();
    await time.advance(1);
    expect(limit.tryAcquire()).toMatchObject({ allowed: true });
  });
});

describe("who waits for the end of a pause", () => {
  it("looks again every few seconds, so that one who resumes early is heard", async () => {
    const { limit, time } = set({ rampMs: 1_000 });
    await limit.pause({ ...why, forMs: 300_000 });
    const starts = crowd(limit, time, 3);
    await time.advance(10_000);
    expect(starts).toEqual([]);
    await limit.resume();
    await time.advance(5_000);
    expect(starts).toHaveLength(3);
    expect(time.sleepers()).toBe(0);
  });
});

describe("limits of another name on the same backend", () => {
  it("are asked as before while one is paused", async () => {
    const time = virtualTime();
    const state = memory({ clock: time });
    let asked = 0;
    const backend = {
      ...state,
      consume: (charges: Parameters<typeof state.consume>[0]) => {
        asked += charges.length;
        return state.consume(charges);
      },
    };
    const { limit } = set({ backend, time });
    const other = limiter({ name: "other", rate: perSecond(20), backend, time });
    await limit.pause({ ...why, forMs: 1_000 });
    asked = 0;
    expect(other.tryAcquire()).toMatchObject({ allowed: true });
    expect(asked).toBe(1);
  });
});

describe("resume()", () => {
  it("does nothing where there is no pause", async () => {
    const { limit } = set();
    await limit.resume();
    expect(await limit.peek()).toMatchObject([{ paused: undefined, rampLeftMs: undefined }]);
    expect(limit.tryAcquire()).toMatchObject({ allowed: true });
  });

  it("records whatever words a pause and its end are told in, and refuses too many", async () => {
    const { limit } = set();
    const odd = (count: number): string => '\u0000\ud800"'.repeat(count).slice(0, count);
    await limit.pause({ reason: odd(500), by: odd(200), forMs: 60_000 });
    expect(await limit.peek()).toMatchObject([{ paused: { reason: expect.stringContaining(' \ufffd"') } }]);
    await expect(limit.resume({ by: "b".repeat(201) })).rejects.toMatchObject({ code: "SLUICE_OPTION_TYPE" });
    expect(limit.tryAcquire()).toMatchObject({ because: "paused" });
    await limit.resume({ by: odd(200) });
    expect(await limit.peek()).toMatchObject([{ paused: undefined }]);
  });

  it("does not begin a ramp anew that is under way, and can end it", async () => {
    const { limit, time } = set({ rampMs: 10_000 });
    await limit.pause(why);
    await limit.resume();
    await time.advance(4_000);
    await limit.resume();
    expect(await limit.peek()).toMatchObject([{ rampLeftMs: 6_000 }]);
    await limit.resume({ ramp: false });
    expect(await limit.peek()).toMatchObject([{ rampLeftMs: undefined }]);
  });

  it("leaves no reason behind for a block that somebody else makes later", async () => {
    const time = virtualTime();
    const backend = memory({ clock: time });
    const { limit } = set({ backend, time });
    await limit.pause({ ...why, forMs: 60_000 });
    await limit.resume();
    await time.advance(7_200_000);
    const gate = { name: "api.pause", algorithm: "token-bucket", limit: 1, windowMs: 1, burst: 30_000 } as const;
    await (backend as Required<Backend>).block({ policy: gate, key: "", shard: "api" }, 60_000);
    expect(await limit.peek()).toMatchObject([{ paused: { reason: "no reason was recorded", by: "unknown" } }]);
  });

  it("without a ramp makes the limit whole at once", async () => {
    const { limit, time } = set();
    await limit.pause(why);
    await limit.resume({ ramp: false });
    const starts = crowd(limit, time, 20);
    await time.advance(0);
    expect(starts).toEqual(Array.from({ length: 20 }, () => 0));
  });

  it.each([
    ["after resume()", true],
    ["after a pause that ended by itself", false],
  ])("begins with one probe and grows: about half of the rate in all, %s", async (_when, isResumed) => {
    const { limit, time } = set({ rampMs: 10_000 });
    await limit.pause({ ...why, forMs: 60_000 });
    // Some have waited through the pause, the others come at its end.
    const waited = isResumed ? [] : crowd(limit, time, 100);
    await time.advance(isResumed ? 1_000 : 60_000);
    if (isResumed) await limit.resume();
    const came = crowd(limit, time, 400);
    await time.advance(600_000);
    const starts = [...waited.map((at) => at - 60_000), ...came].sort((a, b) => a - b);
    expect(starts).toHaveLength(isResumed ? 400 : 500);
    const within = (from: number, to: number): number => starts.filter((at) => at >= from && at < to).length;
    expect(within(0, 390)).toBe(1);
    // Half of 20 a second for ten seconds.
    expect(within(0, 10_000)).toBeGreaterThan(90);
    expect(within(0, 10_000)).toBeLessThan(110);
    const eighths = Array.from({ length: 8 }, (_, i) => within(i * 1_250, (i + 1) * 1_250));
    for (const [i, eighth] of eighths.entries()) expect(eighth).toBeGreaterThanOrEqual((eighths[i - 1] ?? 1) - 1);
    for (const from of starts) expect(within(from, from + 1_000)).toBeLessThanOrEqual(20);
    expect(came).toEqual([...came].sort((a, b) => a - b));
  });

  it("gives the probe to tryAcquire, too, and says when the next may go", async () => {
    const { limit, time } = set({ rampMs: 10_000 });
    await limit.pause(why);
    await limit.resume();
    await time.advance(1);
    expect(limit.tryAcquire()).toMatchObject({ allowed: true });
    const denial = limit.tryAcquire() as { retryAfterMs: number };
    expect(denial).toMatchObject({ allowed: false, because: "limit", retryAfterMs: 408 });
    await time.advance(denial.retryAfterMs - 1);
    expect(limit.tryAcquire()).toMatchObject({ allowed: false, retryAfterMs: 1 });
    await time.advance(1);
    expect(limit.tryAcquire()).toMatchObject({ allowed: true });
  });

  it.each([
    ["a calendar", perDay(20, { timeZone: "UTC" })],
    ["a bucket", perMinute(60, { burst: 10 })],
  ])("probes with %s, too", async (_what, rate) => {
    const { limit, time } = set({ rate, rampMs: 5_000 });
    await limit.pause(why);
    await limit.resume();
    await time.advance(1);
    expect(limit.tryAcquire(2)).toMatchObject({ allowed: true });
    expect(limit.tryAcquire()).toMatchObject({ allowed: false });
    await time.advance(5_000);
    expect(limit.tryAcquire()).toMatchObject({ allowed: true });
    expect(limit.tryAcquire()).toMatchObject({ allowed: true });
  });

  it("ends the ramp, and costs no more then", async () => {
    const { limit, time } = set({ rampMs: 1_000 });
    await limit.pause(why);
    await limit.resume();
    expect(await limit.peek()).toMatchObject([{ rampLeftMs: 1_000 }]);
    await time.advance(1_001);
    const starts = crowd(limit, time, 20);
    await time.advance(0);
    expect(starts).toHaveLength(20);
    expect(await limit.peek()).toMatchObject([{ rampLeftMs: undefined }]);
  });
});
