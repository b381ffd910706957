/** Rows on their way into the database: what was counted, added up. */

import type { RecordedOutcome } from "../admin/decisions-admin.ts";
import type { FeedAccess } from "./recorder.ts";

/** Decisions of a limiter in a minute, by plan and outcome. */
export interface DecisionRow {
  readonly minuteMs: number;
  readonly limiter: string;
  /** Empty where nobody with a plan paid. */
  readonly plan: string;
  readonly outcome: RecordedOutcome;
  count: number;
}

/** A change of a minute's histogram: keys that came into a bucket, less those that left it. */
export interface KeyCountRow {
  readonly minuteMs: number;
  readonly limiter: string;
  readonly plan: string;
  readonly bucket: number;
  keys: number;
  hundredths: number;
}

/** Denials of a key in an hour. */
export interface DeniedKeyRow {
  readonly hourMs: number;
  readonly limiter: string;
  readonly key: string;
  denials: number;
  lastAtMs: number;
}

/** Denials of a user by one limiter since the writing before. */
export interface UserDenialRow {
  readonly userId: string;
  readonly atMs: number;
  readonly limiter: string;
  readonly limitUnits: number;
  readonly retryAfterMs: number | null;
  readonly times: number;
}

/** What was recorded since the last time. */
export interface RecordedRows {
  readonly decisions: readonly DecisionRow[];
  readonly keyCounts: readonly KeyCountRow[];
  readonly deniedKeys: readonly DeniedKeyRow[];
  readonly userDenials: readonly UserDenialRow[];
  readonly accesses: readonly FeedAccess[];
}

/** Hears of the rows of every writing, before they are written and whether or not they can be. For telemetry. */
export interface RecordSink {
  record(rows: RecordedRows): void;
}
