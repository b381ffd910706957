/** All or nothing: several charges, the steps and states of their counters, one instant, one outcome. */

import { type Charge, checkIdentity, type Decision, hundredths, type Outcome } from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import type { State } from "./compile.ts";
import type { Reading, Steps } from "./steps.ts";

/**
 * Decides charges of distinct counters at `now` and replaces their `states` by what follows.
 *
 * A state that is unchanged stays the same object, so that the caller writes only what it must. Pure but for that.
 *
 * @throws ConfigError `SLUICE_COST`, `SLUICE_CHARGE_KEY`, `SLUICE_CHARGE_MODE` or `SLUICE_DELAY_UNSUPPORTED`.
 */
export function decide(
  charges: readonly Charge[],
  steps: readonly Steps<State>[],
  states: State[],
  now: number,
): Outcome {
  const count = charges.length;
  const least: number[] = [];
  const waits: number[] = [];
  let delay = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const charge = charges[i] as Charge;
    const step = steps[i] as Steps<State>;
    const units = leastUnits(charge, step);
    const state = step.observe(states[i] as State, now);
    states[i] = state;
    least.push(units);
    waits.push(units === 0 ? 0 : step.earliest(state, units, now) - now);
    if (charge.mode !== "shadow") delay = Math.min(delay, acceptedDelay(charge, step));
  }

  let allowed = true;
  let wait = 0;
  for (let i = 0; i < count; i++) {
    if ((charges[i] as Charge).mode === "shadow") continue;
    const own = waits[i] as number;
    if (own > wait) wait = own;
    if (own > delay) allowed = false;
  }
  const at = allowed ? now + wait : now;

  const decisions: Decision[] = [];
  for (let i = 0; i < count; i++) {
    const charge = charges[i] as Charge;
    const step = steps[i] as Steps<State>;
    const own = waits[i] as number;
    // A shadow goes along to the slot, but only where there are slots: any other window would forget what it has now.
    const when = step.delays ? at : now;
    const patience = charge.mode === "shadow" ? when - now : delay;
    const fits = own <= patience;
    let charged = 0;
    let receipt: number | undefined;
    if (allowed && fits && charge.mode !== "peek") {
      const state = states[i] as State;
      charged = booked(charge, step, state, least[i] as number, when);
      if (charged > 0) {
        receipt = step.receipt(state, when, now);
        states[i] = step.book(state, charged, when, now);
      }
    }
    const retryAfterMs = fits || own === Number.POSITIVE_INFINITY ? undefined : own - patience;
    decisions.push(answer(charge, step.read(states[i] as State, now), fits, charged, receipt, retryAfterMs));
  }
  const finite = wait === Number.POSITIVE_INFINITY ? undefined : wait - delay;
  return {
    allowed,
    retryAfterMs: allowed ? undefined : finite,
    delayMs: allowed && wait > 0 ? wait : undefined,
    decisions,
  };
}

/** Where {@link decideOne} finds a state and leaves what follows. */
export interface Cell {
  state: State;
}

/** Whether {@link decideOne} may decide this charge: it has no mode or least cost. */
export function isSimple(charge: Charge): boolean {
  return charge.mode === undefined && charge.minCost === undefined;
}

/** Whether this charge asks for now or never, too. */
export function isPlain(charge: Charge): boolean {
  return isSimple(charge) && charge.maxDelayMs === undefined;
}

/** What {@link decide} says of a single simple charge, in a third of the time: most requests ask just this. */
export function decideOne(charge: Charge, step: Steps<State>, cell: Cell, now: number): Outcome {
  const units = leastUnits(charge, step);
  const delay = acceptedDelay(charge, step);
  let state = step.observe(cell.state, now);
  const wait = units === 0 ? 0 : step.earliest(state, units, now) - now;
  let receipt: number | undefined;
  if (wait <= delay && units > 0) {
    receipt = step.receipt(state, now + wait, now);
    state = step.book(state, units, now + wait, now);
  }
  cell.state = state;
  return outcomeOf(charge, units, delay, wait, receipt, step.read(state, now));
}

/** What became of a single simple charge that fits after `wait`, and was booked if that is within `delay`. */
export function outcomeOf(
  charge: Charge,
  units: number,
  delay: number,
  wait: number,
  receipt: number | undefined,
  reading: Reading,
): Outcome {
  const allowed = wait <= delay;
  const retryAfterMs = allowed || wait === Number.POSITIVE_INFINITY ? undefined : wait - delay;
  const booking = allowed && units > 0 ? receipt : undefined;
  const decision = answer(charge, reading, allowed, allowed ? units : 0, booking, retryAfterMs);
  return { allowed, retryAfterMs, delayMs: allowed && wait > 0 ? wait : undefined, decisions: [decision] };
}

/** One flat object with every field, so that all decisions have one shape. */
function answer(
  charge: Charge,
  { remaining, resetAfterMs, windowAfterMs }: Reading,
  allowed: boolean,
  charged: number,
  receipt: number | undefined,
  retryAfterMs: number | undefined,
): Decision {
  return {
    policy: charge.policy,
    key: charge.key,
    shard: charge.shard,
    cost: charge.cost,
    allowed,
    charged: charged / 100,
    remaining,
    resetAfterMs,
    windowAfterMs,
    retryAfterMs,
    receipt,
    via: undefined,
  };
}

/** The units that must fit for the charge to be allowed, a multiple of the algorithm's grain. */
export function leastUnits(charge: Charge, step: Steps<State>): number {
  checkIdentity(charge);
  const { mode } = charge;
  if (mode !== undefined && mode !== "charge" && mode !== "peek" && mode !== "shadow") {
    throw new ConfigError("SLUICE_CHARGE_MODE", "a mode is charge, peek or shadow", mode, "Leave it out to charge.");
  }
  const units = grained(charge.cost, step);
  return charge.minCost === undefined ? units : Math.min(units, grained(charge.minCost, step));
}

/** A cost in hundredths, in the algorithm's grain. */
export function grained(cost: number, step: Steps<State>): number {
  const units = hundredths(cost);
  if (step.grain === 100 && units % 100 !== 0) {
    const cure = "Use another algorithm for costs in fractions.";
    throw new ConfigError("SLUICE_COST", "a sliding-log takes whole costs", cost, cure);
  }
  return units;
}

/** What is booked of a charge whose least fits: all of it, or with `minCost` what is there. */
function booked(charge: Charge, step: Steps<State>, state: State, least: number, at: number): number {
  if (charge.minCost === undefined) return least;
  const available = step.available(state, at);
  return Math.max(least, Math.min(grained(charge.cost, step), available - (available % step.grain)));
}

/** How far ahead a slot may be for this charge. */
export function acceptedDelay(charge: Charge, step: Steps<State>): number {
  const { maxDelayMs = 0, policy } = charge;
  if (maxDelayMs === 0) return 0;
  if (!(maxDelayMs > 0)) {
    const cure = "Give a number of milliseconds, or leave it out.";
    throw new ConfigError("SLUICE_OPTION_TYPE", "maxDelayMs is 0 or more", maxDelayMs, cure);
  }
  if (!step.delays) {
    const cure = "Slots ahead exist in token-bucket and sliding-log.";
    throw new ConfigError("SLUICE_DELAY_UNSUPPORTED", "this algorithm books nothing ahead", policy.algorithm, cure);
  }
  // Slots are whole milliseconds; what can never fit, at Infinity, is beyond all patience.
  return Math.min(Math.floor(maxDelayMs), Number.MAX_SAFE_INTEGER);
}
