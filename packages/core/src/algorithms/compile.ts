/** From a policy to its steps: validated once, then remembered by the policy itself. */

import { checkRate, policy as named, type Policy } from "../engine/policy.ts";
import { type LogState, slidingLog } from "./sliding-log.ts";
import { type SlidingState, slidingWindow } from "./sliding-window.ts";
import type { Steps } from "./steps.ts";
import { type BucketState, tokenBucket } from "./token-bucket.ts";
import { calendar, fixedWindow, type WindowState } from "./window.ts";

/** The state of one counter, in the shape of its algorithm. */
export type State = BucketState | WindowState | SlidingState | LogState;

/**
 * The steps of a policy.
 *
 * @throws ConfigError with a code `SLUICE_POLICY_…` if the policy was written by hand and makes no sense.
 */
export function stepsOf(policy: Policy): Steps<State> {
  named(policy.name, policy);
  return compiled(policy) as Steps<State>;
}

function compiled(policy: Policy): unknown {
  switch (policy.algorithm) {
    case "token-bucket":
      return tokenBucket(policy);
    case "fixed-window":
      return fixedWindow(policy);
    case "calendar":
      return calendar(policy);
    case "sliding-window":
      return slidingWindow(policy);
    case "sliding-log":
      return slidingLog(policy);
    default:
      return checkRate(policy);
  }
}
