/** The day of a warm-up is a matter of days with mail: not of the calendar, and not of bounces twice. */

import { isConfigError } from "@sluice/core/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowanceOn } from "./inbox.ts";
import { dayNumber } from "./local-date.ts";
import { afterBounce, daysActive, released, type WarmupProgress, warmupDay } from "./warmup-progress.ts";
import { linear } from "./warmup-schedule.ts";

const date = (day: number): string => new Date(Date.UTC(2027, 0, day)).toISOString().slice(0, 10);
const dates = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => date(from + i));

describe("active days", () => {
  it.each<[string, readonly string[], number]>([
    ["none", [], 0],
    ["each once, in any order", [date(2), date(1), date(2)], 2],
    ["not the days between", [date(1), date(4), date(8)], 3],
    ["seven days of silence take nothing", [...dates(1, 15), date(23)], 16],
    ["the eighth takes one", [...dates(1, 15), date(24)], 15],
    ["twelve take five", [...dates(1, 15), date(28)], 11],
    ["a year takes them all", [...dates(1, 15), date(400)], 1],
    ["what a gap took stays taken", [...dates(1, 15), date(28), date(29)], 12],
  ])("%s", (_, sent, expected) => {
    expect(daysActive(sent).activeDays).toBe(expected);
  });
});

describe("the day of a warm-up", () => {
  it.each<[string, WarmupProgress, string, number]>([
    ["is the first before the first mail", { activeDays: 0 }, date(1), 1],
    ["is the first after it", { activeDays: 1, lastActiveDate: date(1) }, date(1), 1],
    ["is the second on the next day", { activeDays: 1, lastActiveDate: date(1) }, date(2), 2],
    ["is the second a week later", { activeDays: 1, lastActiveDate: date(1) }, date(8), 2],
    ["falls with the days of a gap beyond 7", { activeDays: 10, lastActiveDate: date(10) }, date(21), 8],
    ["falls to the first", { activeDays: 10, lastActiveDate: date(10) }, date(90), 1],
    ["stays when a zone further west has yesterday's date", { activeDays: 3, lastActiveDate: date(4) }, date(3), 3],
    ["goes back by bounces", { activeDays: 10, lastActiveDate: date(10), stepsBack: 4 }, date(11), 7],
    ["goes back no further than the first", { activeDays: 2, lastActiveDate: date(2), stepsBack: 40 }, date(3), 1],
    ["stays where it is held", { activeDays: 30, lastActiveDate: date(30), heldOnDay: 5 }, date(31), 5],
    ["is below that after a gap", { activeDays: 6, lastActiveDate: date(6), heldOnDay: 5 }, date(17), 4],
  ])("%s", (_, progress, today, expected) => {
    expect(warmupDay(progress, today)).toBe(expected);
  });

  it("is the same before and after a day's first mail, whatever came before", () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 30 });
    fc.assert(
      fc.property(gaps, fc.nat({ max: 9 }), (list, stepsBack) => {
        const sent: string[] = [];
        let day = 0;
        for (const gap of list) {
          day += gap;
          const today = date(day);
          const before = warmupDay({ ...daysActive(sent), stepsBack }, today);
          sent.push(today);
          expect(warmupDay({ ...daysActive(sent), stepsBack }, today)).toBe(before);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("a bounce", () => {
  const onTen: WarmupProgress = { activeDays: 10, lastActiveDate: date(10) };

  it("that is hard takes days back at once, and they stay taken", () => {
    const after = afterBounce(onTen, "hard", { today: date(10), days: 3 });
    expect(warmupDay(after, date(10))).toBe(7);
    expect(warmupDay({ ...after, activeDays: 11, lastActiveDate: date(11) }, date(12))).toBe(9);
  });

  it("takes one day unless told otherwise, and each takes its own", () => {
    const today = date(11);
    const once = afterBounce(onTen, "hard", { today });
    expect([warmupDay(once, today), warmupDay(afterBounce(once, "hard", { today }), today)]).toEqual([10, 9]);
  });

  it("of a hundred takes no more days than there are: the next day is the second", () => {
    let progress = onTen;
    for (let i = 0; i < 100; i++) progress = afterBounce(progress, "hard", { today: date(10) });
    expect([warmupDay(progress, date(10)), warmupDay(progress, date(11))]).toEqual([1, 2]);
  });

  it("that is a complaint holds until a person releases, who goes on from there", () => {
    const held = afterBounce(onTen, "complaint", { today: date(11) });
    const later = { ...held, activeDays: 30, lastActiveDate: date(30) };
    expect([warmupDay(held, date(11)), warmupDay(later, date(30)), warmupDay(later, date(31))]).toEqual([11, 11, 11]);
    const on = released(later, date(30));
    expect([warmupDay(on, date(30)), warmupDay(on, date(31))]).toEqual([11, 12]);
    expect(on).not.toHaveProperty("heldOnDay");
  });

  it("that is hard moves the day that an inbox is held on", () => {
    const held = afterBounce(onTen, "complaint", { today: date(10) });
    const back = afterBounce(held, "hard", { today: date(10), days: 4 });
    expect(warmupDay(back, date(40))).toBeLessThanOrEqual(6);
    expect(warmupDay(released(back, date(10)), date(10))).toBe(6);
  });

  it("leaves an inbox that nobody holds as it is when it is released", () => {
    expect(released(onTen, date(11))).toBe(onTen);
  });
});

describe("an allowance", () => {
  const schedule = linear({ start: 5, step: 5, target: 40 });
  const inbox = {
    id: "a",
    timeZone: "America/New_York",
    warmup: { schedule, activeDays: 1, lastActiveDate: "2027-03-13" },
  };

  it("is that of the local day, also on one of 23 hours", () => {
    const instants = ["2027-03-14T04:59Z", "2027-03-14T05:01Z", "2027-03-15T03:59Z"].map((at) => Date.parse(at));
    expect(instants.map((at) => allowanceOn(inbox, at))).toEqual([5, 10, 10]);
  });

  it("is never above the most, and without a warm-up is the most", () => {
    const far = { ...inbox, warmup: { ...inbox.warmup, activeDays: 90 } };
    expect(allowanceOn(far, Date.parse("2027-03-14T12:00Z"), 20)).toBe(20);
    expect(allowanceOn({ id: "a", timeZone: "UTC" }, 0, 20)).toBe(20);
  });
});

it.each<[string, string, () => unknown]>([
  ["a date that is none", "SLUICE_WARMUP_PROGRESS", () => daysActive(["2027-2-3", "2027-02-04"])],
  ["February 30", "SLUICE_WARMUP_PROGRESS", () => warmupDay({ activeDays: 1, lastActiveDate: "2027-02-30" }, date(1))],
  ["half a day", "SLUICE_WARMUP_PROGRESS", () => warmupDay({ activeDays: 0.5 }, date(1))],
  ["days below 0", "SLUICE_WARMUP_PROGRESS", () => warmupDay({ activeDays: 1, stepsBack: -1 }, date(1))],
  [
    "a soft bounce",
    "SLUICE_WARMUP_PROGRESS",
    () => afterBounce({ activeDays: 1 }, "soft" as "hard", { today: date(1) }),
  ],
  ["a zone that is none", "SLUICE_POLICY_TIME_ZONE", () => allowanceOn({ id: "a", timeZone: "Mars/Olympus" }, 0)],
  [
    "no zone",
    "SLUICE_POLICY_TIME_ZONE",
    () => allowanceOn({ id: "a" } as unknown as { id: string; timeZone: string }, 0),
  ],
  [
    "a schedule of fractions",
    "SLUICE_WARMUP_SCHEDULE",
    () => allowanceOn({ id: "a", timeZone: "UTC", warmup: { activeDays: 0, schedule: { limitOn: () => 2.5 } } }, 0),
  ],
])("refuses %s", (_, code, ask) => {
  try {
    ask();
  } catch (error) {
    expect(isConfigError(error) ? error.code : error).toBe(code);
    return;
  }
  throw new Error("nothing was refused");
});

it("numbers days without gaps", () => {
  expect((dayNumber("2027-03-01") as number) - (dayNumber("2027-02-28") as number)).toBe(1);
  expect((dayNumber("2028-03-01") as number) - (dayNumber("2028-02-28") as number)).toBe(2);
});
