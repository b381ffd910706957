/** The tables, once, for every SQLite there is: node:sqlite, D1, libsql. Times are milliseconds since 1970. */

import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Whoever signs in: one plan, one API token, of which only the SHA-256 is kept. */
export const users = sqliteTable(
  "users",
  {
    id: text("id").primaryKey(),
    username: text("username").notNull(),
    /** The id of a plan: a row of `sluice_plans`, or one that nobody has any more, and then the default plan's limits hold. */
    plan: text("plan_id").notNull().default("free"),
    /**
     * The column that named the plan while there were three. Nobody reads it. It stays because SQLite drops no column that a
     * check names, and because a table that others refer to cannot be made anew on D1: there, foreign keys are always on.
     */
    openedWith: text("plan")
      .notNull()
      .$default(() => "free"),
    role: text("role", { enum: ["member", "admin"] }).notNull(),
    tokenHash: text("token_hash").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    uniqueIndex("users_username").on(table.username),
    uniqueIndex("users_token_hash").on(table.tokenHash),
    index("users_plan_id").on(table.plan),
    check("users_plan", sql`${table.openedWith} in ('free', 'pro', 'enterprise')`),
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
    // For those that are forgotten one day; what its owner wrote never is.
    index("entries_gathered").on(table.feedId, table.publishedAtMs, table.id).where(sql`${table.origin} is not null`),
    index("entries_unenriched").on(table.publishedAtMs).where(sql`${table.words} is null`),
  ],
);

export {
  auditLog,
  decisionMinutes,
  deniedKeys,
  feedAccess,
  feedMinutes,
  keyCounts,
  keys,
  outboundMinutes,
  overrides,
  plans,
  userDenials,
  versions,
} from "@sluice/console/schema";
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
