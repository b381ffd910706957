/** Tells metrics what was answered. */

import type { Answer } from "./limiter.ts";
import type { Limits } from "./limits.ts";
import { unitsOf } from "./member.ts";

/** Counts an answer on every limit that it is about, and returns it. Without metrics nothing is counted. */
export function counted<A extends Answer>(
  { metrics, members }: Pick<Limits, "metrics" | "members">,
  answer: A,
  cost: number,
): A {
  if (metrics === undefined) return answer;
  if (answer.allowed) {
    const { delayMs: waitMs } = answer;
    const type = waitMs > 0 ? "delayed" : "granted";
    for (const own of members) {
      const { policy, key } = own;
      metrics.count({ type, limit: policy.name, key, cost: unitsOf(own, cost), waitMs });
    }
    return answer;
  }
  const { because } = answer;
  for (const { name, key, retryAfterMs } of answer.violations) {
    const own = members.find(({ policy, key: ownKey }) => policy.name === name && ownKey === key);
    const units = own === undefined ? cost : unitsOf(own, cost);
    metrics.count({ type: "denied", limit: name, key, cost: units, because, retryAfterMs });
  }
  return answer;
}
