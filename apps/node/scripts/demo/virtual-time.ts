/** A clock that runs faster than the wall's: an app, its backend and the services it calls all go by it. */

import { setTimeout as timer } from "node:timers/promises";
import type { LocalTime } from "@sluice/outbound";

/** A timer of the wall is set for no longer than this, and looks again. */
const longestTimerMs = 60_000;

/**
 * Time from `startMs` on, `speed` times as fast. It stands still until it is first asked.
 *
 * In one turn of the event loop it goes no further than `mostAtOnceMs` says, if that is given: where everybody who goes by it
 * lives in this process, a machine that stalls holds all of them up alike, and what was on its way does not arrive minutes late.
 */
export function virtualTime(startMs: number, speed: number, mostAtOnceMs?: () => number): LocalTime {
  let [baseMs, baseAt] = [startMs, Number.NaN];
  let mostMs = Number.POSITIVE_INFINITY;
  let shownMs = startMs;
  const exact = (): number => {
    const passed = (performance.now() - baseAt) * speed;
    // Both as it was when the turn began and as it is: in the midst of a turn it may be neither.
    return baseMs + (mostAtOnceMs === undefined ? passed : Math.min(passed, mostMs, mostAtOnceMs()));
  };
  const begin = (): void => {
    baseAt = performance.now();
    if (mostAtOnceMs === undefined) return;
    mostMs = mostAtOnceMs();
    setInterval(() => {
      [baseMs, baseAt] = [Math.max(exact(), shownMs), performance.now()];
      mostMs = mostAtOnceMs();
    }, 1).unref();
  };
  const now = (): number => {
    if (Number.isNaN(baseAt)) begin();
    // What may pass at once can become less meanwhile; what was told stays told.
    shownMs = Math.max(shownMs, Math.floor(exact()));
    return shownMs;
  };
  return {
    now,
    async sleep(ms, signal) {
      const until = now() + ms;
      signal?.throwIfAborted();
      for (let left = until - now(); left > 0; left = until - now()) {
        try {
          await timer(Math.min(Math.ceil(left / speed), longestTimerMs), undefined, { signal });
        } catch (error) {
          // Node wraps the reason in an error of its own.
          throw signal?.aborted ? signal.reason : error;
        }
      }
    },
  };
}
