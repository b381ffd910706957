/** What an answer says about the calls after it, and what becomes of that: for everybody who calls this API. */

import { isPromise } from "@sluice/core/engine";
import type { Advice } from "../headers/advice.ts";
import { adviceOf } from "../headers/advice-of.ts";
import type { Booking } from "../limits/booking.ts";
import type { Reservation } from "../limits/reservation.ts";
import type { Parts } from "./parts.ts";

/** What an answer is to the call that it answers. */
export interface Verdict {
  /** `throttled`: there were too many calls. `failed`: the API is not well. */
  readonly says: "throttled" | "failed" | "done";
  /** How long the call should wait at least before it is sent again, in milliseconds. */
  readonly waitMs: number;
  /** Whether all who call this API wait so long: then the call, too, by the limiter. */
  readonly isHeld: boolean;
}

/** Who rounds to seconds may say a second more than is true. */
const roundingMs = 1_000;

const done: Verdict = { says: "done", waitMs: 0, isHeld: false };

/** Reads an answer, and holds or tunes the limit by it. `sent` is the number of its request. */
export async function heed(parts: Parts, sent: number, place: Reservation, response: Response): Promise<Verdict> {
  const { tuning, time, name, meter, retry } = parts;
  const { status } = response;
  const throttled = status === 429 || parts.isThrottled?.(response) === true;
  const advice = adviceOf(response.headers, time.now(), throttled ? 429 : status);
  if (throttled) {
    meter?.throttled();
    await quietly(tuning.throttled(sent, advice.waitMs, `${status} from ${name}`));
    await quietly(parts.units?.refused(place));
    return { says: "throttled", waitMs: 0, isHeld: true };
  }
  if (advice.announced.length > 0) tuning.announced(advice.announced);
  await quietly(tuning.accepted(sent));
  const holdMs = holdOf(parts, place, status, advice);
  if (holdMs !== undefined) {
    await quietly(tuning.hold(holdMs, `${status} from ${name}: ${advice.waitBy ?? "few are left"}`));
  }
  if (status < 500 && !retry.statuses.has(status)) return done;
  if (holdMs !== undefined) return { says: "failed", waitMs: holdMs, isHeld: true };
  return { says: "failed", waitMs: advice.waitBy === "retry-after" ? (advice.waitMs ?? 0) : 0, isHeld: false };
}

/** How long everybody should hold back after an answer that was no refusal; undefined for not at all. */
function holdOf(parts: Parts, place: Reservation, status: number, advice: Advice): number | undefined {
  const { waitMs = 0, waitBy, remaining, remainingForMs = 0 } = advice;
  if (waitBy === "retry-after" && waitMs > 0 && status === 503) return waitMs;
  if (remaining === undefined || remaining > parts.inFlight || remainingForMs === 0) return undefined;
  // Where our own count is as exhausted, and for as long, it keeps everybody back by itself.
  const own = (place as Booking & Reservation).outcome.decisions.find(({ policy }) => policy.name === parts.own.name);
  const { remaining: left = Number.POSITIVE_INFINITY, resetAfterMs = 0 } = own ?? {};
  return left > remaining || remainingForMs > resetAfterMs + roundingMs ? remainingForMs : undefined;
}

/** What is shared with others is told as far as the backend takes it: the answer is there, and nothing takes it away. */
export function quietly(told: void | Promise<void>): void | Promise<void> {
  // The next call of this API asks the backend again, and fails as it does.
  return isPromise(told) ? Promise.resolve(told).catch(() => {}) : undefined;
}
