/** Retry-After (RFC 9110 §10.2.3): whole seconds or an HTTP-date, and nothing else. */

import { httpDate } from "./http-date.ts";
import type { Sent } from "./left.ts";

/** Who is told to wait longer asks again then. */
const longestRetryMs = 24 * 3_600_000;

const digits = /^\d+$/;
const decimal = /^\d+(?:\.\d+)?$/;

/**
 * The wait that a Retry-After asks for, in whole milliseconds from 0 to 24 hours; undefined where it cannot be understood: two
 * values, a sign, a fraction, other dates. A date is seen from when the answer was sent, by the clock of who sent it.
 */
export function retryAfterMs(value: string, sent: Sent): number | undefined {
  if (digits.test(value)) return bounded(Number(value) * 1000);
  const sentMs = sent();
  const at = httpDate(value, sentMs);
  return at === undefined ? undefined : bounded(at - sentMs);
}

/** The wait that the unregistered Retry-After-Ms asks for; undefined where it is no number of milliseconds. */
export function retryMilliseconds(value: string): number | undefined {
  return decimal.test(value) ? bounded(Math.ceil(Number(value))) : undefined;
}

const bounded = (ms: number): number => Math.min(longestRetryMs, Math.max(0, ms));
