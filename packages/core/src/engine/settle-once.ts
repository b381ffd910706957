/** Which settlements are due: of decisions that booked something here, each once, and only where the cost differs. */

import type { Settlement } from "./backend.ts";
import { type Decision, hundredths } from "./charge.ts";

/** A settlement to be carried out, in hundredths of a unit. */
export interface Due {
  readonly decision: Decision;
  readonly booked: number;
  readonly final: number;
}

/**
 * Remembers which decisions were settled, and gives what is still due.
 *
 * The function throws ConfigError `SLUICE_COST` before anything is remembered.
 */
export function settleOnce(): (entries: readonly Settlement[]) => readonly Due[] {
  const settled = new WeakSet<Decision>();
  return (entries) =>
    entries
      // All are checked before any is remembered.
      .map(({ decision, cost }) => ({ decision, booked: hundredths(decision.charged), final: hundredths(cost) }))
      .filter(({ decision, booked, final }) => {
        const { allowed, cost, via } = decision;
        // Only what was really decided, once: a denial booked nothing, nor did a peek or a degraded answer.
        if (!allowed || (booked === 0 && cost > 0) || via || settled.has(decision)) return false;
        settled.add(decision);
        return final !== booked;
      });
}
