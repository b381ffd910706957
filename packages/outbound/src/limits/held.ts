/** What this process knows of pauses: which gates are closed or were a moment ago, until when, and why. */

import { type Backend, longestHoldMs } from "@sluice/core/engine";
import type { Pause } from "./limiter.ts";
import type { Gate } from "./member.ts";

/** A gate that is closed, or was so recently that the rate still grows. */
export interface Held {
  /** When the rate is whole again, by this process's clock. */
  endsAtMs: number;
  /** Why, as far as this process has read it. */
  pause: Pause | undefined;
  /** For each key what this process has taken of the growing rate. */
  readonly taken: Map<string, Taken>;
}

/** The places of one key in a growing rate. */
export interface Taken {
  /** The earliest slot behind those that were taken. */
  nextMs: number;
  /** What those that are being asked for will take of it. */
  askedMs: number;
}

/** How gates stand: `open`, `growing` or `paused`. */
export type Standing = "open" | "growing" | "paused";

/** Two instants that differ by no more tell of the same pause: answers travel, and clocks are read twice. */
export const sameInstantMs = 250;

/** The end of a pause that nobody has set is told as none. */
const endlessMs = longestHoldMs / 2;

// By backend, since limiters of one name are often made in several places of one process.
const byBackend = new WeakMap<Backend, Map<string, Held>>();

/** The gates of a backend that are known not to be open. */
export function heldOn(backend: Backend): Map<string, Held> {
  let gates = byBackend.get(backend);
  if (gates === undefined) {
    gates = new Map();
    byBackend.set(backend, gates);
  }
  return gates;
}

/** How a gate stands at `now`, as far as is known. */
export function standing(held: Held | undefined, { rampMs }: Gate, now: number): Standing {
  if (held === undefined || held.endsAtMs <= now) return "open";
  return held.endsAtMs - now > rampMs ? "paused" : "growing";
}

/** How long a paused gate holds everybody, in whole milliseconds; undefined for one that is not paused. */
export function opensIn(held: Held | undefined, gate: Gate, now: number): number | undefined {
  if (held === undefined || standing(held, gate, now) !== "paused") return undefined;
  return Math.ceil(held.endsAtMs - gate.rampMs + 1 - now);
}

/** Remembers what a backend has told: that the rate is whole in `wholeAfterMs`. */
export function learn(gates: Map<string, Held>, { id }: Gate, wholeAfterMs: number, now: number): Held | undefined {
  if (wholeAfterMs <= 0) {
    gates.delete(id);
    return undefined;
  }
  const endsAtMs = now + wholeAfterMs;
  const known = gates.get(id);
  if (known !== undefined && Math.abs(known.endsAtMs - endsAtMs) <= sameInstantMs) {
    known.endsAtMs = endsAtMs;
    return known;
  }
  const held = { endsAtMs, pause: undefined, taken: new Map<string, Taken>() };
  gates.set(id, held);
  return held;
}

/** The wait as it is told: none for the end of time. */
export function finite(ms: number | undefined): number | undefined {
  return ms === undefined || ms > endlessMs ? undefined : ms;
}
