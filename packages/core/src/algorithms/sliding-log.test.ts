/** The sliding log step by step: whole units, slots, debts and folded logs. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { policy } from "../engine/policy.ts";
import { per, perMinute } from "../engine/rate.ts";
import { played, type Row } from "../testing/rows.ts";
import { type State, stepsOf } from "./compile.ts";
import type { LogState } from "./sliding-log.ts";

const options = { algorithm: "sliding-log" } as const;
const three = policy("api", per("1s", 3, options));
const free = policy("api", perMinute(60, options));
const pro = policy("api", perMinute(180, options));
const day = 86_400_000;
const year = 365 * day;

const tables: readonly (readonly [string, Parameters<typeof played>[0], readonly Row[]])[] = [
  [
    "a unit leaves exactly a window after it came",
    three,
    [
      [0, 1, true, 2],
      [300, 2, true, 0],
      [300, 1, false, 0, 700],
      [999, 1, false, 0, 1],
      [1000, 1, true, 0],
      [1000, 2, false, 0, 300],
      [1000, 3, false, 0, 1000],
      [1000, 4, false, 0],
      [1300, 2, true, 0],
    ],
  ],
  [
    "limits of 1 and 0",
    policy("p", per("1s", 1, options)),
    [
      [0, 1, true, 0],
      [999, 1, false, 0, 1],
      [1000, { plan: policy("p", per("1s", 0, options)), cost: 1 }, false, 0],
      [1000, 1, true, 0],
    ],
  ],
  [
    "peek, shadow and minCost",
    three,
    [
      [0, { cost: 3, mode: "peek" }, true, 3],
      [0, { cost: 2, mode: "shadow" }, true, 1],
      [0, { cost: 2, mode: "shadow" }, false, 1, 1000],
      [0, { cost: 2, minCost: 1 }, true, 0],
      [0, { cost: 2, minCost: 1 }, false, 0, 1000],
    ],
  ],
  [
    "slots are given first come, first served, and nothing is booked before the last",
    three,
    [
      [0, 2, true, 1],
      [0, { cost: 2, maxDelayMs: 2000 }, true, 0, 1000],
      [0, 1, false, 0, 1000],
      [0, { cost: 1, maxDelayMs: 2000 }, true, 0, 1000],
      [0, { cost: 1, maxDelayMs: 1999 }, false, 0, 1],
      [0, { cost: 1, maxDelayMs: 2000 }, true, 0, 2000],
      [1500, 0, true, 0],
      [2000, 2, true, 0],
    ],
  ],
  [
    "a slot given back frees what no later one stands on",
    three,
    [
      [0, 3, true, 0],
      [0, { cost: 3, maxDelayMs: 5000 }, true, 0, 1000],
      [0, { cost: 3, maxDelayMs: 5000 }, true, 0, 2000],
      [0, { settle: 2, to: 1 }, true, 0],
      [0, { cost: 2, maxDelayMs: 5000 }, true, 0, 2000],
      [0, { settle: 1, to: 0 }, true, 0],
      [0, 1, false, 0, 3000],
    ],
  ],
  [
    "settling down, in part, late and into what is gone",
    three,
    [
      [0, 3, true, 0],
      [500, { settle: 0, to: 1 }, true, 2],
      [500, 2, true, 0],
      [1000, 1, true, 0],
      [1000, { settle: 0, to: 0 }, true, 0],
      [1000, { settle: 2, to: 0 }, true, 2],
    ],
  ],
  [
    "settling to a fraction counts as a whole unit",
    three,
    [
      [0, 2, true, 1],
      [0, { settle: 0, to: 0.1 }, true, 2],
      [0, 1, true, 1],
      [0, { settle: 2, to: 1.01 }, true, 0],
    ],
  ],
  [
    "settling up, into debt if need be: the oldest units go later, never earlier",
    three,
    [
      [0, 1, true, 2],
      [100, 1, true, 1],
      [200, 1, true, 0],
      [300, { settle: 2, to: 2 }, true, 0],
      [300, 1, false, 0, 800],
      [1099, 1, false, 0, 1],
      [1100, 1, true, 0],
      [1100, 1, false, 0, 100],
    ],
  ],
  [
    "60 of 60 spent, then Pro: 120 left; 60 of 180, then Free: none",
    free,
    [
      [0, 60, true, 0],
      [1, { plan: pro, cost: 1 }, true, 119],
      [2, { plan: free, cost: 1 }, false, 0, 59_998],
      [60_001, { plan: pro, cost: 60 }, true, 120],
      [60_001, { plan: free, cost: 1 }, false, 0, 60_000],
    ],
  ],
  [
    "a clock that steps back gives nothing away, however often",
    three,
    [
      [day, 3, true, 0],
      [day - 400, 1, false, 0, 1000],
      [day - 900, 1, false, 0, 1000],
      [day - 700, 1, false, 0, 800],
      [day + 100, 3, true, 0],
    ],
  ],
  [
    "a clock that jumps a year ahead and returns locks out for its own debt, a window at most",
    three,
    [
      [0, 3, true, 0],
      [year, 2, true, 1],
      [500, 1, true, 0],
      [500, 1, false, 0, 1000],
      [1500, 3, true, 0],
    ],
  ],
];

describe("sliding-log", () => {
  it.each(tables)("%s", (_name, asked, rows) => expect(played(asked, rows)).toEqual(rows));

  it("takes whole costs only", () => {
    expect(() => played(three, [[0, 0.5, true, 0]])).toThrow("SLUICE_COST");
    expect(() => played(three, [[0, { cost: 1, minCost: 0.5 }, true, 0]])).toThrow("got 0.5");
  });

  it("tells when it is whole again and when more fits", () => {
    const steps = stepsOf(three);
    let state: State = steps.book(steps.empty, 100, 0, 0);
    state = steps.book(state, 200, 400, 400);
    expect(steps.read(steps.empty, 7)).toEqual({ remaining: 3, resetAfterMs: 0, windowAfterMs: 1000 });
    expect(steps.read(state, 400)).toEqual({ remaining: 0, resetAfterMs: 1000, windowAfterMs: 600 });
    expect(steps.read(state, 1000)).toEqual({ remaining: 1, resetAfterMs: 400, windowAfterMs: 400 });
    expect(steps.idleAt(state)).toBe(1400);
  });

  it("never keeps more stamps than the limit, whatever is settled", () => {
    const steps = stepsOf(three);
    let state: State = steps.empty;
    for (let now = 0; now < 900; now += 10) state = steps.settle(state, now, 0, 100, now);
    expect((state as LogState).stamps).toHaveLength(3);
    expect(steps.read(state, 900).remaining).toBe(0);
    expect(steps.read(state, 1890).remaining).toBe(3);
  });

  it("folds two logs to one that allows no more than either, at any later time", () => {
    const steps = stepsOf(policy("p", per("1s", 8, options)));
    const stamps = fc.array(fc.tuple(fc.nat(900), fc.integer({ min: 1, max: 3 })), { maxLength: 6 });
    const logOf = (entries: readonly (readonly [number, number])[]): State =>
      entries
        .toSorted(([a], [b]) => a - b)
        .reduce((state, [at, units]) => {
          return steps.earliest(state, units * 100, at) === at ? steps.book(state, units * 100, at, at) : state;
        }, steps.empty);
    fc.assert(
      fc.property(stamps, stamps, fc.nat(1000), (left, right, later) => {
        const [a, b] = [logOf(left), logOf(right)];
        const folded = steps.fold(a, b, 900);
        const now = 900 + later;
        const least = Math.min(steps.available(a, now), steps.available(b, now));
        expect(steps.available(folded, now)).toBe(least);
      }),
    );
  });
});
