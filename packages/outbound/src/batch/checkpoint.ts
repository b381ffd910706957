/** Saves what is done: one save at a time, and whatever is done meanwhile goes into the next one. */

import type { LocalTime } from "../time/local-time.ts";
import { steady } from "../time/steady.ts";
import type { BatchState } from "./batch-state.ts";

/** Where a batch keeps what is done, so that another process can go on after a crash. */
export interface Checkpoint {
  /** What was saved last; undefined to begin with. */
  load(): BatchState | undefined | Promise<BatchState | undefined>;
  /** Resolves when it is safe. Called one at a time. */
  save(state: BatchState): void | Promise<void>;
  /**
   * The least time between two saves, in milliseconds. At 0 each item that is done is saved before the next one takes its
   * place, so that a crash repeats at most those in flight; otherwise it also repeats what was done in so much time.
   * @default 0
   */
  readonly everyMs?: number | undefined;
}

export interface Saving {
  /** Something is done. Resolves when it is saved, or at once if that may wait. */
  done(): Promise<void>;
  /** Saves what is not saved yet. */
  flush(): Promise<void>;
}

export function saving(checkpoint: Checkpoint, state: () => BatchState, time: LocalTime): Saving {
  const { everyMs = 0 } = checkpoint;
  const now = steady(time);
  let savedAtMs = now();
  let isDirty = false;
  let current: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const save = async (): Promise<void> => {
    isDirty = false;
    savedAtMs = now();
    try {
      await checkpoint.save(state());
    } catch (error) {
      isDirty = true;
      throw error;
    }
  };
  const begin = (): Promise<void> => {
    next = undefined;
    current = save().finally(() => {
      current = undefined;
    });
    return current;
  };
  /** The first save that begins from now on. */
  const saved = (): Promise<void> => {
    if (current === undefined) return begin();
    next ??= current.then(begin, begin);
    return next;
  };

  return {
    async done() {
      isDirty = true;
      if (everyMs > 0 && now() - savedAtMs < everyMs) return;
      await saved();
    },
    async flush() {
      await current?.catch(() => {});
      await next?.catch(() => {});
      if (isDirty) await begin();
    },
  };
}
