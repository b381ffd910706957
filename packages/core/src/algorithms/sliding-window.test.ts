/** The sliding window step by step; windows follow the epoch. */

import { describe, expect, it } from "vitest";
import { policy } from "../engine/policy.ts";
import { per, perDay, perMinute } from "../engine/rate.ts";
import { played, type Row } from "../testing/rows.ts";
import { type State, stepsOf } from "./compile.ts";

const options = { algorithm: "sliding-window" } as const;
const ten = policy("api", per("1s", 10, options));
const free = policy("api", perMinute(60, options));
const pro = policy("api", perMinute(180, options));
const day = 86_400_000;
const year = 365 * day;

const tables: readonly (readonly [string, Parameters<typeof played>[0], readonly Row[]])[] = [
  [
    "the older window weighs as much as it is still covered",
    ten,
    [
      [500, 10, true, 0],
      [500, 1, false, 0, 600],
      [999, 1, false, 0, 101],
      [1000, 1, false, 0, 100],
      [1099, 1, false, 0.99, 1],
      [1100, 1, true, 0],
      [1500, 4, true, 0],
      [1500, 0.01, false, 0, 1],
      [1501, 0.01, true, 0],
      [1999, 5, false, 4.98, 3],
      [1999, 4.98, true, 0],
      [3999, 10, true, 0],
    ],
  ],
  [
    "Cloudflare's example: 42 before, 18 now, a quarter in: 49.5 of 50",
    policy("p", perMinute(50, options)),
    [
      [30_000, 42, true, 8],
      [75_000, 18, true, 0.5],
      [75_000, 1, false, 0.5, 715],
      [75_714, 1, false, 0.9998, 1],
      [75_715, 1, true, 0.0005],
    ],
  ],
  [
    "waits into the next window, and over it",
    ten,
    [
      [0, 10, true, 0],
      [0, 10, false, 0, 2000],
      [0, 5, false, 0, 1500],
      [0, 11, false, 0],
      [1999, 10, false, 9.99, 1],
      [2000, 10, true, 0],
    ],
  ],
  [
    "limits of 1 and 0",
    policy("p", per("1s", 1, options)),
    [
      [999, 1, true, 0],
      [1000, 1, false, 0, 1000],
      [1999, 1, false, 0.999, 1],
      [2000, { plan: policy("p", per("1s", 0, options)), cost: 1 }, false, 0],
      [2000, 1, true, 0],
    ],
  ],
  [
    "peek, shadow and minCost",
    ten,
    [
      [0, { cost: 10, mode: "peek" }, true, 10],
      [0, { cost: 8, mode: "shadow" }, true, 2],
      [0, { cost: 3, mode: "shadow" }, false, 2, 1125],
      [0, { cost: 3, mode: "peek" }, false, 2, 1125],
      [0, { cost: 3, minCost: 1.5 }, true, 0],
    ],
  ],
  [
    "settling in the window, from the one before, and too late",
    ten,
    [
      [0, 6, true, 4],
      [0, { settle: 0, to: 4 }, true, 6],
      [0, 6, true, 0],
      [1500, { settle: 2, to: 0 }, true, 8],
      [1500, 8, true, 0],
      [2500, { settle: 4, to: 4 }, true, 8],
      [2500, 2, true, 6],
      [3500, { settle: 4, to: 0 }, true, 9],
    ],
  ],
  [
    "settling up, into debt if need be",
    ten,
    [
      [0, 10, true, 0],
      [0, { settle: 0, to: 20 }, true, 0],
      [0, 1, false, 0, 1550],
      [1549, 1, false, 0.98, 1],
      [1550, 1, true, 0],
      [3000, { settle: 4, to: 3 }, true, 8],
    ],
  ],
  [
    "60 of 60 spent, then Pro: 120 left; 60 of 180, then Free: none",
    free,
    [
      [0, 60, true, 0],
      [0, { plan: pro, cost: 1 }, true, 119],
      [0, { plan: free, cost: 1 }, false, 0, 61_968],
      [200_000, { plan: pro, cost: 60 }, true, 120],
      [200_000, { plan: free, cost: 1 }, false, 0, 41_000],
    ],
  ],
  [
    "a clock that steps back gives nothing away, however often",
    ten,
    [
      [day + 900, 10, true, 0],
      [day + 400, 1, false, 0, 700],
      [day - 200, 1, false, 0, 1100],
      [day - 700, 1, false, 0, 1100],
      [day + 399, 1, false, 0.99, 1],
      [day + 400, 1, true, 0],
    ],
  ],
  [
    "a clock that jumps a year ahead and returns leaves its own debt, for two windows at most",
    ten,
    [
      [1000, 10, true, 0],
      [year, 10, true, 0],
      [1300, 1, false, 0, 1100],
      [3299, 10, false, 9.99, 1],
      [3300, 10, true, 0],
      [60_000, 10, true, 0],
    ],
  ],
];

describe("sliding-window", () => {
  it.each(tables)("%s", (_name, asked, rows) => expect(played(asked, rows)).toEqual(rows));

  it("counts the largest limit exactly: a million in five hours", () => {
    const windowMs = 18_000_000;
    const steps = stepsOf(policy("p", per("5h", 1_000_000, options)));
    let state: State = steps.book(steps.empty, 99_999_999, windowMs - 1, windowMs - 1);
    expect(steps.available(state, windowMs - 1)).toBe(1);
    state = steps.book(state, 1, windowMs - 1, windowMs - 1);
    // A hundredth leaves after 0.18 ms, five after 0.9 ms.
    expect(steps.earliest(state, 5, windowMs)).toBe(windowMs + 1);
    expect(steps.earliest(state, 6, windowMs)).toBe(windowMs + 2);
    expect(steps.earliest(state, 100_000_000, windowMs)).toBe(2 * windowMs);
  });

  it("refuses a limit whose products would leave the safe integers", () => {
    expect(() => stepsOf(policy("p", perDay(1_000_000, options)))).toThrow("SLUICE_POLICY_TOO_LARGE");
  });

  it("tells when it is whole again", () => {
    const steps = stepsOf(ten);
    const state = steps.book(steps.empty, 1000, 500, 500);
    expect(steps.read(steps.empty, 500)).toEqual({ remaining: 10, resetAfterMs: 0, windowAfterMs: 500 });
    expect(steps.read(state, 500)).toEqual({ remaining: 0, resetAfterMs: 1500, windowAfterMs: 600 });
    expect(steps.read(state, 1500)).toEqual({ remaining: 5, resetAfterMs: 500, windowAfterMs: 500 });
    expect(steps.read(state, 2000).remaining).toBe(10);
    expect(steps.idleAt(state)).toBe(2000);
    expect(steps.idleAt(steps.settle(state, 0, 1000, 0, 1200))).toBe(0);
  });

  it("reads as if never used from when it is idle on, also where its window begins at a step back of the clock", () => {
    const steps = stepsOf(ten);
    const used = steps.book(steps.empty, 1000, 5_500, 5_500);
    const aligned = steps.book(used, 0, 6_100, 6_100);
    for (const state of [used, aligned, steps.observe(used, 4_321), steps.observe(aligned, 4_321)]) {
      const idle = steps.idleAt(state);
      expect(steps.read(state, idle)).toEqual(steps.read(steps.empty, idle));
      expect(steps.read(state, idle + 1)).toEqual(steps.read(steps.empty, idle + 1));
    }
  });

  it("folds to the larger counters of the later window", () => {
    const steps = stepsOf(ten);
    const before = steps.book(steps.empty, 600, 500, 500);
    const now = steps.book(steps.empty, 300, 1500, 1500);
    for (const folded of [steps.fold(before, now, 1500), steps.fold(now, before, 1500)]) {
      expect(steps.read(folded, 1500).remaining).toBe(4);
    }
  });
});
