/** The one place where time enters: whoever holds the counts owns the clock that dates them. */

/** Tells the time in milliseconds since 1970; fractions are cut off by whoever reads it. */
export interface Clock {
  now(): number;
}

/** The machine's own clock. Nothing is read before the first `now()`. */
export const systemClock: Clock = { now: () => Date.now() };
