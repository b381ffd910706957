import { DatabaseSync } from "node:sqlite";
import { type Backend, perMinute, perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { sqlite } from "@sluice/core/sqlite";
import { onClock } from "@sluice/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elsewhere } from "../../test/elsewhere.ts";
import { newFile } from "../../test/new-file.ts";
import type { LocalTime } from "../time/local-time.ts";
import { virtualTime } from "../time/virtual-time.ts";
import { all } from "./all.ts";
import type { NamedLimiter } from "./limiter.ts";
import { limiter } from "./make-limiter.ts";

const why = { reason: "429 from the API", by: "ada" };

const onFile = (file: string, time: LocalTime): Backend => sqlite(new DatabaseSync(file), onClock(time, {}));

/** Two processes on one backend elsewhere. */
function two(tripMs = 10) {
  const time = virtualTime();
  const state = memory({ clock: time });
  const backends = [elsewhere(state, time, tripMs), elsewhere(state, time, tripMs)] as const;
  const limits = backends.map((backend) => limiter({ name: "api", rate: perSecond(5), backend, time, rampMs: 4_000 }));
  return { time, state, backends, limits: limits as [NamedLimiter, NamedLimiter] };
}

describe("two processes on one backend elsewhere", () => {
  it("share a limit, each call one trip, each waiter one more look before its slot", async () => {
    const { time, backends, limits } = two();
    const starts: number[] = [];
    const start = time.now();
    for (let i = 0; i < 12; i++) void limits[i % 2]?.acquire().then(() => starts.push(time.now() - start));
    await time.advance(10_000);
    expect(starts).toHaveLength(12);
    for (const from of starts)
      expect(starts.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(5);
    // The look is over when the slot comes: nobody starts later for it than the answer's way back.
    expect([...new Set(starts)]).toEqual([10, 1_030, 2_050]);
    expect(backends[0].trips + backends[1].trips).toBe(12 + 7);
  });

  it("start one by one when the backend is far away", async () => {
    const { time, limits } = two(200);
    const starts: number[] = [];
    const start = time.now();
    for (let i = 0; i < 12; i++) void limits[i % 2]?.acquire().then(() => starts.push(time.now() - start));
    await time.advance(10_000);
    expect([...new Set(starts)]).toEqual([200, 1_220, 2_240]);
  });

  it("are paused together, tell why, and who waits in the other looks again", async () => {
    const { time, limits } = two();
    const [here, there] = limits;
    const starts: number[] = [];
    const start = time.now();
    for (let i = 0; i < 10; i++)
      void there.acquire(1, { maxWaitMs: 60_000 }).then(() => starts.push(time.now() - start));
    await time.advance(500);
    const pausing = here.pause({ ...why, forMs: 5_000 });
    await time.advance(100);
    await pausing;
    const denial = there.tryAcquire();
    await time.advance(100);
    expect(await denial).toMatchObject({ because: "paused", violations: [{ paused: why }] });
    await time.advance(20_000);
    expect(starts).toHaveLength(10);
    expect(starts.filter((at) => at > 100 && at < 5_500)).toEqual([]);
  });

  it("grow together after a pause that the other ended: one probe in all", async () => {
    const { time, limits } = two();
    const [here, there] = limits;
    const pausing = here.pause(why);
    await time.advance(100);
    await pausing;
    void there.tryAcquire();
    await time.advance(1_000);
    const resuming = here.resume();
    await time.advance(100);
    await resuming;
    const starts: number[] = [];
    const start = time.now();
    for (let i = 0; i < 40; i++) {
      void limits[i % 2]?.acquire(1, { maxWaitMs: 60_000 }).then(() => starts.push(time.now() - start));
    }
    await time.advance(60_000);
    expect(starts).toHaveLength(40);
    const within = (from: number, to: number): number => starts.filter((at) => at >= from && at < to).length;
    expect(within(0, 1_400)).toBe(1);
    // Half of 5 a second for four seconds.
    expect(within(0, 4_000)).toBeLessThanOrEqual(11);
    expect(within(0, 4_000)).toBeGreaterThanOrEqual(6);
    for (const from of starts) expect(within(from, from + 1_000)).toBeLessThanOrEqual(5);
  });

  it("take a place again when the answer was stalled on its way", async () => {
    const { time, limits, state } = two();
    const [here] = limits;
    void here.tryAcquire();
    await time.advance(1_100);
    const asked = here.acquire();
    await time.advance(6);
    await time.stall(700);
    await time.advance(100);
    expect(await asked).toMatchObject({ state: "pending" });
    const [count] = state.consume([{ policy: here.policy, key: "", shard: "api", cost: 0 }]).decisions;
    expect(count?.remaining).toBe(4);
    // The stamp is of the second trip.
    expect(count?.resetAfterMs).toBeGreaterThan(900);
  });
});

describe("on a file", () => {
  it("a pause outlives the process, with its reason, and can be ended by another", async () => {
    const time = virtualTime();
    const file = newFile();
    const rate = perMinute(5);
    await limiter({ name: "api", rate, backend: onFile(file, time), time }).pause({ ...why, forMs: 3_600_000 });
    const paused = { ...why, sinceMs: time.now(), untilMs: time.now() + 3_600_000 };
    await time.advance(60_000);
    const later = limiter({ name: "api", rate, backend: onFile(file, time), time });
    expect(later.tryAcquire()).toMatchObject({ because: "paused", violations: [{ paused }] });
    expect(await later.peek()).toMatchObject([{ paused }]);
    await later.resume({ by: "bob" });
    await time.advance(1);
    const third = limiter({ name: "api", rate, backend: onFile(file, time), time });
    expect(await third.peek()).toMatchObject([{ paused: undefined, rampLeftMs: 29_999 }]);
    expect(third.tryAcquire()).toMatchObject({ allowed: true });
    expect(third.tryAcquire()).toMatchObject({ allowed: false });
  });

  it("what was taken stays taken, and slots ahead stay in order", async () => {
    const time = virtualTime();
    const file = newFile();
    const make = (): NamedLimiter => limiter({ name: "api", rate: perSecond(2), backend: onFile(file, time), time });
    expect(make().reserve(2)).toMatchObject({ delayMs: 0 });
    expect(make().reserve(1, { maxWaitMs: 5_000 })).toMatchObject({ delayMs: 1_020 });
    expect(make().reserve(2, { maxWaitMs: 5_000 })).toMatchObject({ delayMs: 2_040 });
    expect(make().tryAcquire()).toMatchObject({ allowed: false, retryAfterMs: 3_060 });
  });

  it("decides any history as memory does", async () => {
    const step = fc.record({
      afterMs: fc.oneof(fc.constant(0), fc.nat(1_500)),
      does: fc.constantFrom("try", "try", "reserve", "reserve", "both", "refund", "commit", "pause", "resume"),
      cost: fc.integer({ min: 1, max: 3 }),
      ms: fc.integer({ min: 1, max: 4_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const told: unknown[][] = [];
        for (const make of [
          (time: LocalTime) => memory({ clock: time }),
          (time: LocalTime) => onFile(newFile(), time),
        ]) {
          const time = virtualTime();
          const shared = { backend: make(time), time, shard: "s", rampMs: 2_000 };
          const log = limiter({ ...shared, name: "log", rate: perSecond(4) });
          const bucket = limiter({ ...shared, name: "bucket", rate: perSecond(10, { burst: 4 }) });
          const places: { commit(cost: number): Promise<void>; refund(): Promise<void> }[] = [];
          const answers: unknown[] = [];
          for (const { afterMs, does, cost, ms } of steps) {
            await time.advance(afterMs);
            if (does === "pause") await log.pause({ ...why, forMs: ms });
            else if (does === "resume") await log.resume({ ramp: ms % 2 === 0 });
            else if (does === "refund") await places.pop()?.refund();
            else if (does === "commit") await places.pop()?.commit(cost);
            else {
              const asked = does === "both" ? all(log, bucket) : ms % 3 === 0 ? bucket : log;
              const answer = await (does === "try" ? asked.tryAcquire(cost) : asked.reserve(cost, { maxWaitMs: ms }));
              if (answer.allowed) places.push(answer);
              answers.push(answer.allowed ? [answer.cost, answer.delayMs] : answer);
            }
            answers.push((await all(log, bucket).peek()).map(({ used, rampLeftMs }) => [used, rampLeftMs]));
          }
          told.push(answers);
        }
        expect(told[0]).toEqual(told[1]);
      }),
      { numRuns: 40 },
    );
  });
});
