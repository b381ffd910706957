/** Pausing and resuming: a gate that denies in the backend, and a record that says why. */

import { ConfigError, type Identity, isPromise, longestHoldMs, whenKnown } from "@sluice/core/engine";
import { forgottenAfterMs, type Recorded, record } from "../records/record.ts";
import { words } from "../records/words.ts";
import { type Held, learn, sameInstantMs } from "./held.ts";
import type { Pause, PauseOptions, ResumeOptions } from "./limiter.ts";
import type { Limits } from "./limits.ts";
import type { Gate } from "./member.ts";

/** What is kept of the last pause of a name. */
interface Kept extends Pause {
  readonly resumedMs?: number;
  readonly resumedBy?: string;
}

/**
 * Holds every gate. `shorten` also where it was held for longer; without it the later end stays, as when many processes hear
 * of one overload, each of another end.
 */
export async function pause(limits: Limits, options: PauseOptions, shorten = true): Promise<void> {
  const { gates, time, held } = limits;
  const block = needed(limits);
  const now = time.now();
  const { reason, by } = checkReason(options);
  const forMs = lengthOf(options, now);
  const kept: Pause = { reason, by, sinceMs: now, ...(forMs === longestHoldMs ? {} : { untilMs: now + forMs }) };
  for (const gate of gates) {
    // Blocked first: to hold matters more than to say why.
    await block(gate, forMs, { shorten });
    const wholeAfterMs = shorten ? forMs + gate.rampMs : await wholeAfter(limits, gate);
    const known = learn(held, gate, wholeAfterMs, time.now());
    if (!shorten && wholeAfterMs > forMs + gate.rampMs + sameInstantMs) continue;
    if (known) known.pause = kept;
    await recordOf(limits, gate).update(() => kept);
    limits.metrics?.count({ type: "paused", limit: gate.limit, key: gate.key, reason, by });
  }
}

/** Opens every gate that is closed. */
export async function resume(limits: Limits, { ramp = true, by: asked }: ResumeOptions = {}): Promise<void> {
  const by = asked === undefined ? undefined : words("by of resume()", asked, longestBy);
  const { gates, time, held, backend } = limits;
  const block = needed(limits);
  for (const gate of gates) {
    const wholeAfterMs = await wholeAfter(limits, gate);
    // Where the rate grows already, there is only the ramp to be ended.
    if (wholeAfterMs === 0 || (ramp && wholeAfterMs <= gate.rampMs)) {
      learn(held, gate, wholeAfterMs, time.now());
      continue;
    }
    if (ramp) await block(gate, 0, { shorten: true });
    else await backend.reset?.(identityOf(gate));
    const now = time.now();
    held.delete(gate.id);
    if (ramp) learn(held, gate, gate.rampMs, now);
    const note = { resumedMs: now, ...(by === undefined ? {} : { resumedBy: by }) };
    await recordOf(limits, gate).update((last) => ({ ...(last ?? unknown(now)), ...note }));
    limits.metrics?.count({ type: "resumed", limit: gate.limit, key: gate.key, by });
  }
}

/** Why a closed gate is closed, for those who are denied: read once for each pause. */
export function pauseOf(limits: Limits, gate: Gate, now: number): Pause | undefined | Promise<Pause | undefined> {
  const known = limits.held.get(gate.id);
  if (known === undefined || known.pause !== undefined || limits.backend.lease === undefined) return known?.pause;
  return whenKnown(recordOf(limits, gate).look(), (kept) => {
    known.pause = told(kept, known, gate, now);
    return known.pause;
  });
}

/** The pause as it is told: a block that nobody wrote a reason for is told as that. */
function told(kept: Kept | undefined, { endsAtMs }: Held, { rampMs }: Gate, now: number): Pause {
  const untilMs = endsAtMs - rampMs;
  const ends = untilMs - now > longestHoldMs / 2 ? {} : { untilMs };
  // A record of a pause that is over does not explain this one. Clocks of other machines wrote it.
  const isOver = kept?.resumedMs !== undefined || (kept?.untilMs ?? now) < now - anHourMs;
  if (kept === undefined || isOver) return { ...unknown(now), ...ends };
  const { reason, by, sinceMs } = kept;
  const sameEnd = kept.untilMs !== undefined && Math.abs(kept.untilMs - untilMs) <= sameInstantMs;
  return { reason, by, sinceMs, ...(sameEnd ? { untilMs: kept.untilMs } : ends) };
}

const longestBy = 200;

const anHourMs = 3_600_000;
const aDayMs = 24 * anHourMs;

const unknown = (now: number): Pause => ({ reason: "no reason was recorded", by: "unknown", sinceMs: now });

/** How long until a gate is open and its rate whole; 0 if it is. */
async function wholeAfter({ backend }: Limits, gate: Gate): Promise<number> {
  const outcome = await backend.consume([{ ...identityOf(gate), cost: 1, mode: "peek" }]);
  return outcome.decisions[0]?.resetAfterMs ?? 0;
}

export function identityOf({ policy, key, shard }: Gate): Identity {
  return { policy, key, shard };
}

function recordOf({ backend }: Limits, { id }: Gate): Recorded<Kept> {
  return record(backend, `sluice/pause/${id}`, lasts);
}

/** What is over explains no pause. A day for clocks that differ, and for the time that it takes to write it. */
function lasts({ sinceMs, untilMs = Number.POSITIVE_INFINITY, resumedMs }: Kept): boolean {
  return resumedMs === undefined && untilMs - sinceMs > forgottenAfterMs - aDayMs;
}

function needed({ backend }: Limits): (gate: Gate, forMs: number, options: { shorten: boolean }) => Promise<void> {
  const { block, lease } = backend;
  if (block === undefined || lease === undefined || backend.reset === undefined) {
    const cure = "Use memory, sqlite, durable-object, redis or upstash.";
    throw new ConfigError("SLUICE_BACKEND_UNSUPPORTED", "this backend cannot pause a limit", backend.name, cure);
  }
  return async (gate, forMs, options) => {
    const done = block.call(backend, identityOf(gate), forMs, options);
    if (isPromise(done)) await done;
  };
}

export function checkReason({ reason, by }: PauseOptions): { readonly reason: string; readonly by: string } {
  return { reason: words("reason of pause()", reason, 500), by: words("by of pause()", by, longestBy) };
}

/** How long to pause, in whole milliseconds; a hundred years for a pause without end. */
export function lengthOf({ forMs, until }: PauseOptions, now: number): number {
  if (forMs === undefined && until === undefined) return longestHoldMs;
  if (forMs !== undefined && until !== undefined) {
    throw new ConfigError("SLUICE_OPTION_TYPE", "pause() takes forMs or until", "both", "Leave one out.");
  }
  const ms = Math.ceil(forMs ?? Number(until) - now);
  if (ms > 0 && ms < longestHoldMs / 2) return ms;
  const [option, value] = forMs === undefined ? (["until", until] as const) : (["forMs", forMs] as const);
  const problem = `${option} of pause() has to lie ahead, within fifty years`;
  throw new ConfigError("SLUICE_OPTION_TYPE", problem, value, "Leave it out for a pause without end.");
}
