/** What a lease's note says of the run that has it, or had it last: written in the step that takes the name. */

/** The newest run and what is counted of all. */
export interface RunNote {
  readonly by?: string | undefined;
  readonly startedAtMs: number;
  readonly instantMs?: number | undefined;
  /** The latest instant that began, also when this run stands for none. */
  readonly lastInstantMs?: number | undefined;
  /** Whoever takes the name over waits at least as long for the run before this one. */
  readonly waitMs?: number | undefined;
  readonly endedAtMs?: number | undefined;
  readonly ok?: boolean | undefined;
  readonly error?: string | undefined;
  /** Runs that began, this one included. */
  readonly runs: number;
  /** Runs whose job failed. */
  readonly failures: number;
  /** Runs that never told their end: their process died, or they lost the lease. */
  readonly unfinished: number;
}

/** Longer errors are cut; written as escapes, six characters each, the note still fits. */
const longestErrorText = 300;

/** What the next run writes when it takes the name. */
export function begun(
  last: RunNote | undefined,
  run: Pick<RunNote, "by" | "startedAtMs" | "instantMs" | "waitMs">,
): RunNote {
  const { runs = 0, failures = 0, unfinished = 0 } = last ?? {};
  const isUnfinished = last !== undefined && last.endedAtMs === undefined;
  return {
    ...run,
    lastInstantMs: run.instantMs ?? last?.lastInstantMs,
    runs: runs + 1,
    failures,
    unfinished: unfinished + (isUnfinished ? 1 : 0),
  };
}

/** What a run writes when it lets the name go. */
export function ended(note: RunNote, endedAtMs: number, failure?: { readonly error: unknown }): RunNote {
  if (failure === undefined) return { ...note, endedAtMs, ok: true };
  return { ...note, endedAtMs, ok: false, error: errorText(failure.error), failures: note.failures + 1 };
}

/** An error in one short line. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replaceAll(/\s+/g, " ").slice(0, longestErrorText);
}
