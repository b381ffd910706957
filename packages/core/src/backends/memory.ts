/** Counts in this process: synchronous, exact, bounded; nothing is started and nothing waits. */

import { blocked } from "../algorithms/block.ts";
import type { State } from "../algorithms/compile.ts";
import { acceptedDelay, type Cell, decide, decideOne, isSimple, leastUnits, outcomeOf } from "../algorithms/decide.ts";
import type { Spent, Steps } from "../algorithms/steps.ts";
import type { Backend, BlockOptions, Features, Settlement } from "../engine/backend.ts";
import { checkBlock } from "../engine/block.ts";
import { type Charge, type Identity, mergeCharges, type Outcome, unmergedOutcome } from "../engine/charge.ts";
import { type Clock, systemClock, watched } from "../engine/clock.ts";
import { checkLease, type LeaseAnswer, type LeaseRequest } from "../engine/lease.ts";
import { aClock, aCount, checkOptions, type Rules } from "../engine/options.ts";
import { settleOnce } from "../engine/settle-once.ts";
import { type Leases, memoryLeases } from "./memory-leases.ts";
import { memoryPlaces, type Place } from "./memory-places.ts";

/** What `memory()` can be told. */
export interface MemoryOptions {
  /**
   * How many keys are kept for each policy; beyond it, old ones fold into a fixed table and nobody gains quota by it.
   * @default 100_000
   */
  readonly maxKeys?: number;
  /**
   * Dates the counts.
   * @default the machine's clock
   */
  readonly clock?: Clock;
}

/** A backend whose every answer is there at once. */
export interface MemoryBackend extends Backend {
  consume(charges: readonly Charge[]): Outcome;
  settle(entries: readonly Settlement[]): void;
  consumeEach(groups: readonly (readonly Charge[])[]): readonly Outcome[];
  reset(identity: Identity): void;
  block(identity: Identity, forMs: number, options?: BlockOptions): void;
  lease(request: LeaseRequest): LeaseAnswer;
  /** How many keys are held now, over all policies. */
  size(): number;
}

const features: Features = {
  scope: "process",
  exact: true,
  durable: false,
  remaining: true,
  cost: true,
  delay: true,
  settle: true,
  reset: true,
  block: true,
  lease: true,
  acrossShards: true,
};

/** So many names can be held at a time. */
const maxNames = 10_000;

const rules: Rules = { maxKeys: aCount, clock: aClock };

/**
 * Keeps counts in this process.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`.
 */
export function memory(options: MemoryOptions = {}): MemoryBackend {
  checkOptions("memory()", options, rules);
  const { maxKeys = 100_000 } = options;
  const clock = watched(options.clock ?? systemClock);
  const { bound, locate, size } = memoryPlaces(maxKeys);
  const due = settleOnce();
  let leases: Leases | undefined;

  const cell: Cell = { state: { used: 0, end: 0 } };
  // No whole numbers, so that its fields hold doubles from the start.
  const spent: Spent = { wait: NaN, remaining: NaN, resetAfterMs: NaN, windowAfterMs: NaN };
  const decideSingle = (charge: Charge): Outcome => {
    const { steps, home, name } = locate(charge);
    const now = clock.now();
    const row = home.row(name);
    if (row !== undefined && steps.delays) {
      const units = leastUnits(charge, steps);
      const delay = acceptedDelay(charge, steps);
      home.spend(row, steps, units, delay, now, spent);
      return outcomeOf(charge, units, delay, spent.wait, now + spent.wait, spent);
    }
    const before = home.view(row, name, steps);
    cell.state = before;
    const outcome = decideOne(charge, steps, cell, now);
    if (cell.state !== before) home.write(row, name, cell.state, now);
    return outcome;
  };

  const decideDistinct = (charges: readonly Charge[]): Outcome => {
    const now = clock.now();
    const places: Place[] = [];
    const steps: Steps<State>[] = [];
    const before: State[] = [];
    const states: State[] = [];
    for (let i = 0; i < charges.length; i++) {
      const place = locate(charges[i] as Charge);
      const state = place.home.state(place.home.row(place.name), place.name, place.steps);
      places.push(place);
      steps.push(place.steps);
      before.push(state);
      states.push(state);
    }
    const outcome = decide(charges, steps, states, now);
    for (let i = 0; i < charges.length; i++) {
      const { home, name } = places[i] as Place;
      const next = states[i] as State;
      // Looked up anew, since an earlier write may have evicted this row.
      if (next !== before[i]) home.write(home.row(name), name, next, now);
    }
    return outcome;
  };

  const consume = (charges: readonly Charge[]): Outcome => {
    const only = charges[0] as Charge;
    if (charges.length === 1 && isSimple(only)) return decideSingle(only);
    const merged = mergeCharges(charges);
    if (merged === undefined) return decideDistinct(charges);
    return unmergedOutcome(charges, merged, decideDistinct(merged.charges));
  };

  return {
    name: "memory",
    features,
    supports: () => undefined,
    consume,

    consumeEach(groups) {
      // All are asked of unused counters first: a mistake in one group books nothing in the others.
      const now = clock.now();
      for (const group of groups) {
        const charges = mergeCharges(group)?.charges ?? group;
        const steps = charges.map(({ policy }) => bound(policy).steps);
        const unused = steps.map(({ empty }) => empty);
        decide(charges, steps, unused, now);
      }
      return groups.map(consume);
    },

    settle(entries) {
      const settlements = due(entries);
      if (settlements.length === 0) return;
      const now = clock.now();
      for (const { decision, booked, final } of settlements) {
        const { receipt = now } = decision;
        if (final < booked && clock.isToldTwice(receipt)) continue;
        const { steps, home, name } = locate(decision);
        const row = home.row(name);
        const state = steps.observe(home.state(row, name, steps), now);
        home.write(row, name, steps.settle(state, receipt, booked, final, now), now);
      }
    },

    reset(identity) {
      const { steps, home, name } = locate(identity);
      home.write(home.row(name), name, steps.empty, clock.now());
    },

    block(identity, forMs, { shorten } = {}) {
      checkBlock(identity, forMs);
      const { steps, home, name } = locate(identity);
      const now = clock.now();
      const row = home.row(name);
      home.write(row, name, blocked(steps, home.state(row, name, steps), forMs, now, shorten), now);
    },

    lease(request) {
      checkLease(request);
      leases ??= memoryLeases(maxNames);
      return leases(request, clock.now());
    },

    size,
  };
}
