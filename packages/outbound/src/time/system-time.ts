/** This process's clock and timers: every sleep has a timer of its own, which an abort takes back. */

import type { LocalTime } from "./local-time.ts";

/** The longest that timers can be set to; beyond it they wrap around and fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * The machine's time.
 *
 * A sleeper waits for its own timer and nothing else, since on Workers a promise that another request resolves is never
 * continued.
 */
export const systemTime: LocalTime = {
  now: () => Date.now(),

  async sleep(ms, signal) {
    let left = ms;
    let last = Date.now();
    signal?.throwIfAborted();
    while (left > 0) {
      const timerMs = Math.min(Math.ceil(left), longestTimerMs);
      await timer(timerMs, signal);
      const now = Date.now();
      // Timers fire up to a millisecond early. After a clock that stepped back, what was asked of the timer has passed.
      left -= now >= last ? now - last : timerMs;
      last = now;
      // Between two timers nobody listens.
      signal?.throwIfAborted();
    }
  },
};

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      clearTimeout(handle);
      reject(signal?.reason);
    };
    const handle = setTimeout(() => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    }, ms);
    signal?.addEventListener("abort", aborted, { once: true });
  });
}
