/** What the overview shows, asked for at once: a fixed number of questions, however much is recorded. */

import type { Admin } from "../admin/admin.ts";
import { AdminError } from "../admin/admin-error.ts";
import type { DeniedKey, LiveCounts, SeriesPoint } from "../admin/decisions-admin.ts";
import type { OutboundView } from "../admin/outbound-admin.ts";

const minute = 60_000;
const hour = 60 * minute;
/** Behind the live numbers, so that their chart does not begin empty. */
const rateMinutes = 30;
const keysShown = 10;

/** Passed and refused, whoever decided: a limiter, or its rule while its backend failed. */
export interface Passed {
  readonly allowed: number;
  readonly denied: number;
}

/** One limiter's last 24 hours, to the minute. */
export interface LimiterDay extends Passed {
  readonly limiter: string;
  /** For people. */
  readonly label: string;
  /** Of these, decided by rule because the backend failed. */
  readonly byRule: number;
  /** By second, over the last minute that has ended. */
  readonly rate: Passed;
}

export interface Over {
  readonly atMs: readonly number[];
  readonly allowed: readonly number[];
  readonly denied: readonly number[];
}

export interface Overview {
  readonly limiters: readonly LimiterDay[];
  /** By hour, the last 24 with the one that runs. */
  readonly hours: Over;
  /** By second, each of the last 30 minutes that have ended. */
  readonly rates: Over;
  readonly deniedKeys: readonly DeniedKey[];
  /** Absent where the app has no feeds. */
  readonly feeds?: { readonly reads: number; readonly denied: number } | undefined;
  /** Absent where the app sends and calls nothing; a sentence where that cannot be asked now. */
  readonly outbound?: OutboundView | string | undefined;
}

/** Rejects with what the database fails with; an outbound backend that fails costs its card alone. */
export async function overviewOf(admin: Admin, nowMs: number): Promise<Overview> {
  const hourNow = nowMs - (nowMs % hour);
  const minuteNow = nowMs - (nowMs % minute);
  const [byHour, before, byMinute, live, deniedKeys, feeds, outbound] = await Promise.all([
    admin.decisions.series(hourNow - 23 * hour, hourNow + hour, hour),
    // The hour that began more than a day ago: whole hours alone would be up to one too few.
    admin.decisions.series(minuteNow - 24 * hour, hourNow - 23 * hour, hour),
    admin.decisions.series(minuteNow - rateMinutes * minute, minuteNow, minute),
    admin.decisions.live(),
    admin.decisions.deniedKeys(keysShown),
    admin.feeds?.count24h({}),
    admin.outbound?.read().catch(sentenceOf),
  ]);
  return {
    limiters: limitersOf(admin, [...before, ...byHour], live),
    hours: over(byHour, hourNow - 23 * hour, hour, 24, 1),
    rates: over(byMinute, minuteNow - rateMinutes * minute, minute, rateMinutes, 60),
    deniedKeys,
    feeds,
    outbound,
  };
}

function sentenceOf(error: unknown): string {
  if (error instanceof AdminError) return error.message;
  throw error;
}

/** The most denied first, then the busiest. */
function limitersOf(admin: Admin, points: readonly SeriesPoint[], live: LiveCounts): readonly LimiterDay[] {
  const labels = new Map(Object.values(admin.limits).map(({ policy, label }) => [policy, label]));
  const days = new Map<string, { allowed: number; denied: number; byRule: number }>();
  for (const { limiter, counts } of points) {
    const day = days.get(limiter) ?? { allowed: 0, denied: 0, byRule: 0 };
    day.allowed += counts.allowed + counts.open;
    day.denied += counts.denied + counts.closed;
    day.byRule += counts.open + counts.closed;
    days.set(limiter, day);
  }
  return [...days]
    .map(([limiter, day]): LimiterDay => {
      const { allowed = 0, denied = 0 } = live.before[limiter] ?? {};
      return {
        limiter,
        label: labels.get(limiter) ?? limiter,
        ...day,
        rate: { allowed: allowed / 60, denied: denied / 60 },
      };
    })
    .sort((a, b) => b.denied - a.denied || b.allowed - a.allowed || (a.limiter < b.limiter ? -1 : 1));
}

/** All limiters together, a value for each step, 0 where nothing was recorded. */
function over(points: readonly SeriesPoint[], fromMs: number, stepMs: number, steps: number, divisor: number): Over {
  const [allowed, denied] = [new Array<number>(steps).fill(0), new Array<number>(steps).fill(0)];
  for (const { atMs, counts } of points) {
    const step = Math.floor((atMs - fromMs) / stepMs);
    if (step < 0 || step >= steps) continue;
    allowed[step] = (allowed[step] ?? 0) + (counts.allowed + counts.open) / divisor;
    denied[step] = (denied[step] ?? 0) + (counts.denied + counts.closed) / divisor;
  }
  return { atMs: allowed.map((_, step) => fromMs + step * stepMs), allowed, denied };
}
