/** Which limiters would apply to a request and what they would answer, without charging anything. */

import type { Decision, Outcome } from "../engine/charge.ts";
import type { Policy } from "../engine/policy.ts";
import type { RefusalReason } from "../http/problem.ts";
import type { Asked } from "../limiters/limiter.ts";
import type { Charged } from "./failure.ts";

/** What one limiter makes of a request. */
export interface Explanation {
  readonly limiter: string;
  /** Whether the backend would decide. */
  readonly applies: boolean;
  /** Why nothing would be charged: skipped, unlimited, nobody signed in, no address. */
  readonly because?: string | undefined;
  /** Set when the request would be refused without asking the backend (but for a shadow, which refuses nobody). */
  readonly refusal?: RefusalReason | undefined;
  readonly policy?: Policy | undefined;
  readonly key?: string | undefined;
  readonly cost?: number | undefined;
  readonly shadow: boolean;
  /** What the backend would answer now. */
  readonly decision?: Decision | undefined;
}

/** Explains what limiters said, asking the backend by peeking. */
export async function explained<C>(
  asked: readonly Asked<C>[],
  consume: (peeked: readonly Charged[]) => Outcome | Promise<Outcome>,
): Promise<readonly Explanation[]> {
  const peeked = asked.flatMap(({ limiter, charge }): Charged[] => {
    return charge === undefined ? [] : [{ limiter, charge: { ...charge, mode: "peek" } }];
  });
  const { decisions } = peeked.length === 0 ? { decisions: [] } : await consume(peeked);
  let next = 0;
  return asked.map(({ limiter, charge, ...rest }): Explanation => {
    const { name, shadow } = limiter;
    if (charge === undefined) return { limiter: name, applies: false, ...rest, shadow };
    const { policy, key, cost } = charge;
    return { limiter: name, applies: true, policy, key, cost, shadow, decision: decisions[next++] };
  });
}
