/** The pure steps over a plain map: slow, unbounded and as literal as can be; what random histories compare with. */

import { blocked } from "../algorithms/block.ts";
import { type State, stepsOf } from "../algorithms/compile.ts";
import { decide } from "../algorithms/decide.ts";
import { type LeaseState, leaseStep } from "../algorithms/lease.ts";
import type { Steps } from "../algorithms/steps.ts";
import type { Backend, Features } from "../engine/backend.ts";
import { checkBlock } from "../engine/block.ts";
import {
  type Charge,
  counterName,
  type Decision,
  hundredths,
  type Identity,
  mergeCharges,
  type Outcome,
  unmergedOutcome,
} from "../engine/charge.ts";
import { type Clock, type WatchedClock, watched } from "../engine/clock.ts";
import { checkLease } from "../engine/lease.ts";
import type { Policy } from "../engine/policy.ts";

/** Nothing but the algorithms, to hold other backends against. */
export interface ReferenceBackend extends Backend {
  /** To be called whenever the time was moved: notes which counters a backend may drop because they are idle. */
  moved(): void;
  /**
   * Whether backends that are right differ about this counter, or about settling this decision.
   *
   * A counter that was idle under the policy that wrote it last, and by another rate or a clock set back is not idle now:
   * whoever dropped it meanwhile starts afresh, whoever kept it does not. A receipt from a stretch of time that was told
   * twice while only some had reason to look at the clock: whoever saw it gives nothing back.
   */
  eitherWay(subject: Identity & Pick<Partial<Decision>, "receipt">): boolean;
}

interface Counter {
  readonly state: State;
  readonly writtenBy: Policy;
  readonly writtenAt: number;
  droppable: boolean;
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

/** The pure steps as a backend. */
export function reference(clock: Clock): ReferenceBackend {
  const counters = new Map<string, Counter>();
  const settled = new Set<Decision>();
  const leases = new Map<string, LeaseState>();
  const compiled = new Map<Policy, Steps<State>>();
  // Sees what any backend can have seen; those of places only what every backend has, also one that keeps each shard, and
  // each key without one, in a place with a watch of its own.
  const everyMove = watched(clock);
  const places = new Map<string, WatchedClock>();

  const placeOf = ({ shard, key }: Identity): WatchedClock => {
    const name = shard === undefined ? `key ${key}` : `shard ${shard}`;
    const place = places.get(name) ?? watched(clock);
    places.set(name, place);
    return place;
  };

  const stepsFor = (policy: Policy): Steps<State> => {
    const steps = compiled.get(policy) ?? stepsOf(policy);
    compiled.set(policy, steps);
    return steps;
  };

  const write = (identity: Identity, state: State): void => {
    const name = nameOf(identity);
    if (counters.get(name)?.state === state) return;
    counters.set(name, { state, writtenBy: identity.policy, writtenAt: everyMove.now(), droppable: false });
  };

  const decided = (asked: readonly Charge[]): Outcome => {
    const merged = mergeCharges(asked);
    const charges = merged?.charges ?? asked;
    const steps = charges.map(({ policy }) => stepsFor(policy));
    const states = charges.map((charge, i) => counters.get(nameOf(charge))?.state ?? (steps[i]?.empty as State));
    const outcome = decide(charges, steps, states, everyMove.now());
    charges.forEach((charge, i) => {
      write(charge, states[i] as State);
    });
    return merged ? unmergedOutcome(asked, merged, outcome) : outcome;
  };

  return {
    name: "reference",
    features,
    supports: () => undefined,
    consume(charges) {
      const outcome = decided(charges);
      // Only now: with a mistake, some backends look at the clock and some do not.
      for (const charge of charges) placeOf(charge).now();
      return outcome;
    },
    consumeEach(groups) {
      const before = [...counters];
      try {
        const outcomes = groups.map(decided);
        for (const charge of groups.flat()) placeOf(charge).now();
        return outcomes;
      } catch (error) {
        // A mistake in one group books nothing in the others.
        counters.clear();
        for (const [name, counter] of before) counters.set(name, counter);
        throw error;
      }
    },
    settle(entries) {
      everyMove.now();
      for (const { decision, cost } of entries) {
        const { policy, allowed, charged, receipt } = decision;
        const [booked, final] = [hundredths(charged), hundredths(cost)];
        if (!allowed || (booked === 0 && decision.cost > 0) || settled.has(decision)) continue;
        settled.add(decision);
        if (booked === final) continue;
        const steps = stepsFor(policy);
        const { now, isToldTwice } = placeOf(decision);
        const state = steps.observe(counters.get(nameOf(decision))?.state ?? steps.empty, now());
        if (final < booked && isToldTwice(receipt ?? now())) continue;
        write(decision, steps.settle(state, receipt ?? now(), booked, final, now()));
      }
    },
    reset(identity) {
      everyMove.now();
      counters.delete(nameOf(identity));
    },
    block(identity, forMs, { shorten } = {}) {
      checkBlock(identity, forMs);
      const steps = stepsFor(identity.policy);
      const state = counters.get(nameOf(identity))?.state ?? steps.empty;
      write(identity, blocked(steps, state, forMs, everyMove.now(), shorten));
      placeOf(identity).now();
    },
    lease(request) {
      checkLease(request);
      const { state, answer } = leaseStep(leases.get(request.name), request, everyMove.now());
      if (state !== undefined) leases.set(request.name, state);
      return answer;
    },
    moved() {
      const instant = everyMove.now();
      for (const counter of counters.values()) {
        if (stepsFor(counter.writtenBy).idleAt(counter.state) <= instant) counter.droppable = true;
      }
    },
    eitherWay({ receipt, ...identity }) {
      if (receipt !== undefined && everyMove.isToldTwice(receipt) !== placeOf(identity).isToldTwice(receipt))
        return true;
      const counter = counters.get(nameOf(identity));
      if (!counter?.droppable) return false;
      const instant = everyMove.now();
      return instant < counter.writtenAt || stepsFor(identity.policy).idleAt(counter.state) > instant;
    },
  };
}

function nameOf({ policy, shard, key }: Identity): string {
  return JSON.stringify([counterName(policy), shard ?? null, key]);
}
