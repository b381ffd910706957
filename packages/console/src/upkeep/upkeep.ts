/** Keeps the console's tables small and its readers anonymous: to be run by a job, every hour or so. */

import { aFunction, checkedLater, checkOptions, type Rules } from "@sluice/core/engine";
import { aDatabase, type Database } from "../database.ts";
import { type PlanLimits, thePlanLimits } from "../plans/limits.ts";
import { forgetReplacedKeys } from "../records/keys.ts";
import type { PrunedTable } from "../records/pruning.ts";
import { defaultRetention, type Retention, retentionOf } from "./retention.ts";
import { namingDenied, namingReaders, pruning, pseudonymsAt, type Step } from "./steps.ts";

export interface UpkeepOptions {
  readonly db: Database;
  /** The limits of plans: keys of their counters are users' ids and stay as they are; other keys are replaced as addresses are. */
  readonly limits: PlanLimits;
  /** How long rows are kept, in milliseconds by table, an hour at least. What is left out has its default. */
  readonly retention?: Partial<Retention> | undefined;
  /**
   * How old an address is, in milliseconds, when a pseudonym replaces it.
   * @default 86_400_000
   */
  readonly pseudonymiseAfterMs?: number | undefined;
  /**
   * Steps of one run, 9 at least: one of each part. What is left is the next run's. A step is one to three statements of at
   * most 500 rows; with D1 a Worker on the free plan has 50 statements in all.
   * @default 400
   */
  readonly stepsPerRun?: number | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

/** What a run did, in rows. */
export interface UpkeepCounts {
  readonly pruned: Readonly<Record<PrunedTable, number>>;
  readonly pseudonymised: { readonly feedAccess: number; readonly deniedKeys: number };
  /** Keys of pseudonyms that had been replaced. */
  readonly forgottenKeys: number;
  /** False where it was stopped, or had no step left: the next run goes on. */
  readonly isDone: boolean;
}

export interface Upkeep {
  /**
   * Does what is due. Several at once, also in several processes, do it together. Rejects with the database's error; what was
   * done until then stays done.
   *
   * @param signal Ends the run after the step under way.
   */
  run(signal?: AbortSignal): Promise<UpkeepCounts>;
}

/** Rows that one statement touches at most. */
const rowsPerStep = 500;

/** Seven tables to prune, and two in which addresses are replaced. */
const partsOfUpkeep = Object.keys(defaultRetention).length + 2;

/** Between two steps, so that whoever waits for the database has his turn. */
const restMs = 10;

const rules: Rules = {
  db: aDatabase,
  limits: thePlanLimits,
  retention: checkedLater,
  pseudonymiseAfterMs: [
    (ms: number) => Number.isSafeInteger(ms) && ms >= 0,
    "a whole number of milliseconds, at least 0",
  ],
  // With fewer the last parts would never have their turn.
  stepsPerRun: [
    (steps: number) => Number.isSafeInteger(steps) && steps >= partsOfUpkeep,
    `a whole number, ${partsOfUpkeep} at least`,
  ],
  now: aFunction("a function giving milliseconds since 1970"),
};

/**
 * Upkeep of the console's tables.
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING`, `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`.
 */
export function upkeep(options: UpkeepOptions): Upkeep {
  checkOptions("upkeep()", options, rules, ["db", "limits"]);
  const { db, limits, pseudonymiseAfterMs = 86_400_000, stepsPerRun = 400, now = Date.now } = options;
  const retention = retentionOf(options.retention);
  const tables = Object.keys(defaultRetention) as PrunedTable[];

  return {
    async run(signal) {
      const nowMs = now();
      const names = pseudonymsAt(db, nowMs);
      const untilMs = nowMs - pseudonymiseAfterMs;
      const parts: [name: string, step: Step][] = [
        ...tables.map((table): [string, Step] => [table, pruning(db, table, nowMs - retention[table])]),
        ["readers", namingReaders(db, untilMs, names)],
        ["denied", namingDenied(db, limits, untilMs, names)],
      ];
      const { rows, isDone } = await inTurn(parts, stepsPerRun, signal);
      const forgottenKeys = signal?.aborted === true ? 0 : await forgetReplacedKeys(db);
      return {
        pruned: Object.fromEntries(tables.map((table) => [table, rows[table] ?? 0])) as UpkeepCounts["pruned"],
        pseudonymised: { feedAccess: rows["readers"] ?? 0, deniedKeys: rows["denied"] ?? 0 },
        forgottenKeys,
        isDone,
      };
    },
  };
}

/** One step of each part after the other, so that a long one keeps no other from its turn. */
async function inTurn(
  parts: readonly (readonly [name: string, step: Step])[],
  mostSteps: number,
  signal: AbortSignal | undefined,
): Promise<{ rows: Record<string, number>; isDone: boolean }> {
  const rows: Record<string, number> = {};
  let waiting = [...parts];
  let left = mostSteps;
  while (waiting.length > 0) {
    const unfinished: typeof waiting = [];
    for (const part of waiting) {
      if (left-- <= 0 || signal?.aborted === true) return { rows, isDone: false };
      const [name, step] = part;
      const stepped = await step(rowsPerStep);
      rows[name] = (rows[name] ?? 0) + stepped.rows;
      if (!stepped.isDone) unfinished.push(part);
      if (stepped.rows > 0) await rest();
    }
    waiting = unfinished;
  }
  return { rows, isDone: true };
}

function rest(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, restMs);
  });
}
