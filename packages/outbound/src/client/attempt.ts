/** One attempt: the call is sent, and either it is answered or it is not. */

import type { Permit } from "../breaker/breaker.ts";
import type { Reservation } from "../limits/reservation.ts";
import { discard } from "./body.ts";
import { heed, quietly, type Verdict } from "./heeding.ts";
import { attemptInit, isMistaken, type Outgoing } from "./outgoing.ts";
import type { Parts } from "./parts.ts";
import { AttemptTime } from "./timeout.ts";
import type { Turn } from "./turn.ts";

/** What became of an attempt that was sent. */
export interface Attempted extends Verdict {
  /** Absent if it was not answered. */
  readonly response?: Response;
  /** Why it was not. */
  readonly error?: unknown;
}

/**
 * Sends a call on the place that was taken for it.
 *
 * Rejects where nothing is to be learned about the API: with the signal's reason, with what the body's maker threw, with what
 * `fetch` says about a call that cannot be.
 */
export async function attempt(
  parts: Parts,
  outgoing: Outgoing,
  { place, number }: Turn,
  permit: Permit | undefined,
  isRetry: boolean,
): Promise<Attempted> {
  const { time, tuning, meter, arrivals } = parts;
  const { signal } = outgoing;
  const { cost } = place;
  let limit: AttemptTime | undefined;
  let sent: number | undefined;
  let response: Response;
  let sentAtMs = 0;
  let opens = false;
  try {
    limit = new AttemptTime(parts, signal);
    const made = attemptInit(outgoing, limit.signal);
    const init = made instanceof Promise ? await made : made;
    signal?.throwIfAborted();
    sent = tuning.sent(cost);
    sentAtMs = time.now();
    meter?.attempt(isRetry);
    opens = arrivals.sent(number, cost, sentAtMs, ++parts.inFlight);
    response = await parts.fetch(outgoing.target, init);
  } catch (error) {
    limit?.stop();
    if (sent !== undefined) {
      parts.inFlight--;
      arrivals.answered(number, cost, sentAtMs, time.now(), opens);
    }
    const isAborted = signal?.aborted === true;
    if (sent === undefined || isAborted || isMistaken(outgoing, error)) {
      await quietly(permit?.done("ignored"));
      // What was sent counts as used: nobody can tell how far it came.
      await quietly(sent !== undefined && isAborted ? place.commit() : place.refund());
      throw isAborted ? signal.reason : error;
    }
    const timedOut = limit?.timedOut;
    meter?.failure(timedOut === undefined ? "network" : "timeout");
    await quietly(permit?.done("failure"));
    await place.commit();
    return { error: timedOut ?? error, says: "failed", waitMs: 0, isHeld: false };
  }
  parts.inFlight--;
  const answeredAtMs = time.now();
  arrivals.answered(number, cost, sentAtMs, answeredAtMs, opens);
  limit.stop();
  limit.startBody();
  meter?.answer(response.status, answeredAtMs - sentAtMs);
  return answered(parts, sent, place, permit, response);
}

/** Lets everybody know what the answer means. Rejects with what `isThrottled` threw. */
async function answered(
  parts: Parts,
  sent: number,
  place: Reservation,
  permit: Permit | undefined,
  response: Response,
): Promise<Attempted> {
  let verdict: Verdict | undefined;
  try {
    verdict = await heed(parts, sent, place, response);
  } catch (error) {
    await discard(response);
    throw error;
  } finally {
    const results = { throttled: "ignored", failed: "failure", done: "success" } as const;
    await quietly(permit?.done(verdict === undefined ? "ignored" : results[verdict.says]));
    await place.commit();
  }
  return { response, ...verdict };
}
