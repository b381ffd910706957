/** The step of a lease: pure, like those of the algorithms, so that every backend that runs it grants alike. */

import type { LeaseAnswer, LeaseRequest } from "../engine/lease.ts";

/** What is kept of a name: the last fence, the instant at which its lease ends, and its note. */
export interface LeaseState {
  readonly fence: number;
  readonly until: number;
  readonly note: string;
}

const never: LeaseState = { fence: 0, until: 0, note: "" };

/**
 * Decides a checked request at `now`, in whole milliseconds. A state that is unchanged stays the same object; of a name
 * that nobody took there is none.
 *
 * After Lamport and Kleppmann: a fencing number that is minted with the lease, so that a store can refuse whoever holds an
 * older one. It follows the clock as well as its predecessor, so that it grows even where the predecessor was forgotten.
 */
export function leaseStep(
  stored: LeaseState | undefined,
  request: LeaseRequest,
  now: number,
): { readonly state: LeaseState | undefined; readonly answer: LeaseAnswer } {
  const state = stored ?? never;
  const left = Math.max(0, state.until - now);
  const answer = (granted: boolean, next: LeaseState = state): LeaseAnswer => ({
    granted,
    fence: next.fence,
    leftMs: Math.max(0, next.until - now),
    note: next.note,
  });
  if (request.verb === "look") return { state: stored, answer: answer(true) };

  const { verb, ttlMs, note = state.note } = request;
  const grantable =
    verb === "renew"
      ? left > 0 && request.fence === state.fence
      : request.after === undefined
        ? left === 0
        : request.after === state.fence;
  if (!grantable) return { state: stored, answer: answer(false) };
  const fence = verb === "take" ? Math.max(state.fence + 1, now) : state.fence;
  const next: LeaseState = { fence, until: now + ttlMs, note };
  return { state: next, answer: answer(true, next) };
}
