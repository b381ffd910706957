/**
 * A call from its first word to its last, in an order that never changes: breaker → per attempt (limiter → timeout → fetch) →
 * what the answer's headers say → retry through the limiter again.
 */

import { isConfigError, isPromise } from "@sluice/core/engine";
import type { Permit, Refused } from "../breaker/breaker.ts";
import { CircuitOpenError } from "../breaker/circuit-open-error.ts";
import type { Reservation } from "../limits/reservation.ts";
import { type Attempted, attempt } from "./attempt.ts";
import { discard } from "./body.ts";
import type { ClientInit } from "./client.ts";
import type { FetchInput } from "./fetching.ts";
import { quietly } from "./heeding.ts";
import { isRepeatable, type Outgoing, outgoing } from "./outgoing.ts";
import type { Parts } from "./parts.ts";
import { type Turn, turnUnder } from "./turn.ts";

/** How a call ended without the caller's doing. */
interface Ended {
  readonly response?: Response | undefined;
  readonly error?: unknown;
  /** Whether a backup may be asked: the API was not, or nothing came of it and it may be asked twice. */
  readonly mayFallBack: boolean;
}

/** So many refusals in a row, and the answer is the caller's: waiting as it was told to has not helped. */
const mostRefusals = 20;

const nothing: ClientInit = {};

export async function call(parts: Parts, input: FetchInput, init: ClientInit = nothing): Promise<Response> {
  const { meter, fallback } = parts;
  meter?.call();
  const sending = outgoing(parts.additions, input, init);
  const ended = await run(parts, sending, input, init);
  if (fallback !== undefined && ended.mayFallBack) {
    await discard(ended.response);
    sending.signal?.throwIfAborted();
    meter?.fallback();
    return fallback(input, init, ended.error ?? ended.response);
  }
  if (ended.response !== undefined) return ended.response;
  throw ended.error;
}

/** Attempt by attempt, until one is the last. Rejects with what no backup can help with. */
async function run(parts: Parts, sending: Outgoing, input: FetchInput, init: ClientInit): Promise<Ended> {
  const { breaker, retry, time } = parts;
  const { signal } = sending;
  const { cost = 1, maxWaitMs = parts.maxWaitMs } = init;
  const limiter = parts.units?.limiterOf(input, init, cost) ?? parts.limiter;
  retry.budget.earn();
  let leftMs = maxWaitMs;
  let number = 1;
  for (let refusals = 0, isRetry = false; ; isRetry = true) {
    signal?.throwIfAborted();

    // The breaker first: while it is open, nobody takes a place.
    const shut = breaker?.check();
    const refused = isPromise(shut) ? await shut : shut;
    if (refused !== undefined) return notSent(parts, open(parts, refused));

    // Its turn.
    const askedAtMs = time.now();
    const waited = parts.meter?.waits();
    let turn: Turn;
    try {
      turn = await turnUnder(parts, limiter, cost, leftMs, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (isConfigError(error)) throw error;
      return notSent(parts, error);
    } finally {
      waited?.();
      leftMs = Math.max(0, leftMs - Math.max(0, time.now() - askedAtMs));
    }

    // The breaker may have opened meanwhile, and half open it counts its probes.
    const { place } = turn;
    const leave = await admitted(parts, place);
    if (leave !== undefined && "because" in leave) return notSent(parts, open(parts, leave));

    const result = await attempt(parts, sending, turn, leave, isRetry);

    if (result.says === "done") return { response: counted(parts, place, result), mayFallBack: false };
    if (result.says === "throttled") {
      // Refused work was not done: neither attempts nor budget count it. The pause that it began is waited for as one's turn.
      if (!retry.isOn || !mayRepeat(parts, sending) || ++refusals >= mostRefusals) return last(parts, sending, result);
      await discard(result.response);
      continue;
    }
    refusals = 0;
    number++;
    const waitMs = await retryAfter(parts, sending, result, number, leftMs);
    if (waitMs === undefined) {
      counted(parts, place, result);
      return last(parts, sending, result);
    }
    await discard(result.response);
    leftMs -= waitMs;
    if (waitMs > 0) await time.sleep(waitMs, signal);
  }
}

/** Leave to send, or why not; then the place is given back. */
async function admitted({ breaker }: Parts, place: Reservation): Promise<Permit | Refused | undefined> {
  if (breaker === undefined) return undefined;
  try {
    const answer = breaker.admit();
    const leave = isPromise(answer) ? await answer : answer;
    // What a failing backend does not take back stays spent; it is the breaker that has refused.
    if ("because" in leave) await quietly(place.refund());
    return leave;
  } catch (error) {
    await place.refund().catch(() => {});
    throw error;
  }
}

/** How long to wait before attempt `number`; undefined where there is none. */
async function retryAfter(
  parts: Parts,
  sending: Outgoing,
  { waitMs, isHeld, response }: Attempted,
  number: number,
  leftMs: number,
): Promise<number | undefined> {
  const { retry, breaker } = parts;
  if (number > retry.attempts) return undefined;
  if (response !== undefined && !retry.statuses.has(response.status)) return undefined;
  if (!mayRepeat(parts, sending)) return undefined;
  // Jitter only upwards from what was asked for. Behind a pause it is the limiter that waits and spreads.
  const backoffMs = isHeld ? 0 : waitMs + retry.backoffMs(number);
  if (Math.max(waitMs, backoffMs) > leftMs) return undefined;
  // This failure may have opened it: then the answer at hand says more than a refusal would.
  const shut = breaker?.check();
  if ((isPromise(shut) ? await shut : shut) !== undefined) return undefined;
  return retry.budget.spend() ? backoffMs : undefined;
}

/** An answer that is handed out: what its request cost in the second dimension is known from now on, or may be told. */
function counted({ units }: Parts, place: Reservation, { response }: Attempted): Response | undefined {
  if (response !== undefined) units?.answered(place, response);
  return response;
}

/** Whether it may be sent twice, and can be. */
function mayRepeat({ retry }: Parts, sending: Outgoing): boolean {
  return sending.hasBodyAgain && isRepeatable(sending, retry.methods);
}

/** The last attempt's end. What may be sent only once was sent: no backup gets it either. */
function last(parts: Parts, sending: Outgoing, { response, error }: Attempted): Ended {
  return { response, error, mayFallBack: mayRepeat(parts, sending) };
}

function notSent({ meter }: Parts, error: unknown): Ended {
  meter?.refused();
  return { error, mayFallBack: true };
}

function open({ name, time }: Parts, refused: Refused): CircuitOpenError {
  return new CircuitOpenError(name, refused, time.now());
}
