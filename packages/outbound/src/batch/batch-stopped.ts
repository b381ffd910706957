/** The error of a batch that could not go on: with what it has done so far. */

import { SluiceError } from "@sluice/core/engine";
import type { BatchResult, BatchSummary } from "./batch.ts";

/**
 * Its limiter, its source, its checkpoint or a hook failed; `cause` is what with. Items that were under way have ended, and
 * what is done is saved if that was possible.
 */
export class BatchStoppedError<Value = unknown> extends SluiceError {
  readonly results: readonly BatchResult<Value>[];
  /** Items that were done in earlier runs. */
  readonly skipped: number;

  constructor(cause: unknown, { results, skipped }: BatchSummary<Value>) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super("SLUICE_BATCH_STOPPED", `the batch stopped: ${why}`, { cause });
    this.name = "BatchStoppedError";
    this.results = results;
    this.skipped = skipped;
  }
}
