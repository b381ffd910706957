/** Users of two plans, and their limit. */

import type { PlanLimits } from "@sluice/console";
import { perMinute } from "@sluice/core";

export const users: readonly string[] = Array.from({ length: 1_000 }, (_, i) => `user-${i}`);

const plans = new Map(users.map((user, i) => [user, i % 3 === 0 ? "pro" : "free"]));

export const planOf = (userId: string): string | undefined => plans.get(userId);

export const limits: PlanLimits = {
  api: {
    label: "API requests",
    policy: "api",
    unit: "requests per minute",
    rate: (units) => perMinute(units),
    counter: (userId) => ({ key: `api:${userId}`, shard: userId }),
    userOf: (key) => (key.startsWith("api:") ? key.slice("api:".length) : undefined),
  },
};
