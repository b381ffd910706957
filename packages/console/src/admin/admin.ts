/** Everything an administrator can ask for and do; the API and the pages are two ways to it. */

import type { PlanLimits } from "../plans/limits.ts";
import type { AuditAdmin } from "./audit-admin.ts";
import type { DecisionsAdmin } from "./decisions-admin.ts";
import type { FeedsAdmin } from "./feeds-admin.ts";
import type { OutboundAdmin } from "./outbound-admin.ts";
import type { PlansAdmin } from "./plans-admin.ts";
import type { QuotaAdmin } from "./quota-admin.ts";
import type { Standings } from "./standing.ts";
import type { UsersAdmin } from "./users-admin.ts";

export interface Admin {
  readonly limits: PlanLimits;
  readonly standings: Standings;
  readonly plans: PlansAdmin;
  readonly users: UsersAdmin;
  readonly quota: QuotaAdmin;
  readonly decisions: DecisionsAdmin;
  /** Absent where the app has no feeds. */
  readonly feeds?: FeedsAdmin | undefined;
  /** Absent where the app sends and calls nothing. */
  readonly outbound?: OutboundAdmin | undefined;
  readonly audit: AuditAdmin;
}
