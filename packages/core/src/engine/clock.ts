/** The one place where time enters: whoever holds the counts owns the clock that dates them. */

/** Tells the time in milliseconds since 1970; fractions are cut off by whoever reads it. */
export interface Clock {
  now(): number;
}

/** The machine's own clock. Nothing is read before the first `now()`. */
export const systemClock: Clock = { now: () => Date.now() };

/**
 * Under this name an option of a backend whose state owns its clock may carry another one. Only `core/testing` sets it:
 * a backend made without it takes no instant from anybody.
 */
export const testClock: unique symbol = Symbol.for("sluice.test-clock");

/** The clock that `core/testing` gave these options, if any. */
export function testClockOf(options: object): Clock | undefined {
  return (options as { readonly [testClock]?: Clock })[testClock];
}

/** A clock that tells whole milliseconds and remembers where it has stepped back. */
export interface WatchedClock extends Clock {
  /** Whether an instant lies in a stretch of time that was told more than once. */
  isToldTwice(instant: number): boolean;
}

/**
 * Watches a clock for steps back.
 *
 * A receipt from a stretch told twice does not say which of the two times it is from, so nothing can be given back on
 * it: time may have done so already. All such stretches count as one, from the earliest step to the latest.
 */
export function watched(clock: Clock): WatchedClock {
  // Fields, since a number that closures share is allocated anew each time it is set.
  const seen = { last: Number.NEGATIVE_INFINITY, from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
  return {
    now() {
      const now = Math.floor(clock.now());
      if (now < seen.last) {
        seen.from = Math.min(seen.from, now);
        seen.to = Math.max(seen.to, seen.last);
      }
      seen.last = now;
      return now;
    },
    isToldTwice: (instant) => instant > seen.from && instant <= seen.to,
  };
}
