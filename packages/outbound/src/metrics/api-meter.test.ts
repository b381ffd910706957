import { describe, expect, it } from "vitest";
import { virtualTime } from "../time/virtual-time.ts";
import type { ApiLine } from "./api-counts.ts";
import { bucketOf, latencyWithin, noLatencies } from "./latency.ts";
import type { LimitLine } from "./limit-counts.ts";
import { metrics } from "./metrics.ts";

function set(log = true) {
  const time = virtualTime(0);
  const lines: (LimitLine | ApiLine)[] = [];
  const counted = metrics({ time, ...(log ? { log: (line) => void lines.push(line) } : {}) });
  return { time, lines, counted, meter: counted.api("grok") };
}

const zero = {
  calls: 0,
  attempts: 0,
  retries: 0,
  throttled: 0,
  failures: 0,
  timeouts: 0,
  refused: 0,
  fallbacks: 0,
  breakerChanges: 0,
  queue: 0,
  waits: 0,
  waitMs: 0,
  latencyMs: 0,
  answers: 0,
  latencies: noLatencies(),
};

describe("the meter of an API", () => {
  it("counts what a client tells it", async () => {
    const { time, counted, meter } = set(false);
    meter.call();
    const ended = meter.waits();
    expect(counted.snapshot().apis["grok"]).toEqual({ ...zero, calls: 1, queue: 1 });
    await time.advance(250);
    ended();
    ended();
    meter.attempt(false);
    meter.answer(429, 3);
    meter.throttled();
    meter.attempt(true);
    meter.answer(503, 40.5);
    meter.attempt(true);
    meter.failure("timeout");
    meter.failure("network");
    meter.refused();
    meter.fallback();
    meter.breaker("open");
    const latencies = noLatencies();
    latencies[2] = 1;
    latencies[6] = 1;
    expect(counted.snapshot().apis["grok"]).toEqual({
      calls: 1,
      attempts: 3,
      retries: 2,
      throttled: 1,
      failures: 3,
      timeouts: 1,
      refused: 1,
      fallbacks: 1,
      breakerChanges: 1,
      breaker: "open",
      queue: 0,
      waits: 1,
      waitMs: 250,
      latencyMs: 43.5,
      answers: 2,
      latencies,
    });
    expect(counted.snapshot().limits).toEqual({});
  });

  it("is the same for the same name, and gives copies", () => {
    const { counted, meter } = set();
    const before = counted.snapshot();
    counted.api("grok").call();
    meter.answer(200, 5);
    counted.api("other").call();
    expect(before.apis["grok"]).toEqual(zero);
    const { apis } = counted.snapshot();
    expect([apis["grok"]?.calls, apis["grok"]?.answers, apis["other"]?.calls]).toEqual([1, 1, 1]);
  });

  it("writes a line at most once a minute for each API, without a timer, of what came since the last", async () => {
    const { time, lines, meter, counted } = set();
    await time.advance(5_000);
    meter.call();
    for (const ms of [10, 10, 10, 900]) meter.answer(200, ms);
    const first = meter.waits();
    const second = meter.waits();
    await time.advance(59_999);
    first();
    expect(lines).toEqual([]);
    await time.advance(1);
    expect([lines, time.sleepers()]).toEqual([[], 0]);
    meter.breaker("open");
    const { latencies: _, latencyMs: __, waitMs: ___, answers: ____, waits: _____, ...counts } = zero;
    const line = { event: "api", api: "grok", overMs: 60_000, ...counts };
    const latency = { latencyP50Ms: 16, latencyP95Ms: 1_024 };
    const changed = { breakerChanges: 1, breaker: "open", queue: 1, meanWaitMs: 59_999 };
    expect(lines).toEqual([{ ...line, calls: 1, ...latency, ...changed }]);
    await time.advance(1_000);
    second();
    meter.answer(200, 3);
    counted.flush();
    counted.flush();
    const last = { breaker: "open", meanWaitMs: 61_000, latencyP50Ms: 4, latencyP95Ms: 4 };
    expect(lines.slice(1)).toEqual([{ ...line, overMs: 1_000, ...last }]);
    expect(() => JSON.stringify(lines)).not.toThrow();
  });

  it("writes lines, and counts waits, after a clock was set back", () => {
    let now = 10_000_000;
    const lines: number[] = [];
    const counted = metrics({
      time: { now: () => now, sleep: async () => {} },
      log: ({ overMs }) => lines.push(overMs),
    });
    const meter = counted.api("grok");
    meter.call();
    const ended = meter.waits();
    now -= 3_600_000;
    ended();
    now += 60_000;
    meter.call();
    expect(lines).toEqual([60_000]);
    expect(counted.snapshot().apis["grok"]).toMatchObject({ waits: 1, waitMs: 0, queue: 0 });
  });

  it("never fails a call, and reads no clock before the first", () => {
    let reads = 0;
    const time = { now: () => ++reads * 100_000, sleep: async () => {} };
    const fail = (): never => {
      throw new Error("disk full");
    };
    const meter = metrics({ time, log: fail }).api("grok");
    expect(reads).toBe(0);
    meter.call();
    meter.call();
    expect(reads).toBe(2);
  });

  it("costs well under a microsecond", () => {
    const { counted } = { counted: metrics({ log: () => {} }) };
    const meter = counted.api("grok");
    const call = (): void => {
      meter.call();
      meter.attempt(false);
      meter.answer(200, 12);
    };
    for (let i = 0; i < 20_000; i++) call();
    // The best of some rounds: the machine does other things as well.
    const rounds = Array.from({ length: 10 }, () => {
      const start = performance.now();
      for (let i = 0; i < 10_000; i++) call();
      return ((performance.now() - start) * 1_000) / 10_000;
    });
    expect(Math.min(...rounds)).toBeLessThan(1);
  });
});

describe("latencies", () => {
  it.each([
    [-1, 0],
    [0, 0],
    [Number.NaN, 0],
    [1, 0],
    [1.1, 1],
    [2, 1],
    [2.1, 2],
    [4, 2],
    [1_000, 10],
    [32_768, 15],
    [32_769, 16],
    [1e12, 16],
    [Number.POSITIVE_INFINITY, 16],
  ])("of %d ms are in bucket %d", (ms, bucket) => {
    expect(bucketOf(ms)).toBe(bucket);
  });

  it("are told by the least power of two that was enough", () => {
    const latencies = noLatencies();
    expect(latencyWithin(latencies, 0.5)).toBeUndefined();
    for (const ms of [...Array.from({ length: 94 }, () => 30), ...Array.from({ length: 6 }, () => 500)]) {
      const bucket = bucketOf(ms);
      latencies[bucket] = (latencies[bucket] ?? 0) + 1;
    }
    const told = [0, 0.5, 0.94, 0.95, 1].map((share) => latencyWithin(latencies, share));
    expect(told).toEqual([32, 32, 32, 512, 512]);
    latencies[16] = 100;
    expect(latencyWithin(latencies, 0.95)).toBe(65_536);
  });
});
