/** How long a round trip to a backend usually takes: what is asked before a slot is asked so much earlier. */

import type { Backend } from "@sluice/core/engine";

export interface Trips {
  /** Milliseconds, an average of the last ones; undefined before the first. */
  usualMs: number | undefined;
}

const byBackend = new WeakMap<Backend, Trips>();

export function tripsTo(backend: Backend): Trips {
  let trips = byBackend.get(backend);
  if (trips === undefined) {
    trips = { usualMs: undefined };
    byBackend.set(backend, trips);
  }
  return trips;
}

/** Counts a trip in: shorter ones weigh more, since the first one often has to connect. Returns by how much it was longer than usual. */
export function tripTook(trips: Trips, ms: number): number {
  const { usualMs } = trips;
  if (usualMs === undefined) trips.usualMs = ms;
  else trips.usualMs = usualMs + (ms - usualMs) / (ms < usualMs ? 2 : 8);
  return Math.max(0, ms - 2 * (usualMs ?? 0));
}
