/** How far a batch is. */

export interface Progress {
  /** Items that are done, those that failed and those of earlier runs included. */
  readonly done: number;
  readonly failed: number;
  /** Items that are there; absent when the source does not say. */
  readonly total?: number | undefined;
  /** Items whose workers run now. */
  readonly running: number;
  readonly startedAtMs: number;
  /** The instant of this report. */
  readonly atMs: number;
  /** How long the rest takes at the rate so far; absent while nothing is done or the total is unknown. */
  readonly etaMs?: number | undefined;
  /** Nothing more will come. */
  readonly ended: boolean;
}

/** How many items a source has, if it says so itself. */
export function sizeOf(items: unknown): number | undefined {
  const { length, size } = items as { readonly length?: unknown; readonly size?: unknown };
  const count = length ?? size;
  return Number.isSafeInteger(count) ? (count as number) : undefined;
}

/** The rest at the rate of this run; what earlier runs have done took no time in this one. */
export function eta(done: number, doneBefore: number, total: number | undefined, passedMs: number): number | undefined {
  if (total === undefined || done <= doneBefore) return undefined;
  return Math.ceil((Math.max(0, total - done) * passedMs) / (done - doneBefore));
}
