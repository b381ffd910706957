/** A name held for a while, with a number that only grows and a note: what is asked of a backend and what it answers. */

import { ConfigError } from "./errors.ts";

/**
 * What is done with a name. Any string of any length is a name; data, never syntax.
 *
 * - `look` changes nothing.
 * - `take` is granted when nobody holds the name or, with `after`, when its fence is still that number, held or not:
 *   compare-and-set. It mints the next fence.
 * - `renew` is granted to the holder of `fence` as long as the lease has not ended; `ttlMs: 0` ends it.
 */
export type LeaseRequest =
  | { readonly name: string; readonly verb: "look" }
  | {
      readonly name: string;
      readonly verb: "take";
      /** How long it is held, in whole milliseconds, from the instant at which it is granted. At least 1. */
      readonly ttlMs: number;
      /** At most 4,096 characters; without one the note stays as it was. */
      readonly note?: string | undefined;
      /** 0 for a name that was never taken. */
      readonly after?: number | undefined;
    }
  | {
      readonly name: string;
      readonly verb: "renew";
      /** How long it is held from now, in whole milliseconds; 0 ends it. */
      readonly ttlMs: number;
      readonly fence: number;
      readonly note?: string | undefined;
    };

/** How things stand after a request, by the state's clock. */
export interface LeaseAnswer {
  /** Whether a `take` or a `renew` was done; true of a `look`. */
  readonly granted: boolean;
  /**
   * Of whoever took the name last; 0 if nobody did. It grows with every `take` and is never given twice, also when the
   * state was lost meanwhile: it is at least the instant of its minting in milliseconds since 1970.
   */
  readonly fence: number;
  /** Whole milliseconds until the lease ends; 0 when nobody holds the name. */
  readonly leftMs: number;
  /** What the last holder left, also after the lease has ended; empty if nothing. */
  readonly note: string;
}

/** The longest note, in UTF-16 units. */
export const longestNote = 4_096;

/** A hundred years: longer than this nothing is held or blocked. */
export const longestHoldMs = 3_155_760_000_000;

/** So long after its end a name's fence and note are kept. A fence minted later still is larger: it follows the clock. */
export const keptAfterEndMs: number = 30 * 86_400_000;

/**
 * Checks a request where it is made.
 *
 * @throws ConfigError `SLUICE_LEASE`.
 */
export function checkLease(request: LeaseRequest): void {
  const { name, verb } = request;
  if (typeof name !== "string") throw wrong("the name of a lease is a string", name, "Give it one.");
  if (verb === "look") return;
  const isTake = verb === "take";
  if (!isTake && verb !== "renew") throw wrong("a lease is asked to take, renew or look", verb, "Use one of them.");
  const { ttlMs, note = "" } = request;
  const least = isTake ? 1 : 0;
  if (!(Number.isSafeInteger(ttlMs) && ttlMs >= least && ttlMs <= longestHoldMs)) {
    throw wrong(`the ttlMs of a ${verb} is a whole number from ${least} to ${longestHoldMs}`, ttlMs, "Correct it.");
  }
  if (typeof note !== "string" || note.length > longestNote) {
    throw wrong(`a note has at most ${longestNote} characters`, note, "Keep it elsewhere.");
  }
  const fence = isTake ? (request.after === undefined ? 0 : request.after) : request.fence;
  if (!(Number.isSafeInteger(fence) && fence >= 0)) {
    throw wrong("a fence is a number that a lease was granted with", fence, "Pass on the one you were given.");
  }
}

function wrong(problem: string, value: unknown, cure: string): ConfigError {
  return new ConfigError("SLUICE_LEASE", problem, value, cure);
}
