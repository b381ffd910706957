/** A database with three plans and a few users, and everything that administers them: what tests begin with. */

import { type Backend, perMinute, planBook } from "@sluice/core";
import type { AdminErrorCode } from "../src/admin/admin-error.ts";
import { auditAdmin } from "../src/admin/make-audit-admin.ts";
import { plansAdmin } from "../src/admin/make-plans-admin.ts";
import { usersAdmin } from "../src/admin/make-users-admin.ts";
import { ensurePlans } from "../src/plans/ensure-plans.ts";
import type { PlanLimits } from "../src/plans/limits.ts";
import type { PlanDraft } from "../src/plans/plan.ts";
import { feedOwnerLimit, userLimit } from "../src/plans/usual-limits.ts";
import { type TestDatabase, testDatabase, userDirectory } from "./database.ts";

export const limits: PlanLimits = {
  api: userLimit(),
  publicFeed: feedOwnerLimit(),
  export: {
    label: "Exports",
    policy: "export",
    unit: "exports per minute",
    rate: perMinute,
    counter: (userId) => ({ key: `export:${userId}`, shard: userId }),
    userOf: (key) => (key.startsWith("export:") ? key.slice(7) : undefined),
  },
};

export const book = planBook({
  free: { api: perMinute(60), publicFeed: perMinute(17), export: perMinute(1) },
  pro: { api: perMinute(180), publicFeed: perMinute(167), export: perMinute(10) },
});

export const free: PlanDraft = {
  name: "Free",
  limits: { api: 60, publicFeed: 17, export: 1 },
  priceCents: 0,
  features: ["Two public feeds"],
};
export const pro: PlanDraft = {
  name: "Pro",
  limits: { api: 180, publicFeed: 167, export: "unlimited" },
  priceCents: 1_000,
  features: [],
};

/** The instant at which tests begin. */
export const start = 1_800_000_000_000;

/** Puts plans and the users ada (free) and bob (pro) into a database, a new one unless given. */
export async function administered(options: { backend?: Backend; database?: TestDatabase } = {}) {
  const database = options.database ?? testDatabase();
  const { db, sqlite } = database;
  const clock = { ms: start };
  const now = (): number => clock.ms;
  await ensurePlans(
    db,
    [
      { id: "free", ...free },
      { id: "pro", ...pro },
    ],
    now,
  );
  sqlite.exec("insert or ignore into users values ('1', 'ada', 'free'), ('2', 'bob', 'pro')");
  let changes = 0;
  const deps = {
    ...{ db, users: userDirectory, limits, defaults: { book, plan: "free" }, backend: options.backend, now },
    changed: () => void changes++,
  };
  return {
    database,
    db,
    sqlite,
    clock,
    deps,
    changes: () => changes,
    plans: plansAdmin({ ...deps, whatIf: async () => ({}) }),
    users: usersAdmin(deps),
    audit: auditAdmin(deps),
    /** Everything that an edit could have left behind. */
    everything: () =>
      ["sluice_plans", "sluice_overrides", "sluice_audit_log", "sluice_versions", "users"].map((table) =>
        sqlite.prepare(`select * from ${table}`).all(),
      ),
  };
}

/** What an action was refused with: the error's code and field. */
export async function refusal(
  action: Promise<unknown>,
): Promise<{ code: AdminErrorCode; field?: string; message: string }> {
  try {
    await action;
  } catch (error) {
    const { code, field, message, name } = error as Error & { code: AdminErrorCode; field?: string };
    if (name !== "AdminError") throw error;
    return { code, message, ...(field === undefined ? {} : { field }) };
  }
  throw new Error("it was not refused");
}
