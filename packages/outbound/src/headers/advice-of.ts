/** Reads what an answer's headers say about the calls after it. */

import type { Advice } from "./advice.ts";
import { httpDate } from "./http-date.ts";
import type { Left, Sent } from "./left.ts";
import { draft6Of, noPolicies, policiesOf, rateLimitOf } from "./rate-limit.ts";
import { retryAfterMs, retryMilliseconds } from "./retry-after.ts";
import { xRateLimitOf } from "./x-rate-limit.ts";

/** The advice of answers that say nothing, which most are. */
const nothing: Advice = { announced: [] };

/** Of several Ages the first one counts (RFC 9111 §5.1). */
const agePattern = /^(\d{1,15})\s*(?:,|$)/;

/**
 * Reads an answer's headers. Fields that are malformed are ignored, each by itself. Of all that tell what is left RateLimit is
 * read if it can be, else RateLimit-Remaining, else X-RateLimit-Remaining.
 *
 * `nowMs` is when the answer came, which counts where it has no Date. Retry-After is read on a `status` of 400 and more: below,
 * it is about this one resource. Ask about an answer that means "too many" under another status as about a 429. Never throws.
 */
export function adviceOf(headers: Headers, nowMs: number, status: number): Advice {
  const policy = headers.get("ratelimit-policy");
  const policies = policy === null ? noPolicies : policiesOf(policy);
  let sentAt: number | undefined;
  const sent = (): number => {
    sentAt ??= sentMs(headers, nowMs);
    return sentAt;
  };

  let by: Advice["waitBy"] = "ratelimit";
  const rateLimit = headers.get("ratelimit");
  let left = rateLimit === null ? undefined : rateLimitOf(rateLimit, policies.others);
  if (left === undefined) {
    const remaining = headers.get("ratelimit-remaining");
    if (remaining !== null) left = draft6Of(remaining, headers.get("ratelimit-reset"), sent);
  }
  if (left === undefined) {
    by = "x-ratelimit";
    left = xRateLimit(headers, sent);
  }
  const retryMs = status >= 400 ? retryOf(headers, sent) : undefined;
  if (left === undefined && retryMs === undefined && policies.announced.length === 0) return nothing;

  const ageMs = ageOf(headers);
  // An answer from a cache tells how things stood when it was made.
  if (ageMs > 0) return retryMs === undefined ? nothing : { ...nothing, ...waiting(retryMs - ageMs, "retry-after") };
  return {
    ...(left === undefined ? undefined : { remaining: left.units, remainingForMs: left.forMs }),
    ...waitOf(retryMs, left, by),
    announced: policies.announced,
  };
}

/** Whose word counts: the draft gives precedence to Retry-After, but one that asks for no time leaves it to the limits. */
function waitOf(retryMs: number | undefined, left: Left | undefined, by: Advice["waitBy"]): Wait | undefined {
  const limitMs = left?.units === 0 ? left.forMs : undefined;
  if (limitMs !== undefined && (retryMs ?? 0) === 0) return waiting(limitMs, by);
  return retryMs === undefined ? undefined : waiting(retryMs, "retry-after");
}

type Wait = Pick<Advice, "waitMs" | "waitBy">;

const waiting = (ms: number, waitBy: Advice["waitBy"]): Wait => ({ waitMs: Math.max(0, ms), waitBy });

function xRateLimit(headers: Headers, sent: Sent): Left | undefined {
  for (const name of ["x-ratelimit", "x-rate-limit"]) {
    const remaining = headers.get(`${name}-remaining`);
    if (remaining !== null) return xRateLimitOf(remaining, headers.get(`${name}-reset`), sent);
  }
  return undefined;
}

function retryOf(headers: Headers, sent: Sent): number | undefined {
  const value = headers.get("retry-after");
  const retryMs = value === null ? undefined : retryAfterMs(value, sent);
  if (retryMs !== undefined) return retryMs;
  const ms = headers.get("retry-after-ms");
  return ms === null ? undefined : retryMilliseconds(ms);
}

/** When the answer was sent, by its Date: its other dates are by the same clock, however wrong that is. */
function sentMs(headers: Headers, nowMs: number): number {
  const date = headers.get("date");
  return (date === null ? undefined : httpDate(date, nowMs)) ?? nowMs;
}

function ageOf(headers: Headers): number {
  const age = headers.get("age");
  return age === null ? 0 : Number(agePattern.exec(age)?.[1] ?? 0) * 1000;
}
