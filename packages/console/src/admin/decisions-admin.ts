/** What the limiters decided, as it was recorded. */

export const outcomes = ["allowed", "denied", "open", "closed"] as const;
/** `open` and `closed`: the backend failed, and the limiter's rule let the request pass or refused it. */
export type RecordedOutcome = (typeof outcomes)[number];

/** Counts of one limiter in one step of time. */
export interface SeriesPoint {
  readonly atMs: number;
  readonly limiter: string;
  readonly counts: Readonly<Record<RecordedOutcome, number>>;
}

/** What was recorded so far of this and the last minute, over all processes; two of these a moment apart give a rate. */
export interface LiveCounts {
  readonly atMs: number;
  readonly minuteMs: number;
  readonly limiters: Readonly<Record<string, { readonly allowed: number; readonly denied: number }>>;
  /** Of the minute before, for whoever looked last within it. */
  readonly before: Readonly<Record<string, { readonly allowed: number; readonly denied: number }>>;
}

export interface DeniedKey {
  readonly limiter: string;
  readonly key: string;
  readonly isPseudonym: boolean;
  /** The user whose key it is, if it is one's. */
  readonly userId?: string | undefined;
  readonly userName?: string | undefined;
  readonly denials: number;
  readonly lastAtMs: number;
}

export interface UserDenial {
  readonly atMs: number;
  readonly limiter: string;
  readonly limitUnits: number;
  readonly retryAfterMs?: number | undefined;
  readonly times: number;
}

export interface DecisionsAdmin {
  /**
   * By limiter over time; `stepMs` a multiple of a minute. At most 1,500 steps. Of steps of an hour or more, what is written
   * later than ten minutes after their end may be missing for five minutes.
   */
  series(fromMs: number, toMs: number, stepMs: number): Promise<readonly SeriesPoint[]>;
  live(): Promise<LiveCounts>;
  /** The keys denied most in the last 24 hours, at most 50. */
  deniedKeys(limit: number): Promise<readonly DeniedKey[]>;
  /** The last of a user, 20 at most, the newest first. */
  denialsOf(userId: string): Promise<readonly UserDenial[]>;
}
