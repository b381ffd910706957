/** Plans and overrides as the limiters ask for them: never waited for twice, never older than a few seconds. */

import type { Incoming, Limit, Override } from "@sluice/core";
import type { PlanDefaults } from "./plan-row.ts";

/** What is known of a user without asking anybody. */
export interface KnownUser {
  readonly plan: string;
  readonly overrides?: Readonly<Partial<Record<string, Override>>> | undefined;
}

/** A plan resolver on the console's tables. */
export interface LivePlans {
  /** What holds without the database, and the plan of users whose own there is not: administrators are shown the same. */
  readonly defaults: PlanDefaults;
  /** A limit source for `byUser` and `byFeedOwner`: precedence is block, override, plan, default plan. */
  limit(name: string): (userId: string, incoming?: Pick<Incoming, "waitUntil">) => Limit | Promise<Limit>;
  /** What is known of one user. */
  resolve(userId: string): KnownUser | Promise<KnownUser>;
  /** The plan of a user that is remembered; undefined for others. At once: for whoever records decisions. */
  planOf(userId: string): string | undefined;
  /** After an edit in this process, or of a user's plan by the app itself: everybody is looked up anew before the next decision. */
  invalidate(): void;
}
