/** Which numbers clients may see. */

import type { Decision, Outcome } from "../engine/charge.ts";
import type { Limiter } from "../limiters/limiter.ts";
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

function isSeen<C>({ show, shadow }: Limiter<C>, { via, allowed }: Decision, isAdmitted: boolean): boolean {
  // Nobody counted, so there are no numbers.
  if (via === "open" || via === "closed") return false;
  return show === "always" || (show === "denied" && !isAdmitted && !allowed && !shadow);
}
