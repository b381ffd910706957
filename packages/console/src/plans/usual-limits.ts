/** The limits that most apps have: of a user's own requests, and of everybody's reads of a user's feeds. */

import type { PlanLimit } from "./limits.ts";

/** What may be said otherwise; `rate` and `unit` go together. */
export type UsualLimit = Partial<Pick<PlanLimit, "label" | "policy" | "unit" | "rate">>;

/** A limit that `byUser` enforces, whose counters it names: requests per minute, under the policy `api`. */
export function userLimit(otherwise: UsualLimit = {}): PlanLimit {
  const usual = { label: "API requests", policy: "api", unit: "requests per minute", rate: perUnitMinute };
  return { ...usual, ...otherwise, ...countersOf("api:") };
}

/** A limit that `byFeedOwner` enforces, whose counters it names: reads per minute, under the policy `public-feed`. */
export function feedOwnerLimit(otherwise: UsualLimit = {}): PlanLimit {
  const usual = {
    label: "Reads of public feeds",
    policy: "public-feed",
    unit: "reads per minute",
    rate: perUnitMinute,
  };
  return { ...usual, ...otherwise, ...countersOf("publicFeed:") };
}

/** Not perMinute(), which throws for what makes no sense: of a row written by hand the resolver leaves out that one number. */
const perUnitMinute: PlanLimit["rate"] = (units) => ({ limit: units, algorithm: "token-bucket", windowMs: 60_000 });

function countersOf(prefix: string): Pick<PlanLimit, "counter" | "userOf"> {
  return {
    counter: (userId) => ({ key: prefix + userId, shard: userId }),
    userOf: (key) => (key.startsWith(prefix) ? key.slice(prefix.length) : undefined),
  };
}
