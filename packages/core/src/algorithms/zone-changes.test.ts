/** Calendars whose time zone is changed in the middle of a day: no local day has two quotas. */

import fc from "fast-check";
import { expect, it } from "vitest";
import type { Charge } from "../engine/charge.ts";
import { policy } from "../engine/policy.ts";
import { perDay } from "../engine/rate.ts";
import { localDate } from "../testing/local-time.ts";
import { type State, stepsOf } from "./compile.ts";
import { decide } from "./decide.ts";

const limit = 5;
const zones = [
  "UTC",
  "Pacific/Kiritimati",
  "Pacific/Pago_Pago",
  "Europe/Paris",
  "America/Havana",
  "Asia/Kolkata",
  "America/Los_Angeles",
  "Australia/Lord_Howe",
];
const plans = zones.map((timeZone) => {
  const plan = policy("inbox", perDay(limit, { timeZone }));
  return { timeZone, plan, steps: stepsOf(plan) };
});

const hour = 3_600_000;

/** Changes closer together push the day's end ahead, until it is taken for one that a clock which jumped has written. */
const apartMs = 6 * hour;

const step = fc.record({
  ms: fc.oneof(fc.nat(3 * hour), fc.nat(14 * hour), fc.constantFrom(0, 1, 24 * hour)),
  /** Mostly the zone stays. */
  zone: fc.option(fc.nat(zones.length - 1), { nil: undefined, freq: 3 }),
  cost: fc.integer({ min: 1, max: limit }),
});
const instants = ["2026-03-28T22:00Z", "2026-10-31T20:00Z", "2026-12-30T12:00Z", "2027-05-12T09:30Z"];

it("no local day, in the zone that is in force, has more than its limit", () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 2, maxLength: 80, size: "max" }),
      fc.constantFrom(...instants),
      (all, at) => {
        const used = new Map<string, number>();
        const states: State[] = [{ used: 0, end: 0 }];
        let now = Date.parse(at);
        let current = plans[0] as (typeof plans)[number];
        let changedMs = Number.NEGATIVE_INFINITY;
        for (const { ms, zone, cost } of all) {
          now += ms;
          if (zone !== undefined && now - changedMs >= apartMs) {
            current = plans[zone] as (typeof plans)[number];
            changedMs = now;
          }
          const charge: Charge = { policy: current.plan, key: "k", cost };
          if (!decide([charge], [current.steps], states, now).allowed) continue;
          const day = `${current.timeZone} ${localDate(now, current.timeZone)}`;
          used.set(day, (used.get(day) ?? 0) + cost);
          expect(used.get(day), day).toBeLessThanOrEqual(limit);
        }
      },
    ),
    { numRuns: 150 },
  );
});

it("after a change for good, a day is lost at most", () => {
  fc.assert(
    fc.property(fc.nat(24 * 60), fc.constantFrom(...plans), fc.constantFrom(...plans), (minutes, before, after) => {
      const states: State[] = [{ used: 0, end: 0 }];
      const start = Date.parse("2027-05-12T00:00Z") + minutes * 60_000;
      const admitted = (by: typeof before, now: number): number => {
        let count = 0;
        while (decide([{ policy: by.plan, key: "k", cost: 1 }], [by.steps], states, now).allowed) count++;
        return count;
      };
      expect(admitted(before, start)).toBe(limit);
      let again = start;
      while (admitted(after, again) === 0) again += hour / 2;
      expect(again - start).toBeLessThanOrEqual(48 * hour);
      // From then on a quota a day, as ever.
      again = (states[0] as { readonly end: number }).end;
      expect([admitted(after, again - 1), admitted(after, again)]).toEqual([0, limit]);
    }),
    { numRuns: 200 },
  );
});
