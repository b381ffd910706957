/** The instants of a job that runs every so often: pure arithmetic on UTC, so no clock change repeats or skips one. */

import { ConfigError } from "@sluice/core/engine";

/**
 * The first instant strictly after `nowMs`, so that a loop over it always goes on.
 *
 * Instants are the multiples of `everyMs` since 1970 plus `offsetMs`. Throws ConfigError `SLUICE_SCHEDULE`.
 */
export function nextInstant(everyMs: number, nowMs: number, offsetMs = 0): number {
  return newestInstant(everyMs, nowMs, offsetMs) + everyMs;
}

/** The newest instant that is not after `nowMs`. Throws ConfigError `SLUICE_SCHEDULE`. */
export function newestInstant(everyMs: number, nowMs: number, offsetMs = 0): number {
  checkEvery(everyMs, offsetMs);
  const now = Math.floor(nowMs);
  if (!Number.isSafeInteger(now) || !Number.isSafeInteger(now - offsetMs + everyMs)) {
    throw new ConfigError("SLUICE_SCHEDULE", "an instant is in milliseconds since 1970", nowMs, "Correct it.");
  }
  const since = (now - offsetMs) % everyMs;
  return now - (since < 0 ? since + everyMs : since);
}

/**
 * The instants after `afterMs` and up to `untilMs`, which counts; in order, and made one at a time.
 *
 * Throws ConfigError `SLUICE_SCHEDULE`.
 */
export function instantsBetween(everyMs: number, afterMs: number, untilMs: number, offsetMs = 0): Iterable<number> {
  const first = nextInstant(everyMs, afterMs, offsetMs);
  return {
    *[Symbol.iterator]() {
      for (let instant = first; instant <= untilMs; instant += everyMs) yield instant;
    },
  };
}

/** Throws ConfigError `SLUICE_SCHEDULE` unless instants can be told from these. */
export function checkEvery(everyMs: number, offsetMs = 0): void {
  if (!Number.isSafeInteger(everyMs) || everyMs < 1) {
    const cure = "Write 15 minutes as 900_000.";
    throw new ConfigError("SLUICE_SCHEDULE", "everyMs is a whole number of milliseconds above 0", everyMs, cure);
  }
  if (!Number.isSafeInteger(offsetMs)) {
    const cure = "Write 2 o'clock UTC, every day, as 7_200_000.";
    throw new ConfigError("SLUICE_SCHEDULE", "offsetMs is a whole number of milliseconds", offsetMs, cure);
  }
}
