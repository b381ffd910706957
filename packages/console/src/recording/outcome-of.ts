/** What a decision counts as. */

import type { Decision } from "@sluice/core";

/** As rows have it; the order is that of a tally's places. */
export const recordedOutcomes = ["allowed", "denied", "open", "closed"] as const;

/** Its place in {@link recordedOutcomes}; -1 for what decided nothing. */
export type OutcomePlace = -1 | 0 | 1 | 2 | 3;

/**
 * What a decision counts as, given whether its request was let pass.
 *
 * In a request that passed nothing was denied: a decision that says otherwise is a shadow's. In one that was refused, only
 * those count that refused it: what would have fitted was not charged, or not even reached. A cost of 0 asks for nothing.
 */
export function outcomeOf({ cost, allowed, via }: Decision, isAdmitted: boolean): OutcomePlace {
  if (!(cost > 0)) return -1;
  if (isAdmitted) return via === "open" || via === "closed" ? 2 : 0;
  if (allowed) return -1;
  return via === "closed" ? 3 : 1;
}
