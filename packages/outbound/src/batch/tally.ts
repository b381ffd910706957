/** What a batch has done: its results, what is saved of it, and what is reported. */

import type { LocalTime } from "../time/local-time.ts";
import type { BatchResult, BatchSummary } from "./batch.ts";
import type { BatchOptions } from "./batch-options.ts";
import { doneItems } from "./batch-state.ts";
import { saving } from "./checkpoint.ts";
import { eta } from "./progress.ts";

export interface Tally<Value> {
  /** Whether an item was done in an earlier run; then it is counted as left out. */
  skip(index: number): boolean;
  /** One more item is done. Resolves when its result is told and saved. */
  add(result: BatchResult<Value>): Promise<void>;
  /** Tells how far the batch is. */
  report(running: number, ended?: boolean): void;
  /** Saves what is not saved yet. */
  flush(): Promise<void>;
  summary(): BatchSummary<Value>;
}

/** Begins where the checkpoint is. */
export async function tally<Item, Value>(
  { checkpoint, keep = "all", onResult, onProgress }: BatchOptions<Item, Value>,
  total: number | undefined,
  time: LocalTime,
): Promise<Tally<Value>> {
  const done = doneItems(await checkpoint?.load());
  const before = { done: done.count, failed: done.failed };
  const save = checkpoint && saving(checkpoint, done.state, time);
  const startedAtMs = time.now();
  const results: BatchResult<Value>[] = [];
  let skipped = 0;

  return {
    skip(index) {
      const isDone = done.has(index);
      if (isDone) skipped++;
      return isDone;
    },
    async add(result) {
      if (keep === "all" || (keep === "failed" && !result.ok)) results.push(result);
      await onResult?.(result);
      done.add(result.index, result.ok);
      await save?.done();
    },
    report(running, ended = false) {
      const atMs = time.now();
      const etaMs = eta(done.count, before.done, total, atMs - startedAtMs);
      onProgress?.({ done: done.count, failed: done.failed, total, running, startedAtMs, atMs, etaMs, ended });
    },
    flush: async () => await save?.flush(),
    summary: () => ({
      results: results.sort((a, b) => a.index - b.index),
      done: done.count - before.done,
      failed: done.failed - before.failed,
      skipped,
    }),
  };
}
