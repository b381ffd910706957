/** A clock that runs faster than the wall's: the app, its backend and the SMTP server all go by it. */

import { setTimeout as timer } from "node:timers/promises";
import type { LocalTime } from "@sluice/outbound";

/** A timer of the wall is set for no longer than this, and looks again. */
const longestTimerMs = 60_000;

/** Time from `startMs` on, `speed` times as fast. It stands still until it is first asked. */
export function virtualTime(startMs: number, speed: number): LocalTime {
  let begunAt: number | undefined;
  const now = (): number => {
    begunAt ??= performance.now();
    return startMs + Math.floor((performance.now() - begunAt) * speed);
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
