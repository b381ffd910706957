/** What a process knows of its jobs, as /health tells it. */

import type { ProspectChoice } from "../setting-prospects.ts";

export const jobNames = ["aggregate", "enrich", "fetch", "digest", "prospects", "prune"] as const;
export type JobName = (typeof jobNames)[number];

/** A job as this process saw it last. */
export interface JobHealth {
  /** When its last run in this process ended, as an ISO instant. */
  readonly at: string;
  readonly outcome: "ok" | "failed";
}

/** How prospects are looked up, as far as this process knows. */
export interface ProspectsHealth {
  readonly enabled: boolean;
  /** Present where they are not. */
  readonly because?: string | undefined;
  /** Present where services refused us in the last run: what a person has to mend. */
  readonly refusedBy?: readonly string[] | undefined;
}

/** Tells it from what was chosen, and from the jobs where they run. */
export function prospectsHealth(
  choice: ProspectChoice,
  jobs: { refusedBy(): readonly string[] } | undefined,
): ProspectsHealth {
  if ("off" in choice) return { enabled: false, because: choice.off };
  if (jobs === undefined) return { enabled: false, because: "no jobs run here" };
  const refusedBy = jobs.refusedBy();
  return { enabled: true, ...(refusedBy.length > 0 && { refusedBy }) };
}

export interface JobsHealth {
  /** Whether this process runs jobs; others may. */
  readonly enabled: boolean;
  /** Names of the ways out for mail; with none, messages wait. */
  readonly transports: readonly string[];
  /** Whether reports of bounces are taken in. */
  readonly bounces: boolean;
  /** Whether prospects are looked up, and what keeps them from it. */
  readonly prospects: ProspectsHealth;
  /** Jobs that have run in this process. */
  readonly last: Readonly<Partial<Record<JobName, JobHealth>>>;
}
