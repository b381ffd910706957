/** What a request finally cost: asked of the limiters once the response is known, and told to the backend. */

import type { Settlement } from "../engine/backend.ts";
import { type Decision, hundredths } from "../engine/charge.ts";
import type { Incoming } from "../http/incoming.ts";
import { type Complain, safely } from "../limiters/hooks.ts";
import type { Asked } from "../limiters/limiter.ts";

/** The charges whose final cost differs from what was booked. A rule that fails leaves its charge as it is. */
export function settlements<C>(
  asked: readonly Asked<C>[],
  decisions: readonly Decision[],
  response: Response,
  incoming: Incoming<C>,
  complain: Complain,
): readonly Settlement[] {
  const entries: Settlement[] = [];
  for (const [index, decision] of decisions.entries()) {
    const limiter = asked[index]?.limiter;
    // What was not booked cannot be settled, such as a shadow's denial.
    if (limiter?.settle === undefined || !decision.allowed) continue;
    safely(() => {
      const cost = limiter.settle?.(response, incoming);
      if (cost === undefined || hundredths(cost) === hundredths(decision.charged)) return;
      entries.push({ decision, cost });
    }, complain);
  }
  return entries;
}
