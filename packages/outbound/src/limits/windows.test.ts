import { per, type Rate } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { virtualTime } from "../time/virtual-time.ts";
import { all } from "./all.ts";
import { limiter } from "./make-limiter.ts";
import type { Reservation } from "./reservation.ts";

/** One thing that happens; `afterMs` passes before it. */
type Event =
  | { readonly does: "acquire"; readonly key: string; readonly cost: number; readonly maxWaitMs: number }
  | { readonly does: "try"; readonly key: string; readonly cost: number }
  | { readonly does: "reserve"; readonly key: string; readonly cost: number; readonly maxWaitMs: number }
  | { readonly does: "abort" | "refund"; readonly which: number }
  | { readonly does: "stall"; readonly ms: number }
  | { readonly does: "pause"; readonly ms: number }
  | { readonly does: "resume"; readonly ramp: boolean };

const key = fc.oneof({ weight: 4, arbitrary: fc.constant("a") }, fc.constant("b"));
const cost = fc.integer({ min: 1, max: 3 });
const calm: fc.Arbitrary<Event>[] = [
  fc.record({ does: fc.constant("acquire" as const), key, cost, maxWaitMs: fc.integer({ min: 0, max: 20_000 }) }),
  fc.record({ does: fc.constant("try" as const), key, cost }),
];
const wild: fc.Arbitrary<Event>[] = [
  // Mostly callers, so that there is a queue for the rest to disturb.
  ...calm,
  ...calm,
  ...calm,
  fc.record({ does: fc.constant("reserve" as const), key, cost, maxWaitMs: fc.integer({ min: 0, max: 20_000 }) }),
  fc.record({ does: fc.constantFrom("abort" as const, "refund" as const), which: fc.nat(40) }),
  fc.record({ does: fc.constant("stall" as const), ms: fc.integer({ min: 500, max: 3_000 }) }),
  // Within the tolerance.
  fc.record({ does: fc.constant("stall" as const), ms: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ does: fc.constant("pause" as const), ms: fc.integer({ min: 1, max: 5_000 }) }),
  fc.record({ does: fc.constant("resume" as const), ramp: fc.boolean() }),
];
const history = (events: fc.Arbitrary<Event>[]): fc.Arbitrary<[number, Event][]> => {
  return fc.array(fc.tuple(fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(900)), fc.oneof(...events)), {
    minLength: 20,
    maxLength: 80,
  });
};

const rates: [string, Rate, number, number][] = [
  ["a sliding log", per("1s", 5), 5, 1_000],
  ["a bucket with a burst", per("1s", 8, { burst: 4 }), 8, 1_000],
  ["even spacing", per("10s", 110), 110, 10_000],
];

interface Start {
  readonly key: string;
  readonly at: number;
  readonly cost: number;
  readonly turn: number;
}

/** Plays a history; what is started counts at the instant at which its caller goes on. */
async function play(rate: Rate, events: readonly (readonly [number, Event])[], isBoth = false) {
  const time = virtualTime();
  const backend = memory({ clock: time });
  const shared = { backend, time, shard: "s", rampMs: 2_000, rate };
  const root = limiter({ ...shared, name: "root" });
  const other = limiter({ ...shared, name: "other", rate: per("1m", 100) });
  const starts: Start[] = [];
  const callers: AbortController[] = [];
  const unused: Reservation[] = [];
  let failed: unknown;
  for (const [turn, [afterMs, event]] of events.entries()) {
    await time.advance(afterMs);
    if (event.does === "acquire" || event.does === "reserve" || event.does === "try") {
      // Even spacing holds one unit at a time.
      const units = root.policy.algorithm === "token-bucket" && root.policy.burst === 1 ? 1 : event.cost;
      const limit = isBoth ? all(root.for(event.key), other) : root.for(event.key);
      const aborting = new AbortController();
      const start = (): void => void starts.push({ key: event.key, at: time.now(), cost: units, turn });
      if (event.does === "try") {
        const answer = await limit.tryAcquire(units);
        if (answer.allowed) start();
        continue;
      }
      if (event.does === "reserve") {
        const answer = await limit.reserve(units, { maxWaitMs: event.maxWaitMs });
        if (answer.allowed) unused.push(answer);
        continue;
      }
      const waiting = limit.acquire(units, { maxWaitMs: event.maxWaitMs, signal: aborting.signal });
      callers.push(aborting);
      waiting.then(start, (error: Error & { code?: string }) => {
        if (error.message !== "abort" && error.name !== "LimitError") failed = error;
      });
      continue;
    }
    if (event.does === "stall") await time.stall(event.ms);
    if (event.does === "pause") await root.pause({ reason: "r", by: "b", forMs: event.ms });
    if (event.does === "resume") await root.resume({ ramp: event.ramp });
    if (event.does === "abort") callers[event.which % callers.length]?.abort(new Error("abort"));
    if (event.does === "refund") await unused[event.which % unused.length]?.refund();
  }
  await time.advance(300_000);
  return { starts, failed, sleepers: time.sleepers() };
}

describe.each(rates)("%s", (_name, rate, limit, windowMs) => {
  it.each([false, true])(
    "never starts more than its limit in any window, whatever happens (all: %s)",
    async (isBoth) => {
      await fc.assert(
        fc.asyncProperty(history(wild), async (events) => {
          const { starts, failed, sleepers } = await play(rate, events, isBoth);
          expect(failed).toBeUndefined();
          expect(sleepers).toBe(0);
          for (const first of starts) {
            const inWindow = starts.filter(
              ({ key, at }) => key === first.key && at >= first.at && at < first.at + windowMs,
            );
            expect(inWindow.reduce((sum, { cost }) => sum + cost, 0)).toBeLessThanOrEqual(limit);
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  it("starts first who came first, and everybody within what was promised", async () => {
    await fc.assert(
      fc.asyncProperty(history(calm), async (events) => {
        const { starts, failed } = await play(rate, events);
        expect(failed).toBeUndefined();
        for (const key of ["a", "b"]) {
          const own = starts.filter((start) => start.key === key);
          // In the order in which they started, turns only grow.
          expect(own.map(({ turn }) => turn)).toEqual(own.map(({ turn }) => turn).sort((a, b) => a - b));
        }
      }),
      { numRuns: 60 },
    );
  });
});
