/** Which numbers clients may see. */

import type { Decision, Outcome } from "../engine/charge.ts";
import type { Limiter } from "../limiters/limiter.ts";
import { nobodyCounted } from "../resilience/failure-rules.ts";
import type { Charged } from "./failure.ts";
import { tightestFirst } from "./variables.ts";

/** The decisions whose limiters let clients see their numbers, the tightest first; `sorted` are all of them so. */
export function shown<C>(
  charged: readonly Charged<C>[],
  { allowed, decisions }: Outcome,
  sorted: readonly Decision[],
): readonly Decision[] {
  const seen = (decision: Decision, index: number): boolean => {
    const limiter = charged[index]?.limiter;
    return limiter !== undefined && isSeen(limiter, decision, allowed);
  };
  return decisions.every(seen) ? sorted : tightestFirst(decisions.filter(seen));
}

function isSeen<C>({ show, shadow }: Limiter<C>, decision: Decision, isAdmitted: boolean): boolean {
  // Where nobody counted there are no numbers.
  if (nobodyCounted(decision)) return false;
  return show === "always" || (show === "denied" && !isAdmitted && !decision.allowed && !shadow);
}
