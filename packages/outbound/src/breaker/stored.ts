/** A breaker's state as it is kept: what this version writes, and what it makes of what others wrote. */

import type { BreakerPhase } from "./breaker.ts";

/**
 * How a breaker stands, in a record that all processes change by compare-and-set.
 *
 * Its instants are by the clock of whoever opened it, which goes on by the backend's: now is `writtenMs` and the record's age. So
 * no process has to have the same time as another.
 */
export interface Stored {
  /** The version of this shape. */
  readonly v: 1;
  readonly phase: BreakerPhase;
  /** One more with every change of phase. */
  readonly generation: number;
  readonly sinceMs: number;
  /** When it was changed last. */
  readonly writtenMs: number;
  /** Of an open one: when probes may go out. */
  readonly untilMs?: number | undefined;
  /** Probes that were let out since it is half-open, and those of them that succeeded. */
  readonly probesTaken: number;
  readonly probesDone: number;
  /** Those that are under way, by their numbers: when they were let out. */
  readonly running: readonly (readonly [probe: number, atMs: number])[];
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
}

/** Before anybody wrote anything. */
export const neverOpened: Stored = {
  v: 1,
  phase: "closed",
  generation: 0,
  sinceMs: 0,
  writtenMs: 0,
  probesTaken: 0,
  probesDone: 0,
  running: [],
};

/** Longer than a day nothing is open by itself, whatever a record says. */
export const longestOpenMs = 86_400_000;

/** The most characters of a reason, and of who gave it. */
export const longestReason = 500;
export const longestBy = 200;

const phases: readonly unknown[] = ["closed", "open", "half-open", "isolated"] satisfies readonly BreakerPhase[];
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isInstant = (value: unknown): value is number => Number.isFinite(value);

/**
 * What a record says; undefined for one that says nothing.
 *
 * One of another version is honoured as far as its phase, generation and end can be read. How it counts its probes cannot be
 * known, so that a half-open one is left to those who wrote it for `probeTimeoutMs`, as if it were open.
 *
 * `ageMs` is how long ago it was written; `now`, by this process's clock, dates one that does not say when.
 */
export function readStored(raw: unknown, ageMs: number, now: number, probeTimeoutMs: number): Stored | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  const { v, phase, generation, sinceMs, writtenMs, untilMs, ...rest } = raw as {
    readonly [Name in keyof Stored]?: unknown;
  };
  if (!phases.includes(phase) || !isCount(generation)) return undefined;
  const since = isInstant(sinceMs) ? sinceMs : 0;
  const written = isInstant(writtenMs) ? writtenMs : now - ageMs;
  const stands = { ...neverOpened, generation, sinceMs: since, writtenMs: written, ...words(rest) };
  if (phase === "closed" || phase === "isolated") return { ...stands, phase };
  if (phase === "open") return isInstant(untilMs) ? { ...stands, phase, untilMs } : undefined;
  const { probesTaken, probesDone, running } = rest;
  if (v === 1 && isCount(probesTaken) && isCount(probesDone) && isRunning(running)) {
    return { ...stands, phase: "half-open", probesTaken, probesDone, running };
  }
  return { ...stands, phase: "open", sinceMs: written, untilMs: written + probeTimeoutMs };
}

function isRunning(value: unknown): value is Stored["running"] {
  if (!Array.isArray(value) || value.length > 50) return false;
  return value.every((one: unknown) => Array.isArray(one) && isCount(one[0]) && isInstant(one[1]));
}

function words({ reason, by }: { readonly reason?: unknown; readonly by?: unknown }): Pick<Stored, "reason" | "by"> {
  return {
    ...(typeof reason === "string" ? { reason: reason.slice(0, longestReason) } : {}),
    ...(typeof by === "string" ? { by: by.slice(0, longestBy) } : {}),
  };
}
