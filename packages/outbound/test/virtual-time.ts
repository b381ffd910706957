/** A time that passes only when nothing else can happen: sleepers wake in order, and hours take milliseconds. */

import { fakeStartMs } from "@sluice/core/testing";
import type { LocalTime } from "../src/time/local-time.ts";

interface Sleeper {
  readonly atMs: number;
  wake(): void;
}

/** A time, and the hands that move it. */
export interface VirtualTime extends LocalTime {
  /** Lets time pass from sleeper to sleeper until the promise is settled. Fails when nobody sleeps and it still is not. */
  until<T>(promise: Promise<T>): Promise<T>;
  /** Lets so much time pass, and wakes whoever is due. */
  pass(ms: number): Promise<void>;
  /** Jumps ahead without waking anybody on the way, like a process that was stopped; whoever is due wakes late. */
  stall(ms: number): void;
  /** How many sleep now. */
  sleepers(): number;
}

export function virtualTime(startMs: number = fakeStartMs): VirtualTime {
  let now = startMs;
  let sleeping: Sleeper[] = [];

  const wakeNext = (latest: number): boolean => {
    const next = sleeping.reduce<Sleeper | undefined>(
      (a, b) => (a !== undefined && a.atMs <= b.atMs ? a : b),
      undefined,
    );
    if (next === undefined || next.atMs > latest) return false;
    sleeping = sleeping.filter((sleeper) => sleeper !== next);
    now = Math.max(now, next.atMs);
    next.wake();
    return true;
  };
  const quiet = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
  };

  return {
    now: () => now,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper: Sleeper = { atMs: now + Math.max(0, ms), wake: resolve };
        sleeping.push(sleeper);
        signal?.addEventListener("abort", () => {
          sleeping = sleeping.filter((other) => other !== sleeper);
          reject(signal.reason);
        });
      });
    },
    async until(promise) {
      let isSettled = false;
      const settled = (): void => {
        isSettled = true;
      };
      promise.then(settled, settled);
      for (let idle = 0; !isSettled; ) {
        await quiet();
        if (isSettled) break;
        if (wakeNext(Number.POSITIVE_INFINITY)) idle = 0;
        else if (++idle > 100) throw new Error("nobody sleeps, and the promise is still not settled");
      }
      return await promise;
    },
    async pass(ms) {
      const end = now + ms;
      await quiet();
      while (wakeNext(end)) await quiet();
      now = end;
      await quiet();
    },
    stall(ms) {
      now += ms;
    },
    sleepers: () => sleeping.length,
  };
}
