/** The token bucket step by step: when, what was asked, what was answered. */

import { describe, expect, it } from "vitest";
import { checkBlock } from "../engine/block.ts";
import { policy } from "../engine/policy.ts";
import { per, perDay, perMinute } from "../engine/rate.ts";
import { played, type Row } from "../testing/rows.ts";
import { blocked } from "./block.ts";
import { type State, stepsOf } from "./compile.ts";

const free = policy("api", perMinute(60));
const pro = policy("api", perMinute(180));
const day = 86_400_000;
const year = 365 * day;

const tables: readonly (readonly [string, Parameters<typeof played>[0], readonly Row[]])[] = [
  [
    "60 at once, then one a second",
    free,
    [
      [0, 60, true, 0],
      [0, 1, false, 0, 1000],
      [999, 1, false, 0.999, 1],
      [1000, 1, true, 0],
      [1000, 2, false, 0, 2000],
      [61_000, 61, false, 60],
      [61_000, 60, true, 0],
    ],
  ],
  [
    "a burst below the limit",
    policy("p", perMinute(60, { burst: 3 })),
    [
      [0, 3, true, 0],
      [0, 1, false, 0, 1000],
      [0, 4, false, 0],
      [60_000, 3, true, 0],
      [61_500, 1, true, 0.5],
    ],
  ],
  [
    "a burst above the limit",
    policy("p", per("1s", 2, { burst: 5 })),
    [
      [0, 5, true, 0],
      [500, 1, true, 0],
      [500, 5, false, 0, 2500],
    ],
  ],
  [
    "strict refills only what the burst leaves of the limit",
    policy("p", perMinute(60, { strict: true })),
    [
      [0, 30, true, 0],
      [0, 1, false, 0, 2000],
      [2000, 1, true, 0],
      [0, 31, false, 0],
      [60_000, 30, true, 0],
    ],
  ],
  [
    "strict with a burst of its own",
    policy("p", perMinute(60, { strict: true, burst: 50 })),
    [
      [0, 50, true, 0],
      [0, 1, false, 0, 6000],
    ],
  ],
  [
    "costs in hundredths, rounded up",
    policy("p", per("1s", 1)),
    [
      [0, 0.1, true, 0.9],
      [0, 0.07, true, 0.83],
      [0, 0.001, true, 0.82],
      [0, 0.83, false, 0.82, 10],
      [0, 0.82, true, 0],
      [0, 0.01, false, 0, 10],
      [10, 0.01, true, 0],
    ],
  ],
  [
    "17 of 17 and 1,667 of 1,667, though a unit is no whole number of milliseconds",
    policy("p", perMinute(17)),
    [
      ...Array.from({ length: 17 }, (_, i): Row => [0, 1, true, 16 - i]),
      [0, 1, false, 0, 3530],
      [3529, 1, false, 0.999883333, 1],
      [3530, 1, true, 0.000166667],
    ],
  ],
  [
    "a limit of 1",
    policy("p", per("1s", 1)),
    [
      [0, 1, true, 0],
      [999, 1, false, 0.999, 1],
      [1000, 1, true, 0],
      [1000, 2, false, 0],
    ],
  ],
  [
    "a limit of 0",
    policy("p", per("1s", 0)),
    [
      [0, 1, false, 0],
      [0, 0.01, false, 0],
      [0, 0, true, 0],
      [5000, { cost: 1, mode: "shadow" }, false, 0],
    ],
  ],
  [
    "peek decides and books nothing; 0 reads",
    free,
    [
      [0, { cost: 60, mode: "peek" }, true, 60],
      [0, { cost: 61, mode: "peek" }, false, 60],
      [0, 0, true, 60],
      [0, 60, true, 0],
      [0, 0, true, 0],
      [0, { cost: 1, mode: "peek" }, false, 0, 1000],
      [1000, { cost: 1, mode: "peek" }, true, 1],
    ],
  ],
  [
    "shadow books what fits",
    free,
    [
      [0, { cost: 59, mode: "shadow" }, true, 1],
      [0, { cost: 2, mode: "shadow" }, false, 1, 1000],
      [0, { cost: 1, mode: "shadow" }, true, 0],
    ],
  ],
  [
    "minCost takes what is there, and no less than that",
    free,
    [
      [0, 55, true, 5],
      [0, { cost: 10, minCost: 6 }, false, 5, 1000],
      [0, { cost: 10, minCost: 2 }, true, 0],
      [0, { cost: 10, minCost: 1 }, false, 0, 1000],
      [0, { cost: 10, minCost: 0 }, true, 0],
      [1500, { cost: 10, minCost: 0.5 }, true, 0],
      [3500, { cost: 1, minCost: 5 }, true, 1],
    ],
  ],
  [
    "settling down at once, in part, and only once what is booked",
    free,
    [
      [0, 10, true, 50],
      [0, { settle: 0, to: 4 }, true, 56],
      [0, 56, true, 0],
      [0, { settle: 2, to: 0.5 }, true, 55.5],
    ],
  ],
  [
    "settling up, into debt if need be",
    free,
    [
      [0, 59, true, 1],
      [0, { settle: 0, to: 59.5 }, true, 0.5],
      [0, 1, false, 0.5, 500],
      [500, 1, true, 0],
      [500, { settle: 3, to: 11 }, true, 0],
      [500, 1, false, 0, 11_000],
      [11_499, 1, false, 0.999, 1],
      [11_500, 1, true, 0],
    ],
  ],
  [
    "settling late gives back at most what time has not",
    free,
    [
      [0, 20, true, 40],
      [0, 20, true, 20],
      [5000, { settle: 0, to: 0 }, true, 40],
      [5000, { settle: 1, to: 0 }, true, 55],
      [20_000, 0, true, 60],
      [20_000, 10, true, 50],
      [21_000, 10, true, 41],
      [31_000, { settle: 5, to: 0 }, true, 51],
    ],
  ],
  [
    "settling after the charge has drained gives back nothing",
    free,
    [
      [0, 10, true, 50],
      [10_000, 60, true, 0],
      [10_000, { settle: 0, to: 0 }, true, 0],
    ],
  ],
  [
    "slots are given first come, first served",
    policy("p", per("1s", 1)),
    [
      [0, 1, true, 0],
      [0, { cost: 1, maxDelayMs: 999 }, false, 0, 1],
      [0, { cost: 1, maxDelayMs: 1000 }, true, 0, 1000],
      [0, { cost: 1, maxDelayMs: 5000 }, true, 0, 2000],
      [0, { cost: 0.01, maxDelayMs: 5000 }, true, 0, 2010],
      [500, 1, false, 0, 2510],
      [500, { cost: 1, maxDelayMs: 0.5 }, false, 0, 2510],
      [500, { cost: 1, maxDelayMs: 2509.9 }, false, 0, 1],
      [3010, 1, true, 0],
    ],
  ],
  [
    "the last slot is given back whole",
    policy("p", per("1s", 1)),
    [
      [0, 1, true, 0],
      [0, { cost: 1, maxDelayMs: 5000 }, true, 0, 1000],
      [0, { cost: 1, maxDelayMs: 5000 }, true, 0, 2000],
      [100, { settle: 2, to: 0 }, true, 0],
      [100, { cost: 1, maxDelayMs: 5000 }, true, 0, 1900],
    ],
  ],
  [
    "a slot on which a later one stands is not",
    policy("p", per("1s", 1)),
    [
      [0, 1, true, 0],
      [0, { cost: 1, maxDelayMs: 5000 }, true, 0, 1000],
      [0, { cost: 1, maxDelayMs: 5000 }, true, 0, 2000],
      [0, { settle: 1, to: 0 }, true, 0],
      [0, { settle: 0, to: 0 }, true, 0],
      [0, { cost: 1, maxDelayMs: 5000 }, true, 0, 3000],
    ],
  ],
  [
    "no patience is long enough for what can never fit",
    free,
    [
      [0, { cost: 61, maxDelayMs: Number.POSITIVE_INFINITY }, false, 60],
      [0, { cost: 60, maxDelayMs: Number.POSITIVE_INFINITY }, true, 0],
      [0, { cost: 60, maxDelayMs: Number.POSITIVE_INFINITY }, true, 0, 60_000],
    ],
  ],
  [
    "60 of 60 spent, then Pro: 120 left; back to Free: none",
    free,
    [
      [0, 60, true, 0],
      [0, { plan: pro, cost: 0 }, true, 120],
      [0, { plan: pro, cost: 120 }, true, 0],
      [0, { plan: free, cost: 0 }, true, 0],
      [0, { plan: free, cost: 1 }, false, 0, 121_000],
    ],
  ],
  [
    "60 of 180 spent, then Free: none left",
    pro,
    [
      [0, 60, true, 120],
      [0, { plan: free, cost: 1 }, false, 0, 1000],
      [0, { plan: pro, cost: 1 }, true, 119],
    ],
  ],
  [
    "a clock that steps back gives nothing away, however often",
    free,
    [
      [day, 60, true, 0],
      [day - 1000, 1, false, 0, 1000],
      [day - 5000, 1, false, 0, 1000],
      [0, 1, false, 0, 1000],
      [999, 1, false, 0.999, 1],
      [1000, 1, true, 0],
      [400, 1, false, 0, 1000],
      [1400, 1, true, 0],
    ],
  ],
  [
    "a clock that jumps a year ahead and returns locks nobody out",
    free,
    [
      [0, 60, true, 0],
      [year, 60, true, 0],
      [1000, 1, false, 0, 1000],
      [2000, 1, true, 0],
      [62_000, 60, true, 0],
    ],
  ],
  [
    "a charge from before a step back gives back nothing that time may have returned",
    free,
    [
      [day, 10, true, 50],
      [day + 10_000, 10, true, 50],
      [1000, { settle: 0, to: 0 }, true, 50],
      [1000, { settle: 1, to: 0 }, true, 50],
      [11_000, 0, true, 60],
    ],
  ],
  [
    "a slot keeps its distance when the clock steps back",
    policy("p", per("1s", 1)),
    [
      [day, 1, true, 0],
      [day, { cost: 1, maxDelayMs: 1000 }, true, 0, 1000],
      [0, 1, false, 0, 2000],
      [1999, 1, false, 0.999, 1],
      [2000, 1, true, 0],
    ],
  ],
];

describe("token-bucket", () => {
  it.each(tables)("%s", (_name, asked, rows) => expect(played(asked, rows)).toEqual(rows));

  it("counts a million a day without drift", () => {
    const million = policy("p", perDay(1_000_000));
    const steps = stepsOf(million);
    let state: State = steps.empty;
    let now = 1_000_000_000;
    for (let i = 0; i < 1_000_000; i++) {
      if (steps.earliest(state, 100, now) !== now) throw new Error(`denied ${i} of a million`);
      state = steps.book(state, 100, now, now);
    }
    // A unit refills in 86.4 ms.
    expect(steps.earliest(state, 100, now) - now).toBe(87);
    expect(steps.read(state, now)).toEqual({ remaining: 0, resetAfterMs: day, windowAfterMs: 86.4 });
    let admitted = 0;
    for (const end = now + 10_000 * 86.4; now < end; now = steps.earliest(steps.observe(state, now), 100, now)) {
      if (steps.earliest(state, 100, now) > now) continue;
      state = steps.book(state, 100, now, now);
      admitted++;
    }
    expect(admitted).toBe(9999);
    expect(steps.earliest(state, 100_000_000, now)).toBe(1_000_000_000 + Math.ceil(1_009_999 * 86.4));
  });

  it("is idle from the millisecond on which it is whole again", () => {
    const steps = stepsOf(free);
    const state = steps.book(steps.empty, 150, 7000, 7000);
    expect(steps.idleAt(state)).toBe(8500);
    expect(steps.read(state, 8499).resetAfterMs).toBe(1);
    expect(steps.read(state, 8500)).toEqual(steps.read(steps.empty, 8500));
  });

  it("folds to the larger debt and the later slot", () => {
    const steps = stepsOf(free);
    const little = steps.book(steps.empty, 1000, 0, 0);
    const much = steps.book(steps.empty, 3000, 0, 0);
    expect(steps.fold(little, much, 5000)).toEqual(steps.fold(much, little, 5000));
    expect(steps.read(steps.fold(little, much, 5000), 5000).remaining).toBe(35);
    expect(steps.read(steps.fold(steps.empty, little, 5000), 5000).remaining).toBe(55);
  });

  it("is blocked to the millisecond for as long as its debt can hold, and for longer not at all", () => {
    for (const rate of [perMinute(60), perMinute(60, { strict: true }), per("997ms", 7), perDay(1_000_000)]) {
      const blockable = policy("p", rate);
      const steps = stepsOf(blockable);
      const identity = { policy: blockable, key: "k" };
      const longest = longestOf((ms) => checkBlock(identity, ms));
      for (const forMs of [0, 1, 997, 86_400_000, longest].filter((ms) => ms <= longest)) {
        const state = blocked(steps, steps.book(steps.empty, 100, 0, 0), forMs, 5);
        // With a hundredth of a unit the bucket was not empty at the end.
        expect(steps.available(state, 5 + forMs), `${forMs} ms`).toBe(0);
        expect(steps.earliest(state, 1, 5), `${forMs} ms`).toBeGreaterThan(5 + forMs);
        const whole =
          steps.earliest(state, 100, 5) - steps.earliest(steps.book(steps.empty, steps.capacity, 5, 5), 100, 5);
        expect(whole, `${forMs} ms`).toBe(forMs);
      }
    }
  });

  it("is blocked until the later of two ends, and without a slot that has passed", () => {
    const steps = stepsOf(free);
    const long = blocked(steps, steps.empty, 10_000, 0);
    expect(blocked(steps, long, 3_000, 2_000)).toEqual(blocked(steps, steps.empty, 8_000, 2_000));
    expect(blocked(steps, long, 3_000, 2_000, true)).toEqual(blocked(steps, steps.empty, 3_000, 2_000));
    const slot = steps.book(steps.empty, 100, 500, 0);
    expect(blocked(steps, slot, 100, 400)).toMatchObject({ slot: 500 });
    expect(blocked(steps, slot, 100, 600)).toMatchObject({ slot: 0 });
  });
});

/** The longest time that is not refused. */
function longestOf(check: (ms: number) => void): number {
  let [low, high] = [0, 3_155_760_000_001];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    try {
      check(middle);
      low = middle;
    } catch {
      high = middle;
    }
  }
  return low;
}
