/** What a recorder is told, checked when it is told. */

import { aFunction, checkOptions, type Rule, type Rules } from "@sluice/core/engine";
import { aDatabase, type Database } from "../database.ts";
import type { PlanLimits } from "../plans/limits.ts";
import type { RecordSink } from "./recorded-rows.ts";
import type { Background } from "./sleeper.ts";
import type { RecordPart } from "./writing.ts";

/** What `recorder()` is told. */
export interface RecorderOptions {
  readonly db: Database;
  readonly background: Background;
  readonly limits: PlanLimits;
  /** The plan of a user, where it is known at once: `planOf` of LivePlans. */
  readonly planOf: (userId: string) => string | undefined;
  /** Written along with decisions. */
  readonly parts?: readonly RecordPart[] | undefined;
  /** Hear of the rows of every writing, whether or not they can be written. */
  readonly sinks?: readonly RecordSink[] | undefined;
  /**
   * Hears when records cannot be written and when they are again, and when something is left out and how much.
   * @default one line on the console
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** @default Date.now */
  readonly now?: (() => number) | undefined;
  /**
   * How long after the first event rows are written, in milliseconds; 1 to 10,000.
   * @default 2_000
   */
  readonly flushMs?: number | undefined;
}

/** A later writing would not come within the time that Workers keep a task alive. */
const longestFlushMs = 10_000;

const aList = (of: string): Rule => [Array.isArray, `a list of ${of}`];

const rules: Rules = {
  db: aDatabase,
  background: aFunction(),
  limits: [(limits: unknown) => typeof limits === "object" && limits !== null, "the limits that plans set, by name"],
  planOf: aFunction("a function giving a user's plan"),
  parts: aList("parts"),
  sinks: aList("sinks"),
  onError: aFunction(),
  now: aFunction(),
  flushMs: [
    (ms: number) => Number.isSafeInteger(ms) && ms >= 1 && ms <= longestFlushMs,
    `a whole number of milliseconds from 1 to ${longestFlushMs}`,
  ],
};

export function checkRecorder(options: RecorderOptions): void {
  checkOptions("recorder()", options, rules, ["db", "background", "limits", "planOf"]);
}
