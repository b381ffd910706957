/** A block on a counter: its state as it is now, and then the step that only a token bucket has. */

import type { State } from "./compile.ts";
import type { Steps } from "./steps.ts";

/** The state that allows nothing for `forMs`. The block was checked, so that the policy is one that can be blocked. */
export function blocked(steps: Steps<State>, state: State, forMs: number, now: number, shorten = false): State {
  const observed = steps.observe(state, now);
  return steps.block?.(observed, forMs, now, shorten) ?? observed;
}
