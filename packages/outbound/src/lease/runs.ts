/** What is recorded of a job: its last run, its last skip, and counts; for pages and for people. */

import type { LeaseAnswer } from "@sluice/core/engine";
import { noted } from "../records/record.ts";
import type { Beside, LostRun, Skip } from "./beside.ts";
import type { RunNote } from "./run-note.ts";

/** A run that began. */
export interface Run {
  readonly fence: number;
  readonly by?: string | undefined;
  readonly startedAtMs: number;
  readonly instantMs?: number | undefined;
  /** `unfinished`: it never told its end; its process died, or it lost the lease. */
  readonly state: "running" | "ok" | "failed" | "unfinished";
  readonly endedAtMs?: number | undefined;
  /** What the job failed with, in one line of at most 300 characters. */
  readonly error?: string | undefined;
}

export interface Runs {
  readonly last?: Run | undefined;
  /** Runs that began. */
  readonly runs: number;
  /** Runs whose job failed. */
  readonly failures: number;
  /** Runs before the last one that never told their end. */
  readonly unfinished: number;
  /** Runs that lost their lease before they could tell their end in it; they are among the unfinished, too. */
  readonly lost: number;
  readonly lastLost?: LostRun | undefined;
  /** Calls that found the name held, or were cancelled; an instant that several processes skip counts once. */
  readonly skips: number;
  readonly lastSkip?: Skip | undefined;
}

export function runsFrom({ fence, leftMs, note }: LeaseAnswer, beside: Beside = { skips: 0, lost: 0 }): Runs {
  const begun = noted<RunNote>(note);
  if (begun === undefined) return { runs: 0, failures: 0, unfinished: 0, ...beside };
  const { runs, failures, unfinished, by, startedAtMs, instantMs, endedAtMs, error, ok } = begun;
  const open = leftMs > 0 ? "running" : "unfinished";
  const state = endedAtMs === undefined ? open : ok === true ? "ok" : "failed";
  return {
    last: { fence, by, startedAtMs, instantMs, state, endedAtMs, error },
    runs,
    failures,
    unfinished,
    ...beside,
  };
}
