/** Sends scheduled requests when they are due, a bounded number of them at a time. */

import { setTimeout as sleep } from "node:timers/promises";
import type { LoggedRequest } from "./access-log.ts";
import type { Answer, Client, Outgoing } from "./client.ts";
import { type Route, routeOf } from "./route.ts";
import type { Scheduled } from "./schedule.ts";

/** What came of one request. */
export interface Replayed {
  readonly request: LoggedRequest;
  readonly route: Route;
  /** Undefined when there was none. */
  readonly answer: Answer | undefined;
  /** How much later than due it was sent. */
  readonly lateMs: number;
}

/** How many answers may be outstanding. */
export const mostInFlight = 64;

const outdated = '"outdated"';

/** Replays in real time divided by `speed`; ends early, without an error, when `signal` says so. */
export async function replay(
  scheduled: readonly Scheduled[],
  client: Client,
  speed: number,
  signal: AbortSignal,
  onReplayed: (replayed: Replayed) => void,
): Promise<void> {
  const etags = new Map<string, string>();
  const inFlight = new Set<Promise<void>>();
  const startedMs = performance.now();

  const send = async (request: LoggedRequest, lateMs: number): Promise<void> => {
    const route = routeOf(request);
    const { path, condition } = route;
    const etag = condition === "outdated" ? outdated : condition && etags.get(path);
    const answer = await client.send(outgoing(request, route, etag)).catch(() => undefined);
    const seen = answer?.headers.etag;
    if (seen !== undefined) etags.set(path, seen);
    onReplayed({ request, route, answer, lateMs });
  };

  for (const { request, afterMs } of scheduled) {
    const dueMs = startedMs + afterMs / speed;
    const waitMs = dueMs - performance.now();
    if (waitMs >= 1) await sleep(waitMs, undefined, { signal }).catch(() => {});
    while (inFlight.size >= mostInFlight) await Promise.race(inFlight);
    if (signal.aborted) break;
    const sent: Promise<void> = send(request, Math.max(0, performance.now() - dueMs)).finally(() =>
      inFlight.delete(sent),
    );
    inFlight.add(sent);
  }
  await Promise.all(inFlight);
}

function outgoing({ address, agent }: LoggedRequest, { method, path, user, body }: Route, etag: string | undefined) {
  const headers: Record<string, string> = { "X-Forwarded-For": address };
  // Bytes that no header may carry are left out.
  if (agent !== "") headers["User-Agent"] = agent.replace(/[^\x20-\x7e]/g, "");
  if (user !== undefined) headers["Authorization"] = `Bearer demo-${user}`;
  if (etag !== undefined) headers["If-None-Match"] = etag;
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    headers["Content-Length"] = String(Buffer.byteLength(body));
  }
  return { method, path, headers, body } satisfies Outgoing;
}
