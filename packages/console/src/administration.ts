/** Puts Admin together from what the app hands in: everything that the pages, the API and the usage page ask. */

import type { Backend } from "@sluice/core";
import { aBackend, aFunction, checkOptions, type Rules } from "@sluice/core/engine";
import { aPublicUrl } from "./access/same-origin.ts";
import type { Admin } from "./admin/admin.ts";
import { auditAdmin } from "./admin/make-audit-admin.ts";
import { decisionsAdmin } from "./admin/make-decisions-admin.ts";
import { feedsAdmin } from "./admin/make-feeds-admin.ts";
import { outboundAdmin } from "./admin/make-outbound-admin.ts";
import { plansAdmin } from "./admin/make-plans-admin.ts";
import { quotaAdmin, unitsIn } from "./admin/make-quota-admin.ts";
import { usersAdmin } from "./admin/make-users-admin.ts";
import { whatIf } from "./admin/make-what-if.ts";
import type { OutboundParts } from "./admin/outbound-parts.ts";
import type { Standings } from "./admin/standing.ts";
import { aDatabase, type Database } from "./database.ts";
import { aUserDirectory, type FeedDirectory, type UserDirectory } from "./directory.ts";
import { type PlanLimits, thePlanLimits } from "./plans/limits.ts";
import type { LivePlans } from "./plans/live-plans.ts";

/** What the app brings. */
export interface AdministrationOptions {
  /** Where the console's tables are, and the app's users. */
  readonly db: Database;
  readonly users: UserDirectory;
  /** Absent where the app has no public feeds. */
  readonly feeds?: FeedDirectory | undefined;
  /** The limits that plans set, by name. */
  readonly limits: PlanLimits;
  /** Made by `livePlans()`: the ones that the limiters ask. */
  readonly plans: LivePlans;
  /** The one that the limiters of these limits are counted on. */
  readonly backend: Backend;
  /** Made by `standingsOf()`. */
  readonly standings: Standings;
  /** Absent where the app sends no mail and calls no API under limits. */
  readonly outbound?: OutboundParts | undefined;
  /** The address people use, such as `https://app.example`, where a proxy changes `Host` on the way to the app. */
  readonly publicUrl?: string | undefined;
  /** Milliseconds since 1970; the system's clock unless given. */
  readonly now?: (() => number) | undefined;
  /**
   * Hears of what was answered with 500 or 503.
   * @default one line on the console
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The rule of an object with these members. */
function having(members: readonly string[], expected: string): Rules[string] {
  const has = (value: Record<string, unknown>): boolean => members.every((member) => value[member] !== undefined);
  return [(value: unknown) => typeof value === "object" && value !== null && has(value as never), expected];
}

const rules: Rules = {
  db: aDatabase,
  users: aUserDirectory,
  feeds: having(
    ["table", "id", "title", "owner"],
    "drizzle's table of feeds and its columns { table, id, title, owner }",
  ),
  limits: thePlanLimits,
  plans: having(["limit", "invalidate", "defaults"], "made by livePlans()"),
  backend: aBackend,
  standings: aFunction("made by standingsOf()"),
  outbound: having([], "what goes out: { quota, apis, … }"),
  publicUrl: aPublicUrl,
  now: aFunction("a function giving milliseconds"),
  onError: aFunction(),
};

const needed = ["db", "users", "limits", "plans", "backend", "standings"];

/** @throws ConfigError `SLUICE_OPTION_MISSING`, `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`. */
export function checkAdministration(
  factory: string,
  options: AdministrationOptions,
  own: Rules,
  alsoNeeded: readonly string[],
): void {
  checkOptions(factory, options, { ...rules, ...own }, [...needed, ...alsoNeeded]);
}

/** Makes it; nothing happens before somebody asks. */
export function administration(options: AdministrationOptions): Admin {
  const { db, users: directory, feeds, limits, plans: live, backend, standings, outbound, now = Date.now } = options;
  const deps = {
    db,
    users: directory,
    limits,
    backend,
    defaults: live.defaults,
    changed: () => live.invalidate(),
    now,
  };
  const audit = auditAdmin(deps);
  const users = usersAdmin(deps);
  const unitsOf = async (userId: string) => unitsIn((await users.read(userId)).limits);
  return {
    limits,
    standings,
    plans: plansAdmin({ ...deps, whatIf: whatIf({ db, limits, now }) }),
    users,
    quota: quotaAdmin({ backend, limits, unitsOf, audit }),
    decisions: decisionsAdmin({ db, limits, users: directory, now }),
    feeds: feeds && feedsAdmin({ db, users: directory, feeds, now }),
    outbound: outbound && outboundAdmin({ parts: outbound, db, audit, now }),
    audit,
  };
}
