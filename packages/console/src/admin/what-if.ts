/** What a limit would have denied, estimated from what was recorded. */

/** An estimate with its bounds. */
export interface WhatIf {
  /** Units that were asked for in the time looked at. */
  readonly asked: number;
  /**
   * Units above the limit, counted by minute: at least, at most, and the middle of the two. Each process counts by itself, so
   * all three are too low where several served one key in one minute.
   */
  readonly deniedAtLeast: number;
  readonly deniedAtMost: number;
  readonly denied: number;
  /** What was really denied, in decisions. */
  readonly deniedThen: number;
  /** Keys and minutes in which a key would have been denied, at most. */
  readonly keyMinutes: number;
  /** How many minutes of the time looked at have a record, of how many. */
  readonly minutes: number;
  readonly ofMinutes: number;
}
