/** How a breaker comes to stand otherwise: pure steps from one state to the next, the same object where nothing changes. */

import type { CallResult } from "./breaker.ts";
import { longestOpenMs, neverOpened, type Stored } from "./stored.ts";

/** The numbers that transitions go by. */
export interface BreakerNumbers {
  readonly openMs: number;
  readonly probes: number;
  readonly probeTimeoutMs: number;
}

/** Too many calls that began under `generation` have failed. */
export function tripped(
  state: Stored,
  generation: number,
  now: number,
  numbers: BreakerNumbers,
  reason: string,
): Stored {
  if (state.phase !== "closed" || state.generation !== generation) return state;
  return opened(state, now, numbers, reason);
}

/** Lets one probe out if there is a place for it; its number is then `probesTaken`. */
export function probeTaken(state: Stored, now: number, numbers: BreakerNumbers): Stored {
  if (state.phase === "open" && openFor(state, now) === 0) {
    return { ...begun(state, "half-open", now), probesTaken: 1, running: [[1, now]], ...whyOf(state) };
  }
  if (state.phase !== "half-open" || placeFreeAfter(state, now, numbers) > 0) return state;
  const probesTaken = state.probesTaken + 1;
  return { ...state, writtenMs: now, probesTaken, running: [...inTime(state, now, numbers), [probesTaken, now]] };
}

/**
 * A probe has come back. All of them have to succeed, and one failure is enough, also of a probe whose time was over. One that
 * tells nothing leaves its place to another.
 */
export function probeEnded(
  state: Stored,
  { generation, probe }: { readonly generation: number; readonly probe: number },
  result: CallResult,
  now: number,
  numbers: BreakerNumbers,
): Stored {
  if (state.phase !== "half-open" || state.generation !== generation) return state;
  if (result === "failure") return opened(state, now, numbers, "a probe failed");
  const running = state.running.filter(([number]) => number !== probe);
  // Another may have gone out in its place, and all of them together are no more than were to be.
  if (running.length === state.running.length) return state;
  if (result === "ignored") return { ...state, writtenMs: now, running };
  const probesDone = state.probesDone + 1;
  return probesDone >= numbers.probes ? begun(state, "closed", now) : { ...state, writtenMs: now, running, probesDone };
}

/** Somebody opens it. */
export function isolated(state: Stored, now: number, why: { readonly reason: string; readonly by: string }): Stored {
  return { ...begun(state, "isolated", now), ...why };
}

/** Somebody closes it. */
export function closedBy(state: Stored, now: number, by: string | undefined): Stored {
  if (state.phase === "closed") return state;
  return { ...begun(state, "closed", now), ...(by === undefined ? {} : { by }) };
}

/** How long until there is a place for a probe, at the latest; 0 if there is one. */
export function placeFreeAfter(state: Stored, now: number, numbers: BreakerNumbers): number {
  const running = inTime(state, now, numbers);
  if (running.length + state.probesDone < numbers.probes) return 0;
  const ends = running.map(([, atMs]) => atMs + numbers.probeTimeoutMs - now);
  // Without one that runs, others have been told of more probes than this process has, and let it close.
  return ends.length === 0 ? 0 : Math.max(1, Math.min(...ends));
}

/** How long an open one stays so. No longer than it was to be, and than a day, whatever is written. */
export function openFor({ sinceMs, untilMs = sinceMs }: Stored, now: number): number {
  return Math.max(0, Math.min(untilMs - now, untilMs - sinceMs, longestOpenMs));
}

function opened(state: Stored, now: number, { openMs }: BreakerNumbers, reason: string): Stored {
  return { ...begun(state, "open", now), untilMs: now + openMs, reason };
}

function begun({ generation }: Stored, phase: Stored["phase"], now: number): Stored {
  return { ...neverOpened, phase, generation: generation + 1, sinceMs: now, writtenMs: now };
}

/** What people are told of an open one holds on while it is probed. */
function whyOf({ reason, by }: Stored): Pick<Stored, "reason" | "by"> {
  return { ...(reason === undefined ? {} : { reason }), ...(by === undefined ? {} : { by }) };
}

/** Probes that may still come back. None was let out in times to come. */
function inTime({ running }: Stored, now: number, { probeTimeoutMs }: BreakerNumbers): Stored["running"] {
  return running.filter(([, atMs]) => Math.abs(now - atMs) < probeTimeoutMs);
}
