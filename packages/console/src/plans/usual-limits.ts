/** The limits that most apps have: of a user's own requests, and of everybody's reads of a user's feeds. */

import { perMinute } from "@sluice/core";
import type { PlanLimit } from "./limits.ts";

/** What may be said otherwise; `rate` and `unit` go together. */
export type UsualLimit = Partial<Pick<PlanLimit, "label" | "policy" | "unit" | "rate">>;

/** A limit that `byUser` enforces, whose counters it names: requests per minute, under the policy `api`. */
export function userLimit(otherwise: UsualLimit = {}): PlanLimit {
  const usual = { label: "API requests", policy: "api", unit: "requests per minute", rate: perMinute };
  return { ...usual, ...otherwise, ...countersOf("api:") };
}

/** A limit that `byFeedOwner` enforces, whose counters it names: reads per minute, under the policy `public-feed`. */
export function feedOwnerLimit(otherwise: UsualLimit = {}): PlanLimit {
  const usual = {
    label: "Reads of public feeds",
    policy: "public-feed",
    unit: "reads per minute",
    rate: perMinute,
  };
  return { ...usual, ...otherwise, ...countersOf("publicFeed:") };
}

function countersOf(prefix: string): Pick<PlanLimit, "counter" | "userOf"> {
  return {
    counter: (userId) => ({ key: prefix + userId, shard: userId }),
    userOf: (key) => (key.startsWith(prefix) ? key.slice(prefix.length) : undefined),
  };
}
