/** The policies of one limiter: one object for equal numbers, so that backends meet them again. */

import { checkRate, type Policy, policy, type Rate } from "../engine/policy.ts";

/** Numbers invented anew for each request must not fill the memory. */
const remembered = 1_000;

/** Names rates; numbers that were met before give the policy that was made then. */
export function policiesNamed(name: string): (rate: Rate) => Policy {
  const known = new WeakMap<Rate, Policy>();
  const equal = new Map<string, Policy>();
  return (rate) => {
    const found = known.get(rate);
    if (found !== undefined) return found;
    const text = JSON.stringify(checkRate(rate));
    const made = equal.get(text) ?? policy(name, rate);
    if (equal.size >= remembered) equal.clear();
    equal.set(text, made);
    known.set(rate, made);
    return made;
  };
}
