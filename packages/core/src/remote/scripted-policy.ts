/** A policy as the script takes it: which algorithm, and the numbers that the algorithm goes by. */

import { sharedPeriod } from "../algorithms/calendar.ts";
import { type State, stepsOf } from "../algorithms/compile.ts";
import type { Steps } from "../algorithms/steps.ts";
import { counterName } from "../engine/charge.ts";
import { bucketSize, type Policy } from "../engine/policy.ts";
import { escaped, joined } from "./counter-key.ts";

/** What is known of a policy once it has been seen. */
export interface BoundPolicy {
  /** The steps, which decide here what the script has decided there. */
  readonly steps: Steps<State>;
  /** Its part of a counter's key. */
  readonly name: string;
  /** Cost, size and drain for a plain charge on a token bucket; undefined for other algorithms. */
  plain(units: number): readonly number[] | undefined;
  /** The algorithm and five numbers; those of a calendar depend on when they are asked for. */
  numbers(now: number): readonly number[];
}

/**
 * Binds a policy.
 *
 * @throws ConfigError with a code `SLUICE_POLICY_…` if it was written by hand and makes no sense.
 */
export function boundPolicy(policy: Policy): BoundPolicy {
  const common = { steps: stepsOf(policy), name: joined(escaped(counterName(policy))), plain: () => undefined };
  const { limit } = policy;
  switch (policy.algorithm) {
    case "token-bucket": {
      const { windowMs, strict } = policy;
      const burst = bucketSize(policy);
      const size = burst * 100 * windowMs;
      const drain = (strict ? limit - burst : limit) * 100 || 1;
      let last: readonly number[] = [0];
      const plain = (units: number): readonly number[] => {
        // Most charges of a policy cost the same.
        if (last[0] !== units * windowMs) last = [units * windowMs, size, drain];
        return last;
      };
      return { ...common, plain, numbers: () => [1, size, drain, windowMs, 0, 0] };
    }
    case "calendar": {
      const around = sharedPeriod(policy.period, policy.timeZone ?? "UTC");
      const numbers = (now: number): readonly number[] => {
        const { begin, ends } = around(now);
        return [5, limit * 100, ...ends, begin];
      };
      return { ...common, numbers };
    }
    case "fixed-window":
      return { ...common, numbers: () => [2, limit * 100, policy.windowMs, 0, 0, 0] };
    case "sliding-window":
      return { ...common, numbers: () => [3, limit * 100, policy.windowMs, 0, 0, 0] };
    default:
      return { ...common, numbers: () => [4, limit, policy.windowMs, 0, 0, 0] };
  }
}
