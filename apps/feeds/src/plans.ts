/** The limits that plans set, and what each plan allows until the database has been asked. */

import type { PlanLimit, PlanLimits } from "@sluice/console";
import { perMinute, planBook } from "@sluice/core";

/** Requests of a user to the API, and of everybody together to a user's public feeds. */
export const planLimits: PlanLimits = {
  api: limitOf("API requests", "api", "requests per minute", "api:"),
  publicFeed: limitOf("Reads of public feeds", "public-feed", "reads per minute", "publicFeed:"),
};

/** The plan of users whose plan nobody knows. */
export const defaultPlan = "free";

/** The plans as the migrations put them into the database, where they may be edited since. */
export const defaultPlans = planBook({
  free: { api: perMinute(60), publicFeed: perMinute(17) },
  pro: { api: perMinute(180), publicFeed: perMinute(167) },
  enterprise: { api: perMinute(600), publicFeed: perMinute(1_667) },
});

/** A limit per minute, whose counter is named as byUser and byFeedOwner name it. */
function limitOf(label: string, policy: string, unit: string, prefix: string): PlanLimit {
  return {
    label,
    policy,
    unit,
    // Not perMinute(), which refuses 0.
    rate: (units) => ({ limit: units, algorithm: "token-bucket", windowMs: 60_000 }),
    counter: (userId) => ({ key: prefix + userId, shard: userId }),
    userOf: (key) => (key.startsWith(prefix) ? key.slice(prefix.length) : undefined),
  };
}
