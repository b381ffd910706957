/** Cases about calendars: quotas that begin anew at local midnight, on days of 23, 24 and 25 hours. */

import type { Case, Trial } from "../case.ts";
import { same } from "../conformance-error.ts";
import type { PolicyShape } from "../shape.ts";

const hourMs = 3_600_000;

interface Day {
  readonly name: string;
  readonly zone: string;
  readonly period?: "week" | "month";
  /** The first instant of the period. */
  readonly begins: string;
  readonly hours: number;
}

const days: readonly Day[] = [
  { name: "a UTC day", zone: "UTC", begins: "2027-05-12T00:00:00Z", hours: 24 },
  { name: "a day in Paris", zone: "Europe/Paris", begins: "2027-01-14T23:00:00Z", hours: 24 },
  { name: "a day of 23 hours", zone: "Europe/Paris", begins: "2027-03-27T23:00:00Z", hours: 23 },
  { name: "a day of 25 hours", zone: "Europe/Paris", begins: "2027-10-30T22:00:00Z", hours: 25 },
  { name: "a day that begins at 01:00", zone: "America/Sao_Paulo", begins: "2018-11-04T03:00:00Z", hours: 23 },
  { name: "a day half an hour off", zone: "Asia/Kolkata", begins: "2027-05-11T18:30:00Z", hours: 24 },
  { name: "a week, Monday to Sunday", zone: "UTC", period: "week", begins: "2027-05-10T00:00:00Z", hours: 168 },
  { name: "a month of 28 days", zone: "UTC", period: "month", begins: "2027-02-01T00:00:00Z", hours: 672 },
];

async function wholePeriod(t: Trial, begins: number, ms: number): Promise<void> {
  await t.set(begins - 1);
  same("admitted of 3 a millisecond before the period", await t.admitted(3, t.charge("two")), 2);
  const before = await t.denies("a millisecond before the period", t.charge("two"));
  same("retryAfterMs a millisecond before the period", before.retryAfterMs, 1);
  await t.advance(1);
  same("admitted of 3 as the period begins", await t.admitted(3, t.charge("two")), 2);
  const first = await t.denies("as the period begins", t.charge("two"));
  same("retryAfterMs as the period begins", first.retryAfterMs, ms);
  await t.advance(ms - 1);
  await t.denies("in the last millisecond of the period", t.charge("two"));
  await t.advance(1);
  await t.admits("as the next period begins", t.charge("two"));
}

function dayCase({ name, zone, period, begins, hours }: Day): Case {
  const two: PolicyShape = { capacity: 2, timeZone: zone, ...(period && { period }) };
  return {
    name: `follows ${name}`,
    promise: 3,
    needs: ["clock", "exact"],
    algorithms: ["calendar"],
    policies: { two },
    run: (t) => wholePeriod(t, Date.parse(begins), hours * hourMs),
  };
}

export const calendarDays: readonly Case[] = [
  ...days.map(dayCase),
  {
    name: "keeps spent units spent when the time zone changes",
    promise: 6,
    needs: ["clock", "exact"],
    algorithms: ["calendar"],
    policies: {
      here: { capacity: 2, name: "day", timeZone: "UTC" },
      there: { capacity: 2, name: "day", timeZone: "Pacific/Kiritimati" },
    },
    async run(t) {
      same("admitted of 3", await t.admitted(3, t.charge("here")), 2);
      // The stored end lies in tomorrow there, and whatever was spent until then counts in the whole of that day.
      const ahead = await t.denies("half an hour before tomorrow there", t.charge("there"));
      same("retryAfterMs, until the day after tomorrow there", ahead.retryAfterMs, 24.5 * hourMs);
      await t.set(Date.parse("2027-05-13T09:59:59.999Z"));
      await t.denies("in the last millisecond of tomorrow there", t.charge("there"));
      await t.advance(1);
      await t.admits("the day after", t.charge("there"));
    },
  },
  {
    name: "begins no local day anew in its middle when the time zone changes",
    promise: 6,
    needs: ["clock", "exact"],
    algorithms: ["calendar"],
    policies: {
      east: { capacity: 2, name: "day", timeZone: "Asia/Tokyo" },
      west: { capacity: 2, name: "day", timeZone: "America/Los_Angeles" },
    },
    async run(t) {
      // Half past six in the evening in Tokyo, half past two in the morning in Los Angeles: two ends of one local date.
      same("admitted of 3", await t.admitted(3, t.charge("east")), 2);
      const moved = await t.denies("after a change westwards", t.charge("west"));
      same("retryAfterMs, until midnight in the west", moved.retryAfterMs, 21.5 * hourMs);
      await t.set(Date.parse("2027-05-12T15:00:00Z"));
      await t.denies("as it would have ended in the east", t.charge("west"));
      await t.set(Date.parse("2027-05-13T06:59:59.999Z"));
      await t.denies("in the last millisecond of the day in the west", t.charge("west"));
      await t.advance(1);
      same("admitted of 3 as the next day begins", await t.admitted(3, t.charge("west")), 2);
    },
  },
  {
    name: "counts what a day has had under another time zone, also after the end of the day there",
    promise: 6,
    needs: ["clock", "exact"],
    algorithms: ["calendar"],
    policies: {
      east: { capacity: 2, name: "day", timeZone: "UTC" },
      west: { capacity: 2, name: "day", timeZone: "America/New_York" },
    },
    async run(t) {
      same("admitted of 3", await t.admitted(3, t.charge("east")), 2);
      // The day in the east has been over for an hour; in the west it is still eight in the evening of the same date.
      await t.set(Date.parse("2027-05-13T01:00:00Z"));
      const moved = await t.denies("after a change westwards", t.charge("west"));
      same("retryAfterMs, until midnight in the west", moved.retryAfterMs, 3 * hourMs);
      await t.advance(3 * hourMs);
      same("admitted of 3 as the next day begins", await t.admitted(3, t.charge("west")), 2);
    },
  },
  {
    name: "counts what a day has had under another time zone",
    promise: 6,
    needs: ["clock", "exact"],
    algorithms: ["calendar"],
    policies: {
      here: { capacity: 2, name: "day", timeZone: "UTC" },
      there: { capacity: 2, name: "day", timeZone: "Pacific/Kiritimati" },
    },
    async run(t) {
      await t.admits("one unit", t.charge("here"));
      await t.set(Date.parse("2027-05-12T12:00:00Z"));
      // Two in the morning of the next day there: what is spent now belongs to that day, whatever the stored end.
      same("admitted of 2 there", await t.admitted(2, t.charge("there")), 1);
      await t.set(Date.parse("2027-05-13T00:00:00Z"));
      await t.denies("in the same day there, after midnight here", t.charge("there"));
      await t.set(Date.parse("2027-05-13T10:00:00Z"));
      same("admitted of 3 as the next day begins there", await t.admitted(3, t.charge("there")), 2);
    },
  },
];
