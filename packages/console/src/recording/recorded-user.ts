/** What a user is called in what was recorded. */

import type { PlanLimits } from "../plans/limits.ts";
import type { Counter, KeptUser } from "../records/forgetting.ts";
import { keptKey } from "./minute.ts";
import { recordedText } from "./recorded-text.ts";

/** The user by id, and by every counter of the limits. */
export function recordedUser(limits: PlanLimits, userId: string): KeptUser {
  const counters = Object.values(limits).map(({ policy, counter }): Counter => {
    return [recordedText(policy), recordedText(keptKey(counter(userId).key))];
  });
  return { id: userId, recordedId: recordedText(userId), counters };
}
