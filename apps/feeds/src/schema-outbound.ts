/** The tables of what is fetched from elsewhere: feeds that users subscribe to, and prospects that are looked up. */

import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { feeds, users } from "./schema.ts";

/** A feed elsewhere, whose entries appear in a feed of the subscriber. */
export const subscriptions = sqliteTable(
  "subscriptions",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    url: text("url").notNull(),
    /** Where its entries appear. */
    feedId: text("feed_id")
      .notNull()
      .references(() => feeds.id, { onDelete: "cascade" }),
    /** As it calls itself; null until it was fetched. */
    title: text("title"),
    /** What the last answer is told apart by. */
    etag: text("etag"),
    lastModified: text("last_modified"),
    nextFetchAtMs: integer("next_fetch_at_ms").notNull(),
    lastFetchAtMs: integer("last_fetch_at_ms"),
    /** The last answer's status; null where there was none. */
    lastStatus: integer("last_status"),
    /** What was wrong the last time; null if nothing was. */
    lastError: text("last_error"),
    /** Fetches in a row that failed. */
    failures: integer("failures").notNull().default(0),
    createdAtMs: integer("created_at_ms").notNull(),
    /** Origins of what it has listed lately, the latest first: it is no news when it is listed again, whatever became of it here. */
    listed: text("listed", { mode: "json" }).$type<readonly string[]>(),
    /** What the feed itself asked for when it was read last, in milliseconds: an answer without a body cannot say it again. */
    refreshMs: integer("refresh_ms"),
  },
  (table) => [
    // By the address first, since it is fetched once for all who subscribe to it.
    uniqueIndex("subscriptions_url_user").on(table.url, table.userId),
    index("subscriptions_due").on(table.nextFetchAtMs),
    index("subscriptions_user_created").on(table.userId, table.createdAtMs, table.id),
    check("subscriptions_failures", sql`${table.failures} >= 0`),
  ],
);

/** How far a prospect's address is: `pending` is still looked up; `none` was not found; the rest is what the verifier says. */
export const emailStates = ["pending", "valid", "risky", "invalid", "none"] as const;
export type EmailState = (typeof emailStates)[number];

/** Somebody whose site and address are to be found. */
export const prospects = sqliteTable(
  "prospects",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    /** Given, or found; null until then. */
    site: text("site"),
    /** Found, and not verified while the state is `pending`. */
    email: text("email"),
    emailState: text("email_state", { enum: emailStates }).notNull(),
    /** Steps in a row that failed, and when the next is tried. */
    failures: integer("failures").notNull().default(0),
    nextTryAtMs: integer("next_try_at_ms").notNull(),
    lastError: text("last_error"),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
    /** When the result was written where results are collected; null until then. */
    recordedAtMs: integer("recorded_at_ms"),
  },
  (table) => [
    uniqueIndex("prospects_user_name").on(table.userId, table.name),
    index("prospects_due").on(table.nextTryAtMs, table.id).where(sql`${table.emailState} = 'pending'`),
    index("prospects_unrecorded")
      .on(table.nextTryAtMs, table.id)
      .where(sql`${table.emailState} <> 'pending' and ${table.recordedAtMs} is null`),
    index("prospects_user_created").on(table.userId, table.createdAtMs, table.id),
    check("prospects_email_state", sql`${table.emailState} in ('pending', 'valid', 'risky', 'invalid', 'none')`),
    check("prospects_failures", sql`${table.failures} >= 0`),
  ],
);
