/** Local dates told by Intl alone, one instant at a time: slow and literal, what the calendar is held against. */

import type { Period } from "../engine/policy.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();
const found = new Map<string, number>();

/** The local date at an instant as `2024-03-31`. */
export function localDate(instant: number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
    formats.set(timeZone, format);
  }
  return format.format(instant);
}

/** The first local date of the period that holds an instant, as `2024-03-01`. */
export function periodOf(period: Period, timeZone: string, instant: number): string {
  const date = localDate(instant, timeZone);
  if (period === "day") return date;
  if (period === "month") return `${date.slice(0, 7)}-01`;
  const day = new Date(`${date}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, 10);
}

/**
 * The first instant after `now` whose local date belongs to a later period than any instant before it, found minute by
 * minute once it is near. Exact where zones change on whole minutes, as all have since 1973.
 */
export function periodEndAfter(period: Period, timeZone: string, now: number): number {
  const start = Math.floor(now / minuteMs) * minuteMs;
  const name = `${period} ${timeZone} ${start}`;
  const before = found.get(name);
  if (before !== undefined) return before;
  const shown = (instant: number): string => periodOf(period, timeZone, instant);
  // Clocks that were set back just after midnight have shown the new date already.
  let latest = shown(start);
  for (let ago = 0; ago <= 180; ago++) {
    const date = shown(start - ago * minuteMs);
    if (date > latest) latest = date;
  }
  let end = start + minuteMs;
  while (shown(end + 1.5 * dayMs) <= latest) end += dayMs;
  while (shown(end) <= latest) end += minuteMs;
  found.set(name, end);
  return end;
}
