/** A time that passes only when nothing happens on sockets either: what waits for an answer is given a moment to get it. */

import { fakeStartMs } from "@sluice/core/testing";
import type { LocalTime } from "../src/time/local-time.ts";

interface Sleeper {
  readonly atMs: number;
  wake(): void;
}

/** A time, the hands that move it, and the `fetch` that it waits for. */
export interface SocketTime extends LocalTime {
  readonly fetch: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;
  /** Lets time pass from sleeper to sleeper until the promise is settled. Fails when nobody sleeps and it still is not. */
  until<T>(promise: Promise<T>): Promise<T>;
  /** Lets so much time pass, and wakes whoever is due. */
  pass(ms: number): Promise<void>;
  /** How many sleep now. */
  sleepers(): number;
}

/**
 * Both ends of every connection live in this process: when its event loop has turned so often without news of any request,
 * those that are under way wait for something else than the machine, however slow that is.
 */
const idleTurns = 20;

/** So long nobody may sleep while the promise is not settled: reading bodies is nobody's sleep. */
const givenUpMs = 5_000;

export function socketTime(startMs: number = fakeStartMs): SocketTime {
  let now = startMs;
  let sleeping: Sleeper[] = [];
  let underWay = 0;
  let news = 0;

  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const longTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

  /** Until no request is under way, or those that are wait for something else than the machine. */
  const rest = async (): Promise<void> => {
    for (let i = 0; i < 3; i++) await turn();
    for (let idle = 0, heard = news; underWay > 0 && idle < idleTurns; idle++) {
      await longTurn();
      if (heard !== news) idle = 0;
      heard = news;
    }
    for (let i = 0; i < 3; i++) await turn();
  };

  const wakeNext = (latest: number): boolean => {
    const next = sleeping.toSorted((a, b) => a.atMs - b.atMs)[0];
    if (next === undefined || next.atMs > latest) return false;
    sleeping = sleeping.filter((sleeper) => sleeper !== next);
    now = Math.max(now, next.atMs);
    next.wake();
    return true;
  };

  return {
    now: () => now,

    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const aborted = (): void => {
          sleeping = sleeping.filter((other) => other !== sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          atMs: now + Math.max(0, ms),
          wake() {
            signal?.removeEventListener("abort", aborted);
            resolve();
          },
        };
        sleeping.push(sleeper);
        signal?.addEventListener("abort", aborted, { once: true });
      });
    },

    async fetch(input, init) {
      underWay++;
      news++;
      try {
        return await fetch(input, init);
      } finally {
        underWay--;
        news++;
      }
    },

    async until(promise) {
      let isSettled = false;
      const settled = (): void => {
        isSettled = true;
      };
      promise.then(settled, settled);
      for (let idleSince: number | undefined; ; ) {
        await rest();
        if (isSettled) return promise;
        if (wakeNext(Number.POSITIVE_INFINITY)) {
          idleSince = undefined;
          continue;
        }
        idleSince ??= performance.now();
        if (performance.now() - idleSince > givenUpMs) throw new Error("nobody sleeps, and the promise is not settled");
      }
    },

    async pass(ms) {
      const end = now + ms;
      await rest();
      while (wakeNext(end)) await rest();
      now = end;
      await rest();
    },

    sleepers: () => sleeping.length,
  };
}
