/** What is recorded of a job by those who do not hold its lease: skips, and runs that lost it. */

import type { Backend } from "@sluice/core/engine";
import { type Recorded, record } from "../records/record.ts";
import type { NotRun } from "./job.ts";

/** A call that did not run. */
export interface Skip {
  readonly atMs: number;
  readonly because: NotRun;
  readonly by?: string | undefined;
  readonly instantMs?: number | undefined;
}

/** A run that lost its lease, told when its job came to its end. */
export interface LostRun {
  readonly fence: number;
  readonly endedAtMs: number;
  readonly by?: string | undefined;
  readonly error: string;
}

/** Counts, and the last of each: it never grows. */
export interface Beside {
  readonly skips: number;
  readonly lastSkip?: Skip | undefined;
  readonly lost: number;
  readonly lastLost?: LostRun | undefined;
}

const nothing: Beside = { skips: 0, lost: 0 };

export function beside(backend: Backend, name: string): Recorded<Beside> {
  return record<Beside>(backend, `sluice/job/${name}`);
}

/** One more skip; an instant that several processes skip counts once. */
export function skipped(current: Beside = nothing, skip: Skip): Beside {
  const isTold = skip.instantMs !== undefined && skip.instantMs === current.lastSkip?.instantMs;
  return isTold ? current : { ...current, skips: current.skips + 1, lastSkip: skip };
}

/** One more lost run. */
export function lostRun(current: Beside = nothing, run: LostRun): Beside {
  const newest = Math.max(run.fence, current.lastLost?.fence ?? 0) === run.fence ? run : current.lastLost;
  return { ...current, lost: current.lost + 1, lastLost: newest };
}
