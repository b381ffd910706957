/** When each request is sent: hour by hour, in the order of the log, spread evenly, because the log's minutes are of no use. */

import { hourInMs, type LoggedRequest } from "./access-log.ts";

/** A request and its time. */
export interface Scheduled {
  readonly request: LoggedRequest;
  /** Milliseconds of the log's own time after the first hour began. */
  readonly afterMs: number;
}

/** Every request with its time, in order. */
export function schedule(requests: readonly LoggedRequest[]): Scheduled[] {
  const hours = Map.groupBy(requests, ({ hourMs }) => hourMs);
  const ordered = [...hours].sort(([a], [b]) => a - b);
  const firstMs = ordered[0]?.[0] ?? 0;
  return ordered.flatMap(([hourMs, within]) =>
    within.map((request, index) => ({ request, afterMs: hourMs - firstMs + (index / within.length) * hourInMs })),
  );
}

/** How long the log lasts, from its first hour to the end of its last, in milliseconds of its own time. */
export function lengthMs(scheduled: readonly Scheduled[]): number {
  const last = scheduled.at(-1);
  return last === undefined ? 0 : Math.floor(last.afterMs / hourInMs) * hourInMs + hourInMs;
}
