/** Waiting for a place that cannot be booked ahead: behind a pause, or in a window that starts anew. */

import type { Denial } from "./denial.ts";
import type { Answer } from "./limiter.ts";
import type { Limits } from "./limits.ts";
import { take } from "./take.ts";

/** Pauses may end early, and nobody wakes anybody: so often at most those who wait for the end of one look again. */
const napMs = 3_000;

/**
 * Takes a place, and where limits book nothing ahead or are paused sleeps as long as they say and asks again, until `untilMs`.
 *
 * Rejects with the signal's reason; nothing is booked then.
 */
export async function takeWaiting(
  limits: Limits,
  cost: number,
  untilMs: number,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  for (;;) {
    signal?.throwIfAborted();
    const answer = await take(limits, cost, Math.max(0, untilMs - limits.time.now()));
    if (answer.allowed) return answer;
    const waitMs = waitOf(limits, answer);
    if (waitMs === undefined || limits.time.now() + waitMs > untilMs) return answer;
    await limits.time.sleep(answer.because === "paused" ? Math.min(waitMs, napMs) : waitMs, signal);
  }
}

/** How long to sleep before asking again; undefined where only a slot would help. */
function waitOf({ delays }: Limits, { because, retryAfterMs }: Denial): number | undefined {
  return because === "paused" || (because === "limit" && !delays) ? retryAfterMs : undefined;
}
