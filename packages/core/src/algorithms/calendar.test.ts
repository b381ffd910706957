/** Local days, weeks and months end where a scan of the local clock, minute by minute, says they do. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Period } from "../engine/policy.ts";
import { localDate, periodEndAfter, periodOf } from "../testing/local-time.ts";
import { type Ends, periodAround } from "./calendar.ts";

const at = (instant: string): number => Date.parse(instant);
const iso = (instant: number): string => new Date(instant).toISOString().replace(/(:00)?\.000Z$/, "Z");
const hour = 3_600_000;
const day = 24 * hour;

/** Made anew by each call, so that what one remembers is held against what another finds. */
function periodEnds(period: Period, timeZone: string): (now: number) => Ends {
  const around = periodAround(period, timeZone);
  return (now) => around(now).ends;
}

describe("the next three ends", () => {
  it.each<[string, Period, string, string, string[]]>([
    [
      "of plain days",
      "day",
      "UTC",
      "2026-05-12T09:30Z",
      ["2026-05-13T00:00Z", "2026-05-14T00:00Z", "2026-05-15T00:00Z"],
    ],
    [
      "of a day of 23 hours",
      "day",
      "Europe/Paris",
      "2026-03-28T23:00Z",
      ["2026-03-29T22:00Z", "2026-03-30T22:00Z", "2026-03-31T22:00Z"],
    ],
    [
      "of a day of 25 hours",
      "day",
      "Europe/Paris",
      "2026-10-24T22:00Z",
      ["2026-10-25T23:00Z", "2026-10-26T23:00Z", "2026-10-27T23:00Z"],
    ],
    [
      "of a day of 23 hours in New York",
      "day",
      "America/New_York",
      "2026-03-08T05:00Z",
      ["2026-03-09T04:00Z", "2026-03-10T04:00Z", "2026-03-11T04:00Z"],
    ],
    [
      "of a day of 25 hours in New York",
      "day",
      "America/New_York",
      "2026-11-01T04:00Z",
      ["2026-11-02T05:00Z", "2026-11-03T05:00Z", "2026-11-04T05:00Z"],
    ],
    [
      "where midnight is skipped",
      "day",
      "America/Sao_Paulo",
      "2018-11-03T12:00Z",
      ["2018-11-04T03:00Z", "2018-11-05T02:00Z", "2018-11-06T02:00Z"],
    ],
    [
      "where it is skipped in Cairo",
      "day",
      "Africa/Cairo",
      "2024-04-25T12:00Z",
      ["2024-04-25T22:00Z", "2024-04-26T21:00Z", "2024-04-27T21:00Z"],
    ],
    [
      "where it is skipped in Beirut",
      "day",
      "Asia/Beirut",
      "2022-03-26T12:00Z",
      ["2022-03-26T22:00Z", "2022-03-27T21:00Z", "2022-03-28T21:00Z"],
    ],
    [
      "where it is skipped in Havana",
      "day",
      "America/Havana",
      "2026-03-07T12:00Z",
      ["2026-03-08T05:00Z", "2026-03-09T04:00Z", "2026-03-10T04:00Z"],
    ],
    [
      "where midnight comes twice: at the first",
      "day",
      "America/Havana",
      "2026-10-31T12:00Z",
      ["2026-11-01T04:00Z", "2026-11-02T05:00Z", "2026-11-03T05:00Z"],
    ],
    [
      "between the two midnights",
      "day",
      "America/Havana",
      "2026-11-01T04:30Z",
      ["2026-11-02T05:00Z", "2026-11-03T05:00Z", "2026-11-04T05:00Z"],
    ],
    [
      "in the hour before midnight that comes again",
      "day",
      "America/Sao_Paulo",
      "2018-02-18T01:30Z",
      ["2018-02-18T03:00Z", "2018-02-19T03:00Z", "2018-02-20T03:00Z"],
    ],
    [
      "over a day that was never",
      "day",
      "Pacific/Apia",
      "2011-12-29T12:00Z",
      ["2011-12-30T10:00Z", "2011-12-31T10:00Z", "2012-01-01T10:00Z"],
    ],
    [
      "where clocks go back at 00:01: at the first midnight",
      "day",
      "America/St_Johns",
      "2009-10-31T12:00Z",
      ["2009-11-01T02:30Z", "2009-11-02T03:30Z", "2009-11-03T03:30Z"],
    ],
    [
      "in the hour of yesterday that comes again",
      "day",
      "America/St_Johns",
      "2009-11-01T02:45Z",
      ["2009-11-02T03:30Z", "2009-11-03T03:30Z", "2009-11-04T03:30Z"],
    ],
    [
      "of half hours",
      "day",
      "Asia/Kolkata",
      "2026-05-12T18:29:59Z",
      ["2026-05-12T18:30Z", "2026-05-13T18:30Z", "2026-05-14T18:30Z"],
    ],
    [
      "of quarters",
      "day",
      "Asia/Kathmandu",
      "2026-05-12T18:15Z",
      ["2026-05-13T18:15Z", "2026-05-14T18:15Z", "2026-05-15T18:15Z"],
    ],
    [
      "of changes by half an hour",
      "day",
      "Australia/Lord_Howe",
      "2026-04-04T13:00Z",
      ["2026-04-05T13:30Z", "2026-04-06T13:30Z", "2026-04-07T13:30Z"],
    ],
    [
      "of weeks, on Mondays",
      "week",
      "Europe/Paris",
      "2026-03-29T21:59Z",
      ["2026-03-29T22:00Z", "2026-04-05T22:00Z", "2026-04-12T22:00Z"],
    ],
    [
      "of weeks, from a Monday on",
      "week",
      "UTC",
      "2026-05-11T00:00Z",
      ["2026-05-18T00:00Z", "2026-05-25T00:00Z", "2026-06-01T00:00Z"],
    ],
    [
      "of months over a year's end",
      "month",
      "UTC",
      "2026-12-31T23:59:59Z",
      ["2027-01-01T00:00Z", "2027-02-01T00:00Z", "2027-03-01T00:00Z"],
    ],
    [
      "of months with 29 days and 31",
      "month",
      "Europe/Paris",
      "2028-01-31T23:00Z",
      ["2028-02-29T23:00Z", "2028-03-31T22:00Z", "2028-04-30T22:00Z"],
    ],
    [
      "of a week of which a day was never",
      "week",
      "Pacific/Apia",
      "2011-12-28T12:00Z",
      ["2012-01-01T10:00Z", "2012-01-08T10:00Z", "2012-01-15T10:00Z"],
    ],
  ])("%s", (_name, period, timeZone, now, ends) => {
    expect(periodEnds(period, timeZone)(at(now)).map(iso)).toEqual(ends);
  });

  it("are ahead of now by a millisecond at least, and an end is not its own", () => {
    const ends = periodEnds("day", "Europe/Paris");
    const midnight = at("2026-05-12T22:00Z");
    expect(ends(midnight - 1)[0]).toBe(midnight);
    expect(ends(midnight)[0]).toBe(midnight + day);
    expect(ends(midnight + 1)[0]).toBe(midnight + day);
  });
});

const zones = Intl.supportedValuesOf("timeZone");
const periods = fc.constantFrom<Period>("day", "week", "month");
const instants = fc.integer({ min: at("1990-01-01T00:00Z"), max: at("2035-12-31T00:00Z") });

describe("in any zone at any instant from 1990 to 2035", () => {
  it("they are ahead, increase strictly, and a new period begins on each", () => {
    fc.assert(
      fc.property(periods, fc.constantFrom(...zones), instants, (period, zone, now) => {
        const ends = periodEnds(period, zone)(now);
        let before = now;
        for (const end of ends) {
          expect(end).toBeGreaterThan(before);
          expect(periodOf(period, zone, end) > periodOf(period, zone, end - 1)).toBe(true);
          before = end;
        }
        // No period is left out: two ends are never further apart than the longest one and what clocks are set back by,
        // which is mostly an hour, two at Troll, three when Casey station changed its zone.
        const longest = { day: 1, week: 7, month: 31 }[period] * day + 3 * hour;
        expect((ends[0] - now <= longest ? 0 : 1) + (ends[1] - ends[0] <= longest ? 0 : 1)).toBe(0);
      }),
      { numRuns: 150, examples: [["month", "Antarctica/Troll", 1_346_450_400_000]] },
    );
  });

  it("they agree with a scan of the local clock", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Period>("day", "day", "week", "month"),
        fc.constantFrom(...zones),
        instants,
        (period, zone, now) => {
          expect(iso(periodEnds(period, zone)(now)[0])).toBe(iso(periodEndAfter(period, zone, now)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("they agree with it near changes of the clocks, too", () => {
    const strange: readonly (readonly [string, string])[] = [
      ["America/Sao_Paulo", "2018-11-04T03:00Z"],
      ["America/Sao_Paulo", "2018-02-18T02:00Z"],
      ["America/Havana", "2026-11-01T05:00Z"],
      ["America/St_Johns", "2009-11-01T02:31Z"],
      ["America/St_Johns", "2009-03-08T03:31Z"],
      ["Pacific/Apia", "2011-12-30T10:00Z"],
      ["Pacific/Kwajalein", "1993-08-21T12:00Z"],
      ["Asia/Pyongyang", "2018-05-04T15:00Z"],
      ["Antarctica/Troll", "2026-03-29T01:00Z"],
      ["Africa/Cairo", "2010-09-30T22:00Z"],
      ["Asia/Gaza", "2011-08-31T21:00Z"],
      ["America/Caracas", "2016-05-01T07:00Z"],
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...strange),
        fc.integer({ min: -30 * 60, max: 6 * 60 }),
        ([zone, change], minutes) => {
          const now = at(change) + minutes * 60_000;
          expect(iso(periodEnds("day", zone)(now)[0])).toBe(iso(periodEndAfter("day", zone, now)));
        },
      ),
      { numRuns: 80 },
    );
  });

  it("remembered ends are those that would be found anew, forwards and backwards", () => {
    fc.assert(
      fc.property(
        periods,
        fc.constantFrom("Europe/Paris", "America/Havana", "Pacific/Apia"),
        fc.constantFrom(at("2026-10-24T12:00Z"), at("2011-12-29T12:00Z")),
        fc.array(fc.integer({ min: -3 * day, max: 3 * day }), { minLength: 2, maxLength: 8 }),
        (period, zone, start, moves) => {
          const remembering = periodEnds(period, zone);
          let now = start;
          for (const move of moves) {
            now += move;
            expect(remembering(now)).toEqual(periodEnds(period, zone)(now));
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

it("the scan knows its own dates", () => {
  expect(localDate(at("2011-12-30T09:59Z"), "Pacific/Apia")).toBe("2011-12-29");
  expect(localDate(at("2011-12-30T10:00Z"), "Pacific/Apia")).toBe("2011-12-31");
  expect(periodOf("week", "UTC", at("2026-05-17T23:59Z"))).toBe("2026-05-11");
  expect(periodOf("month", "UTC", at("2026-05-17T23:59Z"))).toBe("2026-05-01");
});
