/** A record that refuses whoever holds an older lease: a run that was stalled past its life changes nothing any more. */

import { type Backend, SluiceError } from "@sluice/core/engine";
import { record } from "../records/record.ts";

export interface FencedRecord<T> {
  /** What was written last; undefined if nothing was. */
  read(): Promise<T | undefined>;
  /**
   * Replaces it by what `change` makes of it, and returns that.
   *
   * Rejects with StaleFenceError `SLUICE_FENCE_STALE` when a larger fence has written before, and as records do.
   */
  update(fence: number, change: (current: T | undefined) => T): Promise<T>;
}

/** A write under a fence that a larger one has overtaken. */
export class StaleFenceError extends SluiceError {
  readonly fence: number;
  /** The largest that has written. */
  readonly newest: number;

  constructor(name: string, fence: number, newest: number) {
    super("SLUICE_FENCE_STALE", `${JSON.stringify(name)} was written under fence ${newest}, so ${fence} is too old`);
    this.name = "StaleFenceError";
    this.fence = fence;
    this.newest = newest;
  }
}

/**
 * A small value that runs of a job hand on to each other: a cursor, a date. At most some 4,000 characters of JSON.
 *
 * Throws ConfigError `SLUICE_BACKEND_UNSUPPORTED` for a backend without leases.
 */
export function fenced<T>(backend: Backend, name: string): FencedRecord<T> {
  const kept = record<{ readonly fence: number; readonly value: T }>(backend, `sluice/fenced/${name}`);
  return {
    read: async () => (await kept.read())?.value,
    async update(fence, change) {
      const written = await kept.update((current) => {
        if (current !== undefined && current.fence > fence) throw new StaleFenceError(name, fence, current.fence);
        return { fence, value: change(current?.value) };
      });
      return written.value;
    },
  };
}
