/** The tables, once, for every SQLite there is: node:sqlite, D1, libsql. Times are milliseconds since 1970. */

import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** The plans on sale; plans.ts says what each allows. */
export const planNames = ["free", "pro", "enterprise"] as const;
export type PlanName = (typeof planNames)[number];

/** Whoever signs in: one plan, one API token, of which only the SHA-256 is kept. */
export const users = sqliteTable(
  "users",
  {
    id: text("id").primaryKey(),
    username: text("username").notNull(),
    plan: text("plan", { enum: planNames }).notNull(),
    role: text("role", { enum: ["member", "admin"] }).notNull(),
    tokenHash: text("token_hash").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    uniqueIndex("users_username").on(table.username),
    uniqueIndex("users_token_hash").on(table.tokenHash),
    check("users_plan", sql`${table.plan} in ('free', 'pro', 'enterprise')`),
    check("users_role", sql`${table.role} in ('member', 'admin')`),
  ],
);

/** What somebody publishes, under a slug that is unique among their own. */
export const feeds = sqliteTable(
  "feeds",
  {
    id: text("id").primaryKey(),
    ownerId: text("owner_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    slug: text("slug").notNull(),
    title: text("title").notNull(),
    description: text("description").notNull(),
    homepage: text("homepage"),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [uniqueIndex("feeds_owner_slug").on(table.ownerId, table.slug)],
);

/** One article of a feed: title and summary are plain text, content is HTML. */
export const entries = sqliteTable(
  "entries",
  {
    id: text("id").primaryKey(),
    feedId: text("feed_id")
      .notNull()
      .references(() => feeds.id, { onDelete: "cascade" }),
    title: text("title").notNull(),
    summary: text("summary").notNull(),
    content: text("content").notNull(),
    url: text("url"),
    publishedAtMs: integer("published_at_ms").notNull(),
    /** Found by the job `enrich`, null until then: the content as plain text, cut short, and its length. */
    excerpt: text("excerpt"),
    words: integer("words"),
    readingMs: integer("reading_ms"),
    /** Where it came from, if that is elsewhere: a hash of the feed's address and of what it calls the entry there. */
    origin: text("origin"),
  },
  (table) => [
    uniqueIndex("entries_feed_origin").on(table.feedId, table.origin),
    index("entries_feed_published").on(table.feedId, table.publishedAtMs, table.id),
    index("entries_unenriched").on(table.publishedAtMs).where(sql`${table.words} is null`),
  ],
);

/** What one user is granted instead of their plan's number. A null `perMinute` is unlimited; 0 forbids. */
export const overrides = sqliteTable(
  "overrides",
  {
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    limitName: text("limit_name").notNull(),
    perMinute: integer("per_minute"),
    note: text("note").notNull(),
    grantedBy: text("granted_by").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms"),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.limitName] }),
    check("overrides_per_minute", sql`${table.perMinute} is null or ${table.perMinute} >= 0`),
  ],
);

/** Who read which public feed, and what they were answered. */
export const accessLog = sqliteTable(
  "access_log",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    feedId: text("feed_id")
      .notNull()
      .references(() => feeds.id, { onDelete: "cascade" }),
    atMs: integer("at_ms").notNull(),
    address: text("address").notNull(),
    userAgent: text("user_agent").notNull(),
    status: integer("status").notNull(),
  },
  (table) => [index("access_log_feed_at").on(table.feedId, table.atMs)],
);

export {
  bounceEvents,
  digestFeeds,
  digestSubscriptions,
  inboxes,
  type MessageStatus,
  messageStatuses,
  messages,
  type WarmupPlan,
} from "./schema-mail.ts";
export { type EmailState, emailStates, prospects, subscriptions } from "./schema-outbound.ts";
