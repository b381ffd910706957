/** What plans, users and the audit log are administered with. */

import type { Backend } from "@sluice/core";
import type { Database } from "../database.ts";
import type { UserDirectory } from "../directory.ts";
import type { PlanLimits } from "../plans/limits.ts";
import type { Units } from "../plans/plan.ts";
import type { PlanDefaults } from "../plans/plan-row.ts";
import { served } from "../plans/serving.ts";
import { AdminError } from "./admin-error.ts";

export interface RecordsDeps {
  readonly db: Database;
  readonly users: UserDirectory;
  readonly limits: PlanLimits;
  /** As `livePlans` was told, so that what is shown is what is enforced. */
  readonly defaults: PlanDefaults;
  /** Asked whether it can express a number; without one every number passes. */
  readonly backend?: Backend | undefined;
  /** Called after every edit: `invalidate` of this process's live plans. */
  readonly changed: () => void;
  readonly now: () => number;
}

/** @throws AdminError `unservable`, naming the field, for units that the backend cannot enforce. */
export function refuseUnservable({ backend, limits }: RecordsDeps, name: string, units: Units, field: string): void {
  const limit = limits[name];
  const becomes = limit && served(backend, limit, units);
  if (becomes?.isServed === false) throw new AdminError("unservable", becomes.words, { field });
}

/** What a second administrator is told. */
export function stale(what: string): AdminError {
  return new AdminError("stale", `${what} was changed meanwhile. Look at it as it is now, and decide again.`);
}

/** @throws AdminError `invalid` unless it is the number of an edit, or 0 for none. */
export function checkVersion(version: unknown): void {
  if (Number.isSafeInteger(version) && (version as number) >= 0) return;
  throw new AdminError("invalid", "Send along the version that was read.", { field: "version" });
}
