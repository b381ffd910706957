/** Counts as they change, pushed to whoever watches: the same that polling gives, at one question for all. */

import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { GuardedEnv } from "../access/guard.ts";
import type { DecisionsAdmin } from "../admin/decisions-admin.ts";
import { problemOf } from "./problems.ts";

export interface LiveStreamOptions {
  /** Milliseconds between two messages. @default 2_000 */
  readonly everyMs?: number | undefined;
  /** A stream ends after so long, and the browser asks again. @default 300_000 */
  readonly longestMs?: number | undefined;
  /** Streams at a time in this process; whoever comes later polls. @default 50 */
  readonly most?: number | undefined;
}

/** `GET /live`: each message is one answer of `live()`. Ends when the client goes. */
export function liveStream(decisions: Pick<DecisionsAdmin, "live">, options: LiveStreamOptions = {}): Hono<GuardedEnv> {
  const { everyMs = 2_000, longestMs = 300_000, most = 50 } = options;
  // When each will have ended: on Workers nothing runs any more for a client that went, not even the end of this.
  const open = new Map<symbol, number>();
  return new Hono<GuardedEnv>().get("/live", (c) => {
    if (c.req.method === "HEAD") return c.body(null, 200, { "Content-Type": "text/event-stream" });
    for (const [slot, endMs] of open) if (endMs <= Date.now()) open.delete(slot);
    if (open.size >= most) {
      c.header("Retry-After", `${Math.ceil(everyMs / 1_000)}`);
      return problemOf(
        c,
        503,
        "too-many-streams",
        "Too many pages watch already. Ask api/live every few seconds instead.",
      );
    }
    const slot = Symbol();
    open.set(slot, Date.now() + longestMs);
    const answer = streamSSE(c, async (stream) => {
      const { promise: over, resolve: end } = Promise.withResolvers<void>();
      stream.onAbort(end);
      // Also the end for a client that reads nothing and does not go.
      const last = setTimeout(() => stream.abort(), longestMs);
      try {
        for (let isFirst = true; !stream.aborted; isFirst = false) {
          const message = await Promise.race([told(decisions), over]);
          if (message === undefined) break;
          await Promise.race([stream.writeSSE({ ...message, ...(isFirst && { retry: everyMs }) }), over]);
          await pause(everyMs, over);
        }
      } finally {
        clearTimeout(last);
        open.delete(slot);
      }
    });
    // A proxy that collects answers before it passes them on would show nothing for five minutes.
    answer.headers.set("X-Accel-Buffering", "no");
    answer.headers.set("Cache-Control", "no-store");
    return answer;
  });
}

/** The counts; where they cannot be had, that: the page goes on with what it shows. */
async function told(decisions: Pick<DecisionsAdmin, "live">): Promise<{ data: string; event?: string }> {
  try {
    return { data: JSON.stringify(await decisions.live()) };
  } catch {
    return { event: "trouble", data: "The database does not answer." };
  }
}

/** Ends early when the stream does: no timer waits for whoever is not there. */
async function pause(ms: number, over: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, over]);
  clearTimeout(timer);
}
