/** One task in the background that writes a moment after the first event, and again where that failed. */

/** Keeps a task alive beyond the request that began it: `waitUntil` on Workers, a list that is waited for at the end on Node. */
export type Background = (task: () => Promise<void>) => void;

/** A request's platform keeps its tasks for half a minute at most; what is not written by then, the next event's task writes. */
const longestMs = 20_000;
/** A task whose request the platform broke off never ends: after so long nobody waits for it. */
const lostMs = 60_000;

/** What a sleeper is told. */
export interface SleeperOptions {
  readonly background: Background;
  /** Writes what waits; whether all of it was written. Never rejects. */
  readonly write: () => Promise<boolean>;
  readonly flushMs: number;
}

/** Writes by itself a moment after it was asked to. */
export interface Sleeper {
  /** Something waits, at `nowMs`. Does nothing where a task sleeps already. */
  soon(nowMs: number): void;
  /** Ends the sleep, and the task: whoever wakes it writes. */
  wake(): void;
}

interface Asleep {
  readonly sinceMs: number;
  isWoken: boolean;
  wake: () => void;
}

/** Makes one. No timer and no task before `soon`. */
export function sleeper({ background, write, flushMs }: SleeperOptions): Sleeper {
  let asleep: Asleep | undefined;

  const run = async (own: Asleep): Promise<void> => {
    let sleptMs = 0;
    for (let ms = flushMs; sleptMs + ms <= longestMs; ms *= 2) {
      await sleep(own, ms);
      sleptMs += ms;
      // What comes from now on may come too late for this writing: it begins a task of its own.
      if (asleep === own) asleep = undefined;
      if (own.isWoken || (await write()) || asleep !== undefined) return;
      asleep = own;
    }
    if (asleep === own) asleep = undefined;
  };

  return {
    soon(nowMs) {
      if (asleep !== undefined && Math.abs(nowMs - asleep.sinceMs) < lostMs) return;
      const own: Asleep = { sinceMs: nowMs, isWoken: false, wake: () => {} };
      asleep = own;
      background(() => run(own));
    },
    wake() {
      if (asleep === undefined) return;
      asleep.isWoken = true;
      asleep.wake();
    },
  };
}

function sleep(own: Asleep, ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (own.isWoken) return resolve();
    const timer = setTimeout(resolve, ms);
    own.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
