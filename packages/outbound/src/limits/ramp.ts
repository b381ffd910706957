/** The growing rate after a pause: one probe, then ever more, paid for in a bucket beside the limit. */

import type { Identity, Policy } from "@sluice/core/engine";
import type { Held, Taken } from "./held.ts";
import type { Member } from "./member.ts";

/** What a place in the growing rate costs beside the limit itself. */
export interface RampCharge extends Identity {
  readonly member: Member;
  readonly held: Held;
  readonly units: number;
  /** How long the next one has to wait for this one. */
  readonly spacingMs: number;
}

/** The share of the rate at which it starts. */
const leastShare = 1 / 8;

const nothing: Taken = { nextMs: 0, askedMs: 0 };

const periodMs = { day: 86_400_000, week: 604_800_000, month: 2_592_000_000 };

/**
 * The charge of a place that may start now or, `ahead`, when the places taken before it have; undefined when that is not
 * before the rate is whole.
 *
 * The bucket drains at the limit's own rate and holds exactly this charge, so that one place follows another; each costs the
 * more the smaller the share of the rate is at its slot. A rate that drained slower instead would let later callers, who
 * drain it faster, overtake.
 */
export function rampCharge(
  member: Member,
  held: Held,
  cost: number,
  ahead: boolean,
  now: number,
): RampCharge | undefined {
  const { policy, key, shard, gate } = member;
  if (gate === undefined) return undefined;
  const taken = held.taken.get(key) ?? nothing;
  const slot = ahead ? Math.max(now, taken.nextMs) + taken.askedMs : now;
  const left = held.endsAtMs - slot;
  if (left <= 0) return undefined;
  const share = Math.max(leastShare, 1 - left / gate.rampMs);
  const windowMs = policy.algorithm === "calendar" ? periodMs[policy.period] : policy.windowMs;
  // Eighths of a unit, so that shares are told apart; no finer than can be counted.
  const grain = policy.limit > 100_000 ? 1 : 8;
  const unitMs = windowMs / (policy.limit * grain);
  // Whatever the rate, nothing of it outlasts the growing.
  const units = Math.max(1, Math.min(Math.ceil((cost * grain) / share), Math.ceil(left / unitMs)));
  const paced: Policy = {
    name: `${policy.name}.ramp`,
    algorithm: "token-bucket",
    limit: policy.limit * grain,
    windowMs,
    burst: units,
  };
  return { policy: paced, key, shard, member, held, units, spacingMs: units * unitMs };
}

/**
 * Remembers that a place is being asked for, so that those who ask meanwhile reckon with it; the function, that it was
 * answered: with its slot, or undefined for none.
 */
export function askingRamp({ key, held, spacingMs }: RampCharge): (slotMs: number | undefined) => void {
  const taken = held.taken.get(key) ?? { ...nothing };
  held.taken.set(key, taken);
  taken.askedMs += spacingMs;
  return (slotMs) => {
    taken.askedMs -= spacingMs;
    if (slotMs !== undefined) taken.nextMs = Math.max(taken.nextMs, slotMs + spacingMs);
  };
}
