/** The pure steps over a plain map: slow, unbounded and as literal as can be; what random histories compare with. */

import { type State, stepsOf } from "../algorithms/compile.ts";
import { decide } from "../algorithms/decide.ts";
import type { Steps } from "../algorithms/steps.ts";
import type { Backend, Features } from "../engine/backend.ts";
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
import { type Clock, watched } from "../engine/clock.ts";
import type { Policy } from "../engine/policy.ts";

/** Nothing but the algorithms, to hold other backends against. */
export interface ReferenceBackend extends Backend {
  /** To be called whenever the time was moved: notes which counters a backend may drop because they are idle. */
  moved(): void;
  /**
   * Whether this counter was idle under the policy that wrote it last, and by another rate or a clock set back is not
   * idle now. Whoever dropped it meanwhile starts afresh, whoever kept it does not. Both are right.
   */
  eitherWay(identity: Identity): boolean;
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
  acrossShards: true,
};

/** The pure steps as a backend. */
export function reference(clock: Clock): ReferenceBackend {
  const counters = new Map<string, Counter>();
  const settled = new Set<Decision>();
  const compiled = new Map<Policy, Steps<State>>();
  const { now, isToldTwice } = watched(clock);

  const stepsFor = (policy: Policy): Steps<State> => {
    const steps = compiled.get(policy) ?? stepsOf(policy);
    compiled.set(policy, steps);
    return steps;
  };

  const write = (identity: Identity, state: State): void => {
    const name = nameOf(identity);
    if (counters.get(name)?.state === state) return;
    counters.set(name, { state, writtenBy: identity.policy, writtenAt: now(), droppable: false });
  };

  const consume = (asked: readonly Charge[]): Outcome => {
    const merged = mergeCharges(asked);
    const charges = merged?.charges ?? asked;
    const steps = charges.map(({ policy }) => stepsFor(policy));
    const states = charges.map((charge, i) => counters.get(nameOf(charge))?.state ?? (steps[i]?.empty as State));
    const outcome = decide(charges, steps, states, now());
    charges.forEach((charge, i) => {
      write(charge, states[i] as State);
    });
    return merged ? unmergedOutcome(asked, merged, outcome) : outcome;
  };

  return {
    name: "reference",
    features,
    supports: () => undefined,
    consume,
    consumeEach: (groups) => groups.map(consume),
    settle(entries) {
      for (const { decision, cost } of entries) {
        const { policy, allowed, charged, receipt } = decision;
        const [booked, final] = [hundredths(charged), hundredths(cost)];
        if (!allowed || (booked === 0 && decision.cost > 0) || settled.has(decision)) continue;
        settled.add(decision);
        const steps = stepsFor(policy);
        const state = steps.observe(counters.get(nameOf(decision))?.state ?? steps.empty, now());
        if (final < booked && isToldTwice(receipt ?? now())) continue;
        if (booked !== final) write(decision, steps.settle(state, receipt ?? now(), booked, final, now()));
      }
    },
    reset(identity) {
      counters.delete(nameOf(identity));
    },
    moved() {
      for (const counter of counters.values()) {
        if (stepsFor(counter.writtenBy).idleAt(counter.state) <= now()) counter.droppable = true;
      }
    },
    eitherWay(identity) {
      const counter = counters.get(nameOf(identity));
      if (!counter?.droppable) return false;
      return now() < counter.writtenAt || stepsFor(identity.policy).idleAt(counter.state) > now();
    },
  };
}

function nameOf({ policy, shard, key }: Identity): string {
  return JSON.stringify([counterName(policy), shard ?? null, key]);
}
