/** The tables of what people decide: plans, overrides, who changed what, and the versions that tell of a change. */

import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Units by the limit's name; null is unlimited. */
export type LimitUnits = Readonly<Record<string, number | null>>;

/** What is on sale. */
export const plans = sqliteTable(
  "sluice_plans",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    /** Requests of a user to the API in a minute; null is unlimited, 0 forbids. */
    apiPerMinute: integer("api_per_minute"),
    /** Requests of everybody together to a user's public feeds in a minute; null is unlimited, 0 forbids. */
    publicFeedPerMinute: integer("public_feed_per_minute"),
    /** Further limits of the app's own, by name. */
    moreLimits: text("more_limits", { mode: "json" }).$type<LimitUnits>().notNull().default({}),
    priceCents: integer("price_cents").notNull().default(0),
    /** In words, as they are shown. */
    features: text("features", { mode: "json" }).$type<readonly string[]>().notNull().default([]),
    /** Grows with every edit: an edit of what has changed meanwhile is refused. */
    version: integer("version").notNull().default(1),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
  },
  (table) => [
    check("sluice_plans_api", sql`${table.apiPerMinute} is null or ${table.apiPerMinute} >= 0`),
    check("sluice_plans_public_feed", sql`${table.publicFeedPerMinute} is null or ${table.publicFeedPerMinute} >= 0`),
    check("sluice_plans_price", sql`${table.priceCents} >= 0`),
  ],
);

/** What one user is granted instead of the plan's number. No row: the plan's holds. The name `*` blocks: all limits are 0. */
export const overrides = sqliteTable(
  "sluice_overrides",
  {
    userId: text("user_id").notNull(),
    limitName: text("limit_name").notNull(),
    /** Null is unlimited, 0 forbids. */
    units: integer("units"),
    /** Why, for whoever reviews it. */
    note: text("note").notNull(),
    grantedBy: text("granted_by").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    /** From then on the plan's limit holds again; null: never. */
    expiresAtMs: integer("expires_at_ms"),
    /** Granting is the first review. */
    reviewedAtMs: integer("reviewed_at_ms").notNull(),
    reviewedBy: text("reviewed_by").notNull(),
    version: integer("version").notNull().default(1),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.limitName] }),
    index("sluice_overrides_expires").on(table.expiresAtMs),
    index("sluice_overrides_reviewed").on(table.reviewedAtMs),
    check("sluice_overrides_units", sql`${table.units} is null or ${table.units} >= 0`),
  ],
);

/** Who changed what, with what it was before and became. Rows are only added. */
export const auditLog = sqliteTable(
  "sluice_audit_log",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    atMs: integer("at_ms").notNull(),
    who: text("who").notNull(),
    /** Such as `plan.update`; admin/audit-admin.ts lists them. */
    action: text("action").notNull(),
    /** What it is about: a plan's or a user's id, an API's name. */
    subject: text("subject").notNull(),
    note: text("note"),
    before: text("before", { mode: "json" }).$type<unknown>(),
    after: text("after", { mode: "json" }).$type<unknown>(),
  },
  (table) => [
    index("sluice_audit_log_subject").on(table.subject, table.id),
    index("sluice_audit_log_action").on(table.action, table.id),
    index("sluice_audit_log_at").on(table.atMs),
  ],
);

/** Numbers that grow with every edit, so that other processes see that there was one. */
export const versions = sqliteTable("sluice_versions", {
  /** `plans`: plans and overrides. */
  name: text("name").primaryKey(),
  version: integer("version").notNull(),
});

/** Secrets of the console's own, made when they are first needed and shared by every process on the database. */
export const keys = sqliteTable(
  "sluice_keys",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    /** `session` signs cookies; `pseudonym` hashes addresses, and is forgotten when it has been replaced. */
    purpose: text("purpose").notNull(),
    /** Random, as hexadecimal text. */
    secret: text("secret").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [index("sluice_keys_purpose").on(table.purpose, table.id)],
);
