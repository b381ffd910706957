/** The first plans: put into an empty table, once, whoever starts first. */

import type { Database } from "../database.ts";
import { edit } from "../records/edit.ts";
import { insertPlan, thereAreNoPlans } from "../records/plans.ts";
import type { PlanDraft } from "./plan.ts";
import { columnsOf } from "./plan-row.ts";

/** A plan to begin with. */
export interface FirstPlan extends PlanDraft {
  readonly id: string;
}

/**
 * Puts the plans in where there is none yet, all or nothing; whether it did. A plan that was deleted since stays deleted, and
 * two processes that start together put them in once.
 */
export async function ensurePlans(
  db: Database,
  plans: readonly FirstPlan[],
  now: () => number = Date.now,
): Promise<boolean> {
  const atMs = now();
  const rows = plans.map((plan) => insertPlan(db, columnsOf(plan.id, plan, atMs, atMs)));
  return (await edit(db, thereAreNoPlans, undefined, ...rows)) !== undefined;
}
