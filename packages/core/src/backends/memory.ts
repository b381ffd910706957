/** Counts in this process: synchronous, exact, bounded; nothing is started and nothing waits. */

import { type State, stepsOf } from "../algorithms/compile.ts";
import { type Counters, counters } from "../algorithms/counters.ts";
import { type Cell, decide, decideOne, isPlain } from "../algorithms/decide.ts";
import type { Steps } from "../algorithms/steps.ts";
import type { Backend, Features, Settlement } from "../engine/backend.ts";
import {
  type Charge,
  checkIdentity,
  counterName,
  type Identity,
  mergeCharges,
  type Outcome,
  unmergedOutcome,
} from "../engine/charge.ts";
import { type Clock, systemClock, watched } from "../engine/clock.ts";
import { aClock, aCount, checkOptions, type Rules } from "../engine/options.ts";
import type { Policy } from "../engine/policy.ts";
import { settleOnce } from "../engine/settle-once.ts";

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
  acrossShards: true,
};

const rules: Rules = { maxKeys: aCount, clock: aClock };

/** A policy's steps, and the counters that its unsharded and its sharded keys live in. */
interface Bound {
  readonly steps: Steps<State>;
  readonly plain: Counters;
  readonly sharded: Counters;
}

interface Place {
  readonly steps: Steps<State>;
  readonly home: Counters;
  readonly name: string;
}

/**
 * Keeps counts in this process.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`.
 */
export function memory(options: MemoryOptions = {}): MemoryBackend {
  checkOptions("memory()", options, rules);
  const { maxKeys = 100_000 } = options;
  const clock = watched(options.clock ?? systemClock);
  const tables = new Map<string, Counters>();
  const bindings = new WeakMap<Policy, Bound>();
  const due = settleOnce();

  const table = (name: string, steps: Steps<State>): Counters => {
    const found = tables.get(name) ?? counters(maxKeys);
    tables.set(name, found);
    found.serve(steps);
    return found;
  };

  const bind = (policy: Policy): Bound => {
    const steps = stepsOf(policy);
    const name = counterName(policy);
    const bound = { steps, plain: table(name, steps), sharded: table(`#${name}`, steps) };
    bindings.set(policy, bound);
    return bound;
  };

  let last: Policy | undefined;
  let lastBound: Bound | undefined;
  const boundOf = (policy: Policy): Bound => {
    if (policy === last) return lastBound as Bound;
    const bound = bindings.get(policy) ?? bind(policy);
    last = policy;
    lastBound = bound;
    return bound;
  };

  /** Where a counter lives, and under which name. */
  const locate = (identity: Identity): Place => {
    checkIdentity(identity);
    const { policy, key, shard } = identity;
    const { steps, plain, sharded: apart } = boundOf(policy);
    return shard === undefined ? { steps, home: plain, name: key } : { steps, home: apart, name: sharded(shard, key) };
  };

  const cell: Cell = { state: { used: 0, end: 0 } };
  const decideSingle = (charge: Charge): Outcome => {
    const now = clock.now();
    const { steps, home, name } = locate(charge);
    const row = home.row(name);
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
    const [only] = charges;
    if (charges.length === 1 && isPlain(only as Charge)) return decideSingle(only as Charge);
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
      for (const group of groups) {
        const charges = mergeCharges(group)?.charges ?? group;
        const steps = charges.map(({ policy }) => boundOf(policy).steps);
        const unused = steps.map(({ empty }) => empty);
        decide(charges, steps, unused, 0);
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

    size() {
      let keys = 0;
      for (const { size } of tables.values()) keys += size();
      return keys;
    },
  };
}

/** One string for shard and key that no other pair gives. */
function sharded(shard: string, key: string): string {
  return `${shard.length}:${shard}${key}`;
}
