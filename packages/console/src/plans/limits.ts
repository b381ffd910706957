/** The limits that plans set: what each is called, for how long its units are, and whose counter they fill. */

import type { Identity, Rate } from "@sluice/core";
import type { Rule } from "@sluice/core/engine";

/** One limit that every plan sets. */
export interface PlanLimit {
  /** For people: "API requests". */
  readonly label: string;
  /** The name of the policy that byUser, byFeedOwner or byKey enforce it under; what decisions are recorded by. */
  readonly policy: string;
  /** What one unit is, and of how long: "requests per minute". */
  readonly unit: string;
  /** The rate of so many units. Must not throw for whole numbers of at least 0. */
  rate(units: number): Rate;
  /** The counter of a user under this limit. */
  counter(userId: string): Pick<Identity, "key" | "shard">;
  /** The user whose counter has this key; undefined where it is nobody's. */
  userOf(key: string): string | undefined;
}

/** The limits by name. `api` and `publicFeed` have columns of their own in the table of plans, further ones share one. */
export type PlanLimits = Readonly<Record<string, PlanLimit>>;

/** The rule of an option that takes them. */
export const thePlanLimits: Rule = [
  (limits: unknown) => typeof limits === "object" && limits !== null,
  "the limits that plans set, by name",
];
