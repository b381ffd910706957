/** When the next item may start: so long after the one before it, and groups with pauses between them. */

import type { LocalTime } from "../time/local-time.ts";
import { steady } from "../time/steady.ts";

export interface PaceOptions {
  readonly spacingMs?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly pauseMs?: number | undefined;
}

export interface Pace {
  /** Whether a group is full, so that nothing starts before all of it has ended. */
  isGroupFull(): boolean;
  /** The full group has ended; the pause begins. */
  groupEnded(): void;
  /** Resolves when the next item may start, never before. */
  turn(signal: AbortSignal): Promise<void>;
  /** An item starts now. */
  started(): void;
}

/**
 * Each start is measured from the start before it, by what has really passed: a timer that was late makes the next start no
 * earlier, since then two would be closer than what the other side allows.
 */
export function pace(
  { spacingMs = 0, batchSize = Number.POSITIVE_INFINITY, pauseMs = 0 }: PaceOptions,
  time: LocalTime,
): Pace {
  const now = steady(time);
  let inGroup = 0;
  let dueAtMs = Number.NEGATIVE_INFINITY;
  return {
    isGroupFull: () => inGroup >= batchSize,
    groupEnded() {
      inGroup = 0;
      dueAtMs = Math.max(dueAtMs, now() + pauseMs);
    },
    async turn(signal) {
      for (let left = dueAtMs - now(); left > 0; left = dueAtMs - now()) await time.sleep(left, signal);
    },
    started() {
      inGroup++;
      dueAtMs = Math.max(dueAtMs, now() + spacingMs);
    },
  };
}
