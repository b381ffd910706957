import { per, perSecond, type Rate } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LocalTime } from "../time/local-time.ts";
import { virtualTime } from "../time/virtual-time.ts";
import { type Lines, linesOf, moveBack, type Waiter } from "./line.ts";
import { limiter } from "./make-limiter.ts";

/** Timers that fire as much later as told, one after the other; a sleeper that is told Infinity never wakes. */
function set(rate: Rate = perSecond(5), lateMs: () => number = () => 0, aheadMs: () => number = () => 0) {
  const clock = virtualTime();
  const time: LocalTime = {
    now: () => clock.now() + aheadMs(),
    sleep(ms, signal) {
      const late = lateMs();
      return late === Number.POSITIVE_INFINITY ? new Promise(() => {}) : clock.sleep(ms + late, signal);
    },
  };
  const backend = memory({ clock });
  const limit = limiter({ name: "api", rate, backend, time });
  const begunAt = clock.now();
  const starts: (readonly [who: number, atMs: number])[] = [];
  const acquire = (who: number, maxWaitMs = 1e9, signal?: AbortSignal): Promise<unknown> => {
    return limit.acquire(1, { maxWaitMs, signal }).then(() => starts.push([who, clock.now() - begunAt]));
  };
  return { clock, limit, starts, acquire, lines: linesOf(backend, time) };
}

/** What the n-th sleep is late by; others are punctual. */
function lateOnce(which: number, ms: number): () => number {
  let asked = 0;
  return () => (asked++ === which ? ms : 0);
}

type Event =
  | { readonly does: "acquire" | "reserve" }
  | { readonly does: "abort" | "refund"; readonly which: number }
  | { readonly does: "stall"; readonly ms: number };

const calm: fc.MaybeWeightedArbitrary<Event>[] = [
  { weight: 6, arbitrary: fc.record({ does: fc.constant("acquire" as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("stall" as const), ms: fc.integer({ min: 1, max: 2_500 }) }) },
];
const wild: fc.MaybeWeightedArbitrary<Event>[] = [
  ...calm,
  { weight: 1, arbitrary: fc.record({ does: fc.constant("reserve" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constantFrom("abort" as const, "refund" as const), which: fc.nat(50) }),
  },
];
const history = (events: fc.MaybeWeightedArbitrary<Event>[]) => {
  return fc.array(fc.tuple(fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(600)), fc.oneof(...events)), {
    minLength: 20,
    maxLength: 80,
  });
};

describe.each([
  ["a sliding log", per("1s", 5), 5, 1_000, wild],
  ["a short window", per("300ms", 3), 3, 300, wild],
  // What a bucket takes back a newcomer may be given, at a slot before those of who sleeps.
  ["a bucket with a burst", per("1s", 8, { burst: 4 }), 8, 1_000, calm],
  ["even spacing", per("10s", 110), 110, 10_000, calm],
] as const)("%s", (_name, rate, limit, windowMs, happening) => {
  it("starts first who came first, whoever is late, gives up or stands still, and never too many", async () => {
    await fc.assert(
      fc.asyncProperty(
        history(happening),
        fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }),
        async (events, jitter) => {
          let asked = 0;
          const {
            clock,
            starts,
            acquire,
            limit: limiter,
            lines,
          } = set(rate, () => jitter[asked++ % jitter.length] ?? 0);
          const callers: AbortController[] = [];
          const unused: (() => Promise<void>)[] = [];
          const failed: unknown[] = [];
          let given = 0;
          for (const [afterMs, event] of events) {
            await clock.advance(afterMs);
            if (event.does === "stall") await clock.stall(event.ms);
            if (event.does === "abort") callers[event.which % callers.length]?.abort("abort");
            if (event.does === "refund") await unused[event.which % unused.length]?.();
            if (event.does === "acquire") {
              const caller = new AbortController();
              const who = callers.push(caller);
              acquire(who, 1e9, caller.signal).catch((error) => {
                if (error !== "abort") failed.push(error);
                given++;
              });
            }
            if (event.does === "reserve") {
              const place = await limiter.reserve(1, { maxWaitMs: 1e9 });
              if (!place.allowed) throw new Error("denied");
              unused.push(() => place.refund());
              // It waits in the line like everybody else; its start is none.
              place.ready().then(
                () => place.refund(),
                () => {},
              );
            }
          }
          await clock.advance(300_000);
          expect([failed, starts.length + given, clock.sleepers(), lines.size]).toEqual([[], callers.length, 0, 0]);
          const order = starts.map(([who]) => who);
          expect(order).toEqual([...order].sort((a, b) => a - b));
          for (const [, from] of starts) {
            expect(starts.filter(([, at]) => at >= from && at < from + windowMs).length).toBeLessThanOrEqual(limit);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("the line", () => {
  it("moves back by one slot behind somebody who missed his, instead of passing him", async () => {
    const { clock, starts, acquire } = set(per("1s", 1, { algorithm: "sliding-log" }), lateOnce(0, 300));
    for (let who = 0; who < 4; who++) void acquire(who);
    await clock.advance(10_000);
    // Who missed 1,020 has the next one's slot, and the last has a new one, behind the others.
    expect(starts).toEqual([
      [0, 0],
      [1, 2_040],
      [2, 3_060],
      [3, 4_080],
    ]);
  });

  it("lets nobody wait longer than he wants for the sake of somebody who was late", async () => {
    const { clock, starts, acquire } = set(perSecond(1), lateOnce(0, 300));
    void acquire(0);
    void acquire(1);
    void acquire(2, 2_100);
    void acquire(3);
    await clock.advance(10_000);
    expect(starts).toEqual([
      [0, 0],
      [2, 2_040],
      [3, 3_060],
      [1, 4_080],
    ]);
  });

  it("starts those of one slot in the order in which they came, also when their timers do not fire so", async () => {
    const late = [3, 2, 0, 1, 0];
    const { clock, starts, acquire } = set(perSecond(5), () => late.shift() ?? 0);
    for (let who = 0; who < 10; who++) void acquire(who);
    await clock.advance(1_025);
    expect(starts.map(([who]) => who)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // And does not wait for them any longer than it has to.
    expect(starts[5]?.[1]).toBe(1_023);
    expect(starts[9]?.[1]).toBeLessThanOrEqual(1_024);
  });

  it("takes for one slot what is told as two, since the clock ticks while it is booked", async () => {
    let aheadMs = 0;
    const { clock, starts, acquire } = set(
      perSecond(5),
      () => 0,
      () => aheadMs,
    );
    for (let who = 0; who < 8; who++) {
      aheadMs = who === 5 ? 2 : 0;
      void acquire(who);
    }
    await clock.advance(10_000);
    expect(starts.slice(5)).toEqual([
      [5, 1_022],
      [6, 1_022],
      [7, 1_022],
    ]);
  });

  it("moves back by nothing for somebody who asks too late for what he reserved", async () => {
    const { clock, limit, starts, acquire } = set(perSecond(1));
    const place = limit.reserve(1, { maxWaitMs: 1e9 });
    if (place instanceof Promise || !place.allowed) throw new Error("denied");
    await clock.advance(500);
    void acquire(1);
    void place.ready().then(() => starts.push([0, clock.now()]));
    await clock.advance(10_000);
    expect(starts.map(([who]) => who)).toEqual([1, 0]);
  });

  it("is held up by nobody whose request has died", async () => {
    const { clock, starts, acquire, lines } = set(perSecond(5), lateOnce(0, Number.POSITIVE_INFINITY));
    for (let who = 0; who < 16; who++) void acquire(who);
    await clock.advance(10_000);
    expect(starts.map(([who]) => who)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(starts[5]?.[1]).toBe(1_025);
    // It is struck out then: nobody waits for it a second time.
    expect(starts.slice(9, 14).map(([, at]) => at)).toEqual([2_040, 2_040, 2_040, 2_040, 2_040]);
    expect([starts[14]?.[1], lines.size]).toEqual([3_060, 0]);
  });

  it("is passed by no newcomer for whom there is room after a stall", async () => {
    const { clock, starts, acquire } = set(perSecond(1));
    for (let who = 0; who < 3; who++) void acquire(who);
    await clock.advance(100);
    // A timer that fires before those of all who wait.
    void clock.sleep(50).then(() => acquire(3));
    await clock.stall(20_000);
    await clock.advance(10_000);
    expect(starts.map(([who]) => who)).toEqual([0, 1, 2, 3]);
  });

  it("leaves a place that was committed meanwhile its slot", async () => {
    const { clock, limit, starts, acquire } = set(perSecond(1), lateOnce(1, 300));
    void acquire(0);
    void acquire(1);
    const place = limit.reserve(1, { maxWaitMs: 5_000 });
    if (place instanceof Promise || !place.allowed) throw new Error("denied");
    const waiting = place.ready();
    await place.commit();
    await clock.advance(10_000);
    await waiting;
    // It stands on 2,040 for good: nobody who moves back gets that.
    expect([starts, place.readyAtMs - clock.now() + 10_000]).toEqual([
      [
        [0, 0],
        [1, 3_060],
      ],
      2_040,
    ]);
  });

  it("is one for all limiters of a counter, and another for each cost, key and limit", async () => {
    const { clock, limit, lines } = set(perSecond(5));
    await limit.acquire(5);
    await limit.for("other").acquire(5);
    const same = limit.for("");
    for (const each of [limit, same, limit.withLimit(4), limit.for("other")]) void each.acquire(1);
    void limit.acquire(2);
    await clock.advance(0);
    expect([...lines.values()].map(({ length }) => length)).toEqual([2, 1, 1, 1]);
    await clock.advance(10_000);
    expect(lines.size).toBe(0);
  });
});

describe("a line", () => {
  /** Its first has missed his slot; returns the slots afterwards, in their order. */
  function firstMovedBack(count: number, apartMs: number): number[] {
    const slotAt = (rank: number) => ({
      outcome: { allowed: true, decisions: [] },
      atMs: rank * apartMs,
      wholeAtMs: 0,
    });
    const line = Array.from(
      { length: count },
      (_, rank): Waiter => ({ slot: slotAt(rank), hasSlot: true, untilMs: 1e9 }),
    );
    const lines: Lines = new Map([["line", [...line]]]);
    moveBack(lines, "line", line[0] as Waiter, slotAt(count));
    return line.map(({ slot }) => slot.atMs / apartMs);
  }

  it("is moved back while that takes next to nothing of the time between slots", () => {
    const moved = (count: number) => Array.from({ length: count }, (_, rank) => rank + 1);
    expect(firstMovedBack(100, 1)).toEqual(moved(100));
    expect(firstMovedBack(5_000, 50)).toEqual(moved(5_000));
  });

  it("is left as it is where it could not be moved in time: else all would be late, and nobody would start", () => {
    const [first, ...others] = firstMovedBack(5_000, 1);
    expect(first).toBe(5_000);
    expect(others).toEqual(Array.from({ length: 4_999 }, (_, rank) => rank + 1));
  });
});
