/** Which items are done: a cursor and the few beyond it, so that what is saved stays small however many items there are. */

import { ConfigError } from "@sluice/core/engine";

/** What a checkpoint keeps: plain data, to be written as JSON. */
export interface BatchState {
  /** All items before this index are done. */
  readonly cursor: number;
  /** Indexes beyond the cursor that are done, too: fewer than the batch's concurrency. */
  readonly beyond: readonly number[];
  /** How many of the items that are done have failed. */
  readonly failed: number;
}

export interface DoneItems {
  readonly count: number;
  readonly failed: number;
  has(index: number): boolean;
  add(index: number, ok: boolean): void;
  state(): BatchState;
}

/** Begins where a state ends. Throws ConfigError `SLUICE_CHECKPOINT` for what is none. */
export function doneItems(from: BatchState = { cursor: 0, beyond: [], failed: 0 }): DoneItems {
  checkState(from);
  let { cursor, failed } = from;
  const beyond = new Set(from.beyond.filter((index) => index >= cursor));
  const close = (): void => {
    while (beyond.delete(cursor)) cursor++;
  };
  close();
  return {
    get count() {
      return cursor + beyond.size;
    },
    get failed() {
      return failed;
    },
    has: (index) => index < cursor || beyond.has(index),
    add(index, ok) {
      beyond.add(index);
      if (!ok) failed++;
      close();
    },
    state: () => ({ cursor, beyond: [...beyond].sort((a, b) => a - b), failed }),
  };
}

function checkState(state: unknown): void {
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  const { cursor, beyond, failed } = (state ?? {}) as Partial<BatchState>;
  if (isCount(cursor) && isCount(failed) && Array.isArray(beyond) && beyond.every(isCount)) return;
  const problem = "load() of a batch's checkpoint resolves to what save() was given, or to undefined";
  throw new ConfigError("SLUICE_CHECKPOINT", problem, state, "Begin anew by removing what is stored.");
}
