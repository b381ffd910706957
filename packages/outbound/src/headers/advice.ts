/** What the headers of an answer say about the calls after it: only ever fewer, or later. */

/** One answer's advice. Every field is absent where nothing was said that can be understood. */
export interface Advice {
  /**
   * How long no call should go out, in whole milliseconds from the answer on: by Retry-After if that asks for any time, else by
   * limits with nothing left, of which the longest decides. At most 24 hours by Retry-After and 10 minutes by a limit: who says
   * more is asked again then.
   */
  readonly waitMs?: number | undefined;
  /** Which field said so. */
  readonly waitBy?: "retry-after" | "ratelimit" | "x-ratelimit" | undefined;
  /** Units left to us by the most exhausted limit that was told of, and for how long: at most 10 minutes. */
  readonly remaining?: number | undefined;
  readonly remainingForMs?: number | undefined;
  /** The limits that are announced, in units in so many milliseconds. */
  readonly announced: readonly Announced[];
}

/** One limit that an API says it has: units in so many milliseconds. */
export interface Announced {
  readonly limit: number;
  readonly windowMs: number;
}
