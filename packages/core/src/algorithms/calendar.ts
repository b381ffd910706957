/** Where local days, weeks and months end: instants found with Intl, also where midnight is skipped or comes twice. */

import type { Period } from "../engine/policy.ts";

const dayMs = 86_400_000;

/** The next three ends of a period; a state's own clock takes the first that lies ahead of it. */
export type Ends = readonly [number, number, number];

/** A period by its begin, its end, and the two ends after that. */
export interface Around {
  readonly begin: number;
  readonly ends: Ends;
}

// Pure in all but cost: asking Intl takes a thousand times as long as a step, and policies of many limits share a zone.
const shared = new Map<string, (now: number) => Around>();

/** There are some hundreds of zones; spellings of them, which may come from data, are without end. */
const mostShared = 1_000;

/** {@link periodAround}, one for each period and zone. */
export function sharedPeriod(period: Period, timeZone: string): (now: number) => Around {
  const name = `${period} ${timeZone}`;
  let around = shared.get(name);
  if (around === undefined) {
    if (shared.size >= mostShared) shared.clear();
    around = periodAround(period, timeZone);
    shared.set(name, around);
  }
  return around;
}

/**
 * Returns a function from an instant to the period that holds it in the zone, and to the ends ahead.
 *
 * A local date begins at the first instant whose local time is that date's midnight or later: where the clocks skip
 * midnight that is 01:00, where they repeat it the first one. Dates that a zone skips altogether do not begin.
 * The ends found last are kept, so that asking within one period costs a comparison.
 */
export function periodAround(period: Period, timeZone: string): (now: number) => Around {
  let kept: Around = { begin: 0, ends: [0, 0, 0] };
  let offset: ((instant: number) => number) | undefined;
  return (now) => {
    if (now >= kept.begin && now < kept.ends[0]) return kept;
    offset ??= zoneOffset(timeZone);
    const begins: number[] = [];
    // From the period before the current one, since a date line or an early midnight may already have ended it.
    for (let step = -1; begins.length < 6; step++) {
      const begin = firstInstant(wallOfPeriod(period, now + offset(now), step), offset);
      if (begin > (begins.at(-1) ?? Number.NEGATIVE_INFINITY)) begins.push(begin);
    }
    const next = begins.findIndex((begin) => begin > now);
    const ends: Ends = [begins[next] as number, begins[next + 1] as number, begins[next + 2] as number];
    kept = { begin: begins[next - 1] as number, ends };
    return kept;
  };
}

/** The wall time (as if it were UTC) at which the period `step` periods after the one holding `wall` begins. */
function wallOfPeriod(period: Period, wall: number, step: number): number {
  const date = new Date(wall);
  if (period === "month") return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + step, 1);
  const day = Math.floor(wall / dayMs);
  if (period === "day") return (day + step) * dayMs;
  // Day 0 of 1970 was a Thursday; weeks begin on Monday.
  return (day - ((day + 3) % 7) + 7 * step) * dayMs;
}

/** The first instant whose local wall time is `wall` or later. */
function firstInstant(wall: number, offset: (instant: number) => number): number {
  const before = offset(wall - 1.5 * dayMs);
  const after = offset(wall + 1.5 * dayMs);
  const candidates = [wall - before, wall - after].filter((instant) => instant + offset(instant) === wall);
  if (candidates.length > 0) return Math.min(...candidates);
  // No such wall time: the clocks jumped over it. Find the jump, which lies between the two guesses.
  let low = wall - Math.max(before, after) - 1;
  let high = wall - Math.min(before, after);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (middle + offset(middle) >= wall) high = middle;
    else low = middle;
  }
  return high;
}

/** How far local wall time is ahead of UTC at an instant, in milliseconds. */
function zoneOffset(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "iso8601",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (instant) => {
    const second = Math.floor(instant / 1000) * 1000;
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(second)) part[type] = Number(value);
    const { year = 0, month = 1, day = 0, hour = 0, minute = 0, second: seconds = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
  };
}
