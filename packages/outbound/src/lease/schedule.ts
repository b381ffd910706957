/** Jobs at their instants: one timer in a process, or a platform's trigger, and never two runs of one instant. */

import type { Job, LeaseOutcome, Overlap } from "./job.ts";

/** A job that runs every so often. */
export interface ScheduledJob {
  /** Of the job and of its lease. */
  readonly name: string;
  /** Whole milliseconds above 0. Instants are its multiples since 1970 in UTC. */
  readonly everyMs: number;
  /**
   * Moves the instants, in milliseconds: 7_200_000 of a daily job is 2 o'clock UTC.
   * @default 0
   */
  readonly offsetMs?: number | undefined;
  /** How long a process that dies keeps the job from running, at most. */
  readonly ttlMs: number;
  /** @default "skip" */
  readonly overlap?: Overlap | undefined;
  readonly run: Job<unknown>;
}

/** What became of one job at one instant: `outcome`, or the error that it or the backend failed with. */
export type DueRun =
  | { readonly name: string; readonly instantMs: number; readonly outcome: LeaseOutcome<unknown> }
  | { readonly name: string; readonly instantMs: number; readonly error: unknown };

export interface RunDueOptions {
  /**
   * A job runs if one of its instants lies in so many milliseconds up to and with the trigger's; if several do, the newest.
   * As long as the trigger's own interval it leaves out no job, longer still it makes up for triggers that did not come.
   * @default 60_000
   */
  readonly withinMs?: number | undefined;
}

export interface StopOptions {
  /**
   * Whether the signals of running jobs are aborted.
   * @default false
   */
  readonly abort?: boolean | undefined;
}

export interface Scheduler {
  /** Begins to wait for instants, with those that were missed: of each job the newest at most, if no process began it. */
  start(): void;
  /** Starts no more, and resolves when the jobs that run have come to their ends. */
  stop(options?: StopOptions): Promise<void>;
  /**
   * Runs all jobs whose instants fall on this one, at the same time, each under its own lease; for a platform's trigger, which
   * may come twice. Never rejects: the failure of one stops no other, and is told here and to `onError`.
   */
  runDue(instantMs: number, options?: RunDueOptions): Promise<readonly DueRun[]>;
}
