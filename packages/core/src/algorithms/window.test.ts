/** Fixed windows and calendars step by step. */

import { describe, expect, it } from "vitest";
import { policy } from "../engine/policy.ts";
import { per, perDay, perMinute, perMonth, perWeek } from "../engine/rate.ts";
import { played, type Row } from "../testing/rows.ts";
import { type State, stepsOf } from "./compile.ts";

const options = { algorithm: "fixed-window" } as const;
const five = policy("api", per("1s", 5, options));
const free = policy("api", perMinute(60, options));
const pro = policy("api", perMinute(180, options));
const day = 86_400_000;
const year = 365 * day;
const paris = policy("day", perDay(3, { timeZone: "Europe/Paris" }));
const utc = policy("day", perDay(3, { timeZone: "UTC" }));
const at = (instant: string): number => Date.parse(instant);
const hour = 3_600_000;

const tables: readonly (readonly [string, Parameters<typeof played>[0], readonly Row[]])[] = [
  [
    "a window starts at the first charge and ends a window later",
    five,
    [
      [700, 0, true, 5],
      [700, { cost: 5, mode: "peek" }, true, 5],
      [730, 1, true, 4],
      [1729, 4, true, 0],
      [1729, 1, false, 0, 1],
      [1730, 5, true, 0],
      [1731, 0.01, false, 0, 999],
      [1731, 6, false, 0],
      [10_000, 5, true, 0],
    ],
  ],
  [
    "used and cost together stay within the limit, to the hundredth",
    five,
    [
      [0, 4.98, true, 0.02],
      [0, 0.03, false, 0.02, 1000],
      [0, 0.011, true, 0],
      [0, 0.001, false, 0, 1000],
    ],
  ],
  [
    "limits of 1 and of 0",
    policy("p", per("1s", 1, options)),
    [
      [0, 1, true, 0],
      [0, 1, false, 0, 1000],
      [0, { plan: policy("p", per("1s", 0, options)), cost: 1 }, false, 0],
      [999, 1, false, 0, 1],
      [1000, 1, true, 0],
    ],
  ],
  [
    "shadow books what fits; minCost takes what is there",
    five,
    [
      [0, { cost: 4, mode: "shadow" }, true, 1],
      [0, { cost: 2, mode: "shadow" }, false, 1, 1000],
      [0, { cost: 3, minCost: 2 }, false, 1, 1000],
      [0, { cost: 3, minCost: 1 }, true, 0],
      [1000, { cost: 7, minCost: 1 }, true, 0],
    ],
  ],
  [
    "settling down and up within the window, and up into a new one",
    five,
    [
      [0, 4, true, 1],
      [500, { settle: 0, to: 1.5 }, true, 3.5],
      [500, 3, true, 0.5],
      [600, { settle: 2, to: 8 }, true, 0],
      [600, 1, false, 0, 400],
      [1000, 2, true, 3],
      [2500, { settle: 5, to: 6 }, true, 1],
      [3000, 1, true, 0],
      [3499, 1, false, 0, 1],
      [3500, 1, true, 4],
    ],
  ],
  [
    "settling into a closed window returns nothing",
    five,
    [
      [0, 5, true, 0],
      [1000, 5, true, 0],
      [1000, { settle: 0, to: 0 }, true, 0],
      [1500, { settle: 1, to: 0 }, true, 5],
    ],
  ],
  [
    "60 of 60 spent, then Pro: 120 left; 60 of 180, then Free: none",
    free,
    [
      [0, 60, true, 0],
      [1, { plan: pro, cost: 1 }, true, 119],
      [2, { plan: free, cost: 1 }, false, 0, 59_998],
      [60_000, { plan: pro, cost: 60 }, true, 120],
      [60_000, { plan: free, cost: 1 }, false, 0, 60_000],
    ],
  ],
  [
    "a clock that steps back gives nothing away; one that jumps ahead and returns locks out for a window at most",
    five,
    [
      [day, 5, true, 0],
      [day - 300, 1, false, 0, 1000],
      [day - 900, 1, false, 0, 1000],
      [day, 1, false, 0, 100],
      [year, 5, true, 0],
      [day, 1, false, 0, 1000],
      [day + 1000, 5, true, 0],
    ],
  ],
  [
    "a local day of 23 hours",
    paris,
    [
      [at("2026-03-28T22:59:59.999Z"), 3, true, 0],
      [at("2026-03-28T22:59:59.999Z"), 1, false, 0, 1],
      [at("2026-03-28T23:00Z"), 3, true, 0],
      [at("2026-03-28T23:00Z"), 1, false, 0, 23 * hour],
      [at("2026-03-29T22:00Z"), 3, true, 0],
      [at("2026-03-29T22:00Z"), 1, false, 0, 24 * hour],
    ],
  ],
  [
    "a local day of 25 hours",
    paris,
    [
      [at("2026-10-24T22:00Z"), 3, true, 0],
      [at("2026-10-24T22:00Z"), 1, false, 0, 25 * hour],
      [at("2026-10-25T23:00Z"), 1, true, 2],
    ],
  ],
  [
    "an end that was stored under another zone moves to the end of the local day that it lies in",
    paris,
    [
      [at("2026-06-01T21:30Z"), 3, true, 0],
      [at("2026-06-01T21:30Z"), { plan: utc, cost: 1 }, false, 0, 2.5 * hour],
      [at("2026-06-02T00:00Z"), { plan: utc, cost: 3 }, true, 0],
      [at("2026-06-02T10:00Z"), 1, false, 0, 36 * hour],
      [at("2026-06-02T22:00Z"), 1, false, 0, 24 * hour],
      [at("2026-06-03T22:00Z"), 3, true, 0],
    ],
  ],
  [
    "a day that is over counts in the local day of another zone that it ended in",
    utc,
    [
      [at("2026-06-01T20:00Z"), { plan: paris, cost: 3 }, true, 0],
      [at("2026-06-01T22:30Z"), 1, false, 0, 1.5 * hour],
      [at("2026-06-02T00:00Z"), 3, true, 0],
    ],
  ],
  [
    "a unit is not given back to a period whose end has moved with the zone",
    paris,
    [
      [at("2026-06-01T21:30Z"), 3, true, 0],
      [at("2026-06-01T21:30Z"), { plan: utc, cost: 1 }, false, 0, 2.5 * hour],
      [at("2026-06-01T21:30Z"), { settle: 0, to: 0 }, true, 0],
    ],
  ],
  [
    "a calendar whose clock jumps a year ahead and returns is locked for the rest of the period at most",
    paris,
    [
      [at("2026-06-01T10:00Z"), 1, true, 2],
      [at("2027-06-01T10:00Z"), 3, true, 0],
      [at("2026-06-01T10:00Z"), 1, false, 0, 12 * hour],
      [at("2026-06-01T22:00Z"), 3, true, 0],
    ],
  ],
  [
    "a calendar whose clock jumps a day ahead and returns is locked until the end of the day it showed",
    paris,
    [
      [at("2026-06-01T10:00Z"), 1, true, 2],
      [at("2026-06-02T10:00Z"), 3, true, 0],
      [at("2026-06-01T10:00Z"), 1, false, 0, 36 * hour],
      [at("2026-06-02T22:00Z"), 3, true, 0],
    ],
  ],
  [
    "weeks begin on Monday",
    policy("week", perWeek(3)),
    [
      [at("2026-05-10T23:59:59.999Z"), 3, true, 0],
      [at("2026-05-10T23:59:59.999Z"), 1, false, 0, 1],
      [at("2026-05-11T00:00Z"), 3, true, 0],
      [at("2026-05-11T00:00Z"), 1, false, 0, 7 * day],
    ],
  ],
  [
    "months have 28 to 31 days",
    policy("month", perMonth(1)),
    [
      [at("2026-02-01T00:00Z"), 1, true, 0],
      [at("2026-02-01T00:00Z"), 1, false, 0, 28 * day],
      [at("2028-02-01T00:00Z"), 1, true, 0],
      [at("2028-02-01T00:00Z"), 1, false, 0, 29 * day],
      [at("2028-12-31T00:00Z"), 1, true, 0],
      [at("2028-12-31T00:00Z"), 1, false, 0, day],
      [at("2029-01-01T00:00Z"), 1, true, 0],
      [at("2029-01-01T00:00Z"), { settle: 6, to: 0 }, true, 1],
    ],
  ],
];

describe("fixed windows and calendars", () => {
  it.each(tables)("%s", (_name, asked, rows) => expect(played(asked, rows)).toEqual(rows));

  it("counts the largest limit exactly", () => {
    const steps = stepsOf(policy("p", per("1d", 90_000_000_000_000, options)));
    let state: State = steps.book(steps.empty, 8_999_999_999_999_999, 0, 0);
    expect(steps.available(state, 1)).toBe(1);
    state = steps.book(state, 1, 1, 1);
    expect(steps.earliest(state, 1, 1)).toBe(day);
    expect(steps.available(steps.settle(state, day, 1, 0, 2), 2)).toBe(1);
  });

  it("tells when a window is whole again, and a calendar's end even before its first charge", () => {
    const fixed = stepsOf(five);
    expect(fixed.read(fixed.empty, 700)).toEqual({ remaining: 5, resetAfterMs: 0, windowAfterMs: 1000 });
    const used = fixed.book(fixed.empty, 100, 700, 700);
    expect(fixed.read(used, 900)).toEqual({ remaining: 4, resetAfterMs: 800, windowAfterMs: 800 });
    expect(fixed.idleAt(used)).toBe(1700);
    const calendar = stepsOf(utc);
    const now = at("2026-06-01T12:00Z");
    expect(calendar.read(calendar.empty, now)).toEqual({
      remaining: 3,
      resetAfterMs: 12 * hour,
      windowAfterMs: 12 * hour,
    });
  });

  it("folds to the larger count and the later end; a closed window counts for nothing", () => {
    const steps = stepsOf(five);
    const early = steps.book(steps.empty, 400, 0, 0);
    const late = steps.book(steps.empty, 100, 500, 500);
    expect(steps.fold(early, late, 600)).toEqual({ used: 400, end: 1500 });
    expect(steps.fold(late, early, 600)).toEqual({ used: 400, end: 1500 });
    expect(steps.fold(early, late, 1000)).toBe(late);
    expect(steps.fold(late, early, 1000)).toBe(late);
  });
});
