/** Finds mistakes before they travel: what makes no sense is an error here, not an answer from an object. */

import { type State, stepsOf } from "../algorithms/compile.ts";
import { type Cell, decide, decideOne, isPlain } from "../algorithms/decide.ts";
import type { Steps } from "../algorithms/steps.ts";
import { type Charge, checkIdentity } from "../engine/charge.ts";
import type { Policy } from "../engine/policy.ts";

/** Throws what deciding these charges would throw; they are decided on unused counters, and the answer is dropped. */
export type ChargeCheck = (charges: readonly Charge[]) => void;

/** A check that compiles each policy once. */
export function chargeCheck(): ChargeCheck {
  const compiled = new WeakMap<Policy, Steps<State>>();

  const stepsFor = (policy: Policy): Steps<State> => {
    const steps = compiled.get(policy) ?? stepsOf(policy);
    compiled.set(policy, steps);
    return steps;
  };

  const cell: Cell = { state: { used: 0, end: 0 } };
  return (charges) => {
    for (const charge of charges) checkIdentity(charge);
    const [only] = charges;
    if (only !== undefined && charges.length === 1 && isPlain(only)) {
      const steps = stepsFor(only.policy);
      cell.state = steps.empty;
      decideOne(only, steps, cell, 0);
      return;
    }
    const steps = charges.map(({ policy }) => stepsFor(policy));
    const unused = steps.map(({ empty }) => empty);
    decide(charges, steps, unused, 0);
  };
}
