import { perDay, perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { all } from "../limits/all.ts";
import { limiter } from "../limits/make-limiter.ts";
import { virtualTime } from "../time/virtual-time.ts";
import type { ApiLine } from "./api-counts.ts";
import type { LimitEvent, LimitLine } from "./limit-counts.ts";
import { type MetricsOptions, metrics } from "./metrics.ts";

function set(options: MetricsOptions = {}) {
  const time = virtualTime(0);
  const events: LimitEvent[] = [];
  const lines: (LimitLine | ApiLine)[] = [];
  const counted = metrics({
    time,
    onEvent: (event) => void events.push(event),
    log: (line) => void lines.push(line),
    ...options,
  });
  const shared = { backend: memory({ clock: time }), time, metrics: counted, shard: "s" };
  const limit = limiter({ ...shared, name: "api", rate: perSecond(2), rampMs: 0 });
  const day = limiter({ ...shared, name: "day", rate: perDay(3, { timeZone: "UTC" }) });
  return { time, events, lines, counted, limit, day };
}

const zero = { granted: 0, delayed: 0, denied: 0, refunded: 0, committed: 0, pauses: 0, resumes: 0, waitMs: 0 };

describe("metrics()", () => {
  it("counts what becomes of the calls on each limit", async () => {
    const { time, counted, limit, day, events } = set();
    const both = all(limit, day);
    const first = await both.acquire();
    await first.commit();
    const second = await both.tryAcquire();
    if (second.allowed) await second.refund();
    await limit.acquire();
    const waiting = limit.acquire();
    await time.advance(2_000);
    await (await waiting).commit();
    await limit.tryAcquire(9);
    await limit.pause({ reason: "429", by: "ada" });
    await limit.tryAcquire();
    await limit.resume({ by: "bob" });
    expect(counted.snapshot().limits).toEqual({
      api: { granted: 4, delayed: 1, denied: 2, refunded: 1, committed: 2, pauses: 1, resumes: 1, waitMs: 1_020 },
      day: { ...zero, granted: 2, refunded: 1, committed: 1 },
    });
    expect(events.filter(({ limit: name }) => name === "api").map(({ type }) => type)).toEqual([
      "granted",
      "committed",
      "granted",
      "refunded",
      "granted",
      "delayed",
      "committed",
      "denied",
      "paused",
      "denied",
      "resumed",
    ]);
    expect(events.find(({ type }) => type === "paused")).toEqual({
      type: "paused",
      limit: "api",
      key: "",
      atMs: 2_000,
      reason: "429",
      by: "ada",
    });
  });

  it("counts a waiter once, however often it asks", async () => {
    const { time, counted, limit } = set();
    await limit.tryAcquire(2);
    const waiting = limit.acquire(1, { maxWaitMs: 60_000 });
    await time.advance(100);
    await limit.pause({ reason: "429", by: "ada", forMs: 10_000 });
    await time.advance(20_000);
    await waiting;
    expect(counted.snapshot().limits["api"]).toMatchObject({ granted: 2, delayed: 1, denied: 0, refunded: 0 });
  });

  it("counts a place as refunded that was given back because no other was near enough", async () => {
    const { time, counted, limit } = set();
    await limit.tryAcquire(2);
    const waiting = limit.acquire(1, { maxWaitMs: 2_000 });
    waiting.catch(() => {});
    await time.advance(100);
    await limit.pause({ reason: "429", by: "ada", forMs: 60_000 });
    await time.advance(5_000);
    await expect(waiting).rejects.toMatchObject({ code: "SLUICE_PAUSED" });
    expect(counted.snapshot().limits["api"]).toMatchObject({ granted: 2, refunded: 1, committed: 0 });
  });

  it("writes lines after a clock was set back", () => {
    let now = 10_000_000;
    const lines: number[] = [];
    const time = { now: () => now, sleep: async () => {} };
    const counted = metrics({ time, log: ({ overMs }) => lines.push(overMs) });
    const count = (atMs: number): void => {
      now = atMs;
      counted.count({ type: "granted", limit: "api", key: "" });
    };
    count(now);
    count(now - 3_600_000);
    count(now + 60_000);
    expect(lines).toEqual([60_000]);
  });

  it("writes a line at most once a minute for each limit, without a timer", async () => {
    const { time, lines, limit, counted } = set();
    limit.tryAcquire();
    await time.advance(59_999);
    limit.tryAcquire();
    expect(lines).toEqual([]);
    await time.advance(1);
    expect([lines, time.sleepers()]).toEqual([[], 0]);
    limit.tryAcquire();
    limit.tryAcquire();
    expect(lines).toEqual([{ event: "limit", limit: "api", overMs: 60_000, ...zero, granted: 3 }]);
    await time.advance(1_000);
    counted.flush();
    counted.flush();
    expect(lines.slice(1)).toEqual([{ event: "limit", limit: "api", overMs: 1_000, ...zero, denied: 1 }]);
  });

  it("never fails a call", () => {
    const fail = (): never => {
      throw new Error("disk full");
    };
    const { limit, counted } = set({ onEvent: fail, log: fail, everyMs: 1 });
    expect(limit.tryAcquire()).toMatchObject({ allowed: true });
    counted.flush();
  });

  it("gives copies", () => {
    const { limit, counted } = set();
    limit.tryAcquire();
    const before = counted.snapshot();
    limit.tryAcquire();
    expect(before.limits["api"]?.granted).toBe(1);
  });

  it.each([{ everyMs: 0 }, { log: 5 as never }, { time: {} as never }])("takes no %j", (options) => {
    expect(() => metrics(options)).toThrow(expect.objectContaining({ code: "SLUICE_OPTION_TYPE" }));
  });
});
