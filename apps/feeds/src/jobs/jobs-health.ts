/** What a process knows of its jobs, as /health tells it. */

export const jobNames = ["aggregate", "enrich", "digest", "prune"] as const;
export type JobName = (typeof jobNames)[number];

/** A job as this process saw it last. */
export interface JobHealth {
  /** When its last run in this process ended, as an ISO instant. */
  readonly at: string;
  readonly outcome: "ok" | "failed";
}

export interface JobsHealth {
  /** Whether this process runs jobs; others may. */
  readonly enabled: boolean;
  /** Names of the ways out for mail; with none, messages wait. */
  readonly transports: readonly string[];
  /** Whether reports of bounces are taken in. */
  readonly bounces: boolean;
  /** Jobs that have run in this process. */
  readonly last: Readonly<Partial<Record<JobName, JobHealth>>>;
}
