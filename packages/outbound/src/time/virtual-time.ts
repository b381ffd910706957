/** Time that passes when it is told to: sleepers wake in the order of their instants, and a day takes no time. */

import type { LocalTime } from "./local-time.ts";

export interface VirtualTime extends LocalTime {
  /** Lets time pass, waking sleepers at their instants, one after the other; ends when all that was woken has come to rest. */
  advance(ms: number): Promise<void>;
  /** Lets time pass as a stalled event loop does: nobody wakes before its end, and then all that are due do. */
  stall(ms: number): Promise<void>;
  /** How many sleep. */
  sleepers(): number;
}

interface Sleeper {
  readonly atMs: number;
  wake(): void;
}

/** So many microtasks let every chain of promises between two sleeps come to its end. */
const ticks = 200;

/** Begins at `startMs` and stands still. */
export function virtualTime(startMs: number = Date.UTC(2027, 4, 12, 9, 30)): VirtualTime {
  let now = startMs;
  const asleep = new Set<Sleeper>();

  const rest = async (): Promise<void> => {
    for (let i = 0; i < ticks; i++) await undefined;
  };

  /** Of those that are due the earliest; of several the one that slept first. */
  const due = (untilMs: number): Sleeper | undefined => {
    let first: Sleeper | undefined;
    for (const sleeper of asleep) {
      if (sleeper.atMs <= untilMs && (first === undefined || sleeper.atMs < first.atMs)) first = sleeper;
    }
    return first;
  };

  return {
    now: () => now,

    sleep(ms, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      return new Promise((resolve, reject) => {
        const gone = (): void => {
          asleep.delete(sleeper);
          signal?.removeEventListener("abort", aborted);
        };
        const aborted = (): void => {
          gone();
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          atMs: now + Math.max(0, ms),
          wake() {
            gone();
            resolve();
          },
        };
        asleep.add(sleeper);
        signal?.addEventListener("abort", aborted);
      });
    },

    async advance(ms) {
      const end = now + ms;
      await rest();
      for (let next = due(end); next !== undefined; next = due(end)) {
        now = Math.max(now, next.atMs);
        next.wake();
        await rest();
      }
      now = Math.max(now, end);
      await rest();
    },

    async stall(ms) {
      await rest();
      now += ms;
      for (let next = due(now); next !== undefined; next = due(now)) next.wake();
      await rest();
    },

    sleepers: () => asleep.size,
  };
}
