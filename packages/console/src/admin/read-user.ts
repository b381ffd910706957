/** One user with what is granted, and what holds of it now: by the rules the limiters go by. */

import { isKnownPlan, unitsOfPlan } from "../plans/plan-row.ts";
import { blockName } from "../records/overrides.ts";
import { userWithGrants } from "../records/users.ts";
import { AdminError } from "./admin-error.ts";
import { overrideRow } from "./override-content.ts";
import type { RecordsDeps } from "./records-deps.ts";
import type { OverrideRow, UserDetail } from "./users-admin.ts";

type Holds = UserDetail["limits"][string];

export async function readUser(deps: RecordsDeps, userId: string): Promise<UserDetail> {
  const { db, users, limits, defaults, now } = deps;
  const { user, overrides: records, plans } = await userWithGrants(db, users, userId);
  if (user === undefined) throw unknownUser();
  const { id, name, plan } = user;
  const nowMs = now();
  const rows = records.map((record) => overrideRow(record, nowMs));
  const block = rows.find(({ limit, isExpired }) => limit === blockName && !isExpired);
  const overrides = rows.filter(({ limit }) => limit !== blockName);
  const isPlanKnown = isKnownPlan(plans, plan, defaults);
  const holds = Object.keys(limits).map((limit): [string, Holds] => {
    if (block !== undefined) return [limit, { units: 0, from: "block" }];
    const own = overrides.find((override) => override.limit === limit && !override.isExpired);
    if (own !== undefined) return [limit, { units: own.units, from: "override" }];
    const units = unitsOfPlan(plans, isPlanKnown ? plan : defaults.plan, limit, defaults);
    return [limit, { units, from: isPlanKnown ? "plan" : "default" }];
  });
  return { id, name, plan, isPlanKnown, overrides, ...blockedBy(block), limits: Object.fromEntries(holds) };
}

function blockedBy(block: OverrideRow | undefined): Pick<UserDetail, "blocked"> {
  if (block?.expiresAtMs === undefined) return {};
  return { blocked: { untilMs: block.expiresAtMs, note: block.note, by: block.grantedBy } };
}

export function unknownUser(): AdminError {
  return new AdminError("unknown", "There is no user of this id.");
}
