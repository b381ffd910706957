/** A call's turn: a place under the limits, and not before those a whole limit in front of it have surely left the window. */

import type { Handle } from "../limits/handle.ts";
import { LimitError } from "../limits/limit-error.ts";
import type { Limiter } from "../limits/limiter.ts";
import { wasPaused } from "../limits/recheck.ts";
import type { Reservation } from "../limits/reservation.ts";
import type { Parts } from "./parts.ts";

/** A place whose time has come. */
export interface Turn {
  readonly place: Reservation;
  /** Its number among the arrivals. */
  readonly number: number;
}

/**
 * Waits for one's turn, `maxWaitMs` at most.
 *
 * Rejects as `acquire` of a limiter does; nothing is booked then.
 */
export async function turnUnder(
  parts: Parts,
  limiter: Limiter,
  cost: number,
  maxWaitMs: number,
  signal: AbortSignal | undefined,
): Promise<Turn> {
  const { arrivals, time } = parts;
  const untilMs = time.now() + maxWaitMs;
  for (let leftMs = maxWaitMs; ; leftMs = Math.max(0, untilMs - time.now())) {
    const place = await limiter.acquire(cost, { maxWaitMs: leftMs, signal });
    const now = time.now();
    const number = arrivals.next(cost, now);
    const { earliestMs } = arrivals;
    if (earliestMs <= now) return { place, number };
    if (await hasCome(parts, place, earliestMs - now, untilMs, signal)) return { place, number };
    // Paused meanwhile: behind a pause all take their places anew.
    await place.refund();
  }
}

/** Lets those in front arrive; false if the limit was paused meanwhile. Who cannot wait so long gives the place back. */
async function hasCome(
  { limiter, own, time }: Parts,
  place: Reservation,
  waitMs: number,
  untilMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const now = time.now();
    if (now + waitMs > untilMs) {
      const retryAfterMs = Math.ceil(waitMs);
      const violations = [{ name: own.name, key: own.key, retryAfterMs }];
      throw new LimitError({ allowed: false, because: "limit", retryAfterMs, violations }, now);
    }
    await time.sleep(waitMs, signal);
    // A rate that grows again by then is none to wait for.
    const patience = { untilMs, sleep: (ms: number) => time.sleep(ms, signal) };
    return !(await wasPaused((limiter as Handle).limits, Number.POSITIVE_INFINITY, true, patience));
  } catch (error) {
    await place.refund().catch(() => {});
    throw error;
  }
}
