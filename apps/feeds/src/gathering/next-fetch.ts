/** When a feed is fetched again: as late as its publisher asks for, and no sooner than is decent. */

import { adviceOf } from "@sluice/outbound";
import { httpDateMs } from "../conditional.ts";

const minuteMs = 60_000;
const shortestMs = 15 * minuteMs;
const longestMs = 24 * 60 * minuteMs;

/** Where nobody says anything, as most readers do. */
const usualMs = 60 * minuteMs;

/** No date is later: for what is never fetched again. */
export const never = 8_640_000_000_000_000;

/**
 * How long a feed is left alone after it was read: what Cache-Control or Expires, the feed itself and Retry-After say, the longest of
 * them, from a quarter of an hour to a day.
 */
export function restMs(headers: Headers, refreshMs: number | undefined, nowMs: number): number {
  const said = Math.max(freshMs(headers, nowMs), refreshMs ?? 0, retryMs(headers, nowMs));
  return bounded(said > 0 ? said : usualMs);
}

/** How long it is left alone after so many failures in a row: twice as long each time, and never shorter than it asks for. */
export function backoffMs(failures: number, askedMs: number): number {
  return bounded(Math.max(shortestMs * 2 ** Math.min(failures - 1, 10), askedMs));
}

/** What Retry-After asks for, or a limit with nothing left, where it can be understood; at most a day. */
export function retryMs(headers: Headers, nowMs: number): number {
  // Of a feed that was read it means as much as of one that was refused: not before.
  const { waitMs = 0 } = adviceOf(headers, nowMs, 429);
  return waitMs;
}

function bounded(ms: number): number {
  return Math.min(longestMs, Math.max(shortestMs, Math.ceil(ms)));
}

/** How long the answer stays fresh, less the time that it has spent in caches. */
function freshMs(headers: Headers, nowMs: number): number {
  const maxAge = /(?:^|,)\s*max-age\s*=\s*"?(\d+)"?\s*(?:,|$)/i.exec(headers.get("Cache-Control") ?? "")?.[1];
  if (maxAge !== undefined) return (Number(maxAge) - seconds(headers.get("Age"))) * 1_000;
  const expires = httpDateMs(headers.get("Expires"));
  return expires === undefined ? 0 : expires - (httpDateMs(headers.get("Date")) ?? nowMs);
}

function seconds(text: string | null): number {
  return /^\d{1,10}$/.test(text ?? "") ? Number(text) : 0;
}
