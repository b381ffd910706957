/** What administrators do with plans. Every change is one batch with its line in the audit log and the new version. */

import type { Plan, PlanDraft } from "../plans/plan.ts";
import type { Served } from "../plans/serving.ts";
import type { WhatIf } from "./what-if.ts";

/** A plan, and how many users are on it. */
export interface PlanRow extends Plan {
  readonly users: number;
  /** What the backend makes of each limit, by its name; absent where it enforces the number as it is. */
  readonly servedBy: Readonly<Record<string, Served>>;
}

export interface PlansAdmin {
  /** All of them, by price and name. One statement. */
  list(): Promise<readonly PlanRow[]>;
  /** Rejects with AdminError `unknown`. */
  read(id: string): Promise<PlanRow>;
  /** Rejects with `exists`, `invalid` or `unservable`. */
  create(id: string, draft: PlanDraft, by: string): Promise<Plan>;
  /** Rejects with `unknown`, `stale` unless `version` is the one that is kept, `invalid` or `unservable`. */
  update(id: string, draft: PlanDraft, version: number, by: string): Promise<Plan>;
  /** Rejects with `unknown`, `stale`, or `in-use` while users are on it or it is the default plan. */
  remove(id: string, version: number, by: string): Promise<void>;
  /** What these limits would have denied to the plan's users in the last 24 hours, by limit. */
  whatIf(id: string, limits: PlanDraft["limits"]): Promise<Readonly<Record<string, WhatIf>>>;
}
