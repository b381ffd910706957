/** Why a limit was not granted: every limit that was in the way, and the longest wait of them. */

import type { Pause } from "./limiter.ts";

/** One limit that was in the way. */
export interface Violation {
  readonly name: string;
  readonly key: string;
  /** Absent when the cost can never fit, and for a pause without end. */
  readonly retryAfterMs?: number | undefined;
  /** The limit is paused. */
  readonly paused?: Pause | undefined;
}

/** Not now. Nothing was booked anywhere. */
export interface Denial {
  readonly allowed: false;
  /** `never`: one of the costs is above what its limit can ever hold, so waiting is of no use. */
  readonly because: "limit" | "paused" | "never";
  /**
   * Whole milliseconds, the longest of the violations'; after it the same call fits if nobody else comes. Absent when one of
   * them has none.
   */
  readonly retryAfterMs?: number | undefined;
  readonly violations: readonly Violation[];
}
