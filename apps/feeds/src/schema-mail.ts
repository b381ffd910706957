/** The tables of the mail part: who gets digests, the inboxes that send them, what was sent, and what came back. */

import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { feeds, users } from "./schema.ts";

/** How an inbox's daily limit grows, as data; mail/warmup.ts makes the schedule of it. */
export type WarmupPlan =
  | { readonly kind: "linear"; readonly start: number; readonly step: number; readonly target: number }
  | { readonly kind: "exponential"; readonly start: number; readonly factor: number; readonly target: number }
  | { readonly kind: "steps"; readonly steps: readonly { readonly days: number; readonly limit: number }[] };

/** Who gets a digest by mail, where, and how often. */
export const digestSubscriptions = sqliteTable(
  "digest_subscriptions",
  {
    userId: text("user_id")
      .primaryKey()
      .references(() => users.id, { onDelete: "cascade" }),
    /** In lower case, as reports are looked up. */
    address: text("address").notNull(),
    cadence: text("cadence", { enum: ["daily", "weekly"] }).notNull(),
    /** What was published up to then has been told. */
    lastDigestAtMs: integer("last_digest_at_ms").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    index("digest_subscriptions_due").on(table.cadence, table.lastDigestAtMs),
    index("digest_subscriptions_address").on(table.address),
    check("digest_subscriptions_cadence", sql`${table.cadence} in ('daily', 'weekly')`),
    check("digest_subscriptions_address_lower", sql`${table.address} = lower(${table.address})`),
  ],
);

/** The feeds that a digest tells of. */
export const digestFeeds = sqliteTable(
  "digest_feeds",
  {
    userId: text("user_id")
      .notNull()
      .references(() => digestSubscriptions.userId, { onDelete: "cascade" }),
    feedId: text("feed_id")
      .notNull()
      .references(() => feeds.id, { onDelete: "cascade" }),
  },
  (table) => [primaryKey({ columns: [table.userId, table.feedId] })],
);

/** An address that sends, and how far its warm-up is. */
export const inboxes = sqliteTable(
  "inboxes",
  {
    id: text("id").primaryKey(),
    /** In lower case, as reports are looked up. */
    address: text("address").notNull(),
    /** The name of the way out, as the composition root calls it. */
    transport: text("transport").notNull(),
    timeZone: text("time_zone").notNull(),
    /** Null: no warm-up, it may send what every inbox may. */
    warmup: text("warmup", { mode: "json" }).$type<WarmupPlan>(),
    /** Nothing is sent before. */
    warmupStartMs: integer("warmup_start_ms").notNull(),
    /** Days on which it has sent, by its own calendar; the warm-up advances by these. */
    activeDays: integer("active_days").notNull().default(0),
    /** The last of them, such as 2026-11-22. */
    lastActiveDate: text("last_active_date"),
    /** Days of the warm-up that bounces took back. */
    stepsBack: integer("steps_back").notNull().default(0),
    /** The day of its warm-up on which a complaint holds it until a person releases it, since when, and why. */
    heldOnDay: integer("held_on_day"),
    heldAtMs: integer("held_at_ms"),
    heldReason: text("held_reason"),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    uniqueIndex("inboxes_address").on(table.address),
    check("inboxes_address_lower", sql`${table.address} = lower(${table.address})`),
    check("inboxes_active_days", sql`${table.activeDays} >= 0`),
    check("inboxes_steps_back", sql`${table.stepsBack} >= 0`),
  ],
);

/** What becomes of a message. `sending` outlives its sender when that one dies: then nobody knows whether it went out. */
export const messageStatuses = ["queued", "sending", "sent", "failed", "bounced"] as const;
export type MessageStatus = (typeof messageStatuses)[number];

/** A mail to one recipient, from its making on. */
export const messages = sqliteTable(
  "messages",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    recipient: text("recipient").notNull(),
    subject: text("subject").notNull(),
    body: text("body").notNull(),
    /** The Message-ID: the same at every attempt, so that a repeat can be recognised. */
    messageId: text("message_id").notNull(),
    status: text("status", { enum: messageStatuses }).notNull(),
    /** The inbox of the last attempt. */
    inboxId: text("inbox_id").references(() => inboxes.id, { onDelete: "set null" }),
    /** Not to be tried before. */
    dueAtMs: integer("due_at_ms").notNull(),
    attempts: integer("attempts").notNull().default(0),
    /** The fence of the run that is sending it, or was the last to. */
    fence: integer("fence"),
    /** Nobody knows whether it was accepted; it counts as sent and is not sent again. */
    ambiguous: integer("ambiguous", { mode: "boolean" }).notNull().default(false),
    /** What the last attempt was answered, or what went wrong. */
    lastResponse: text("last_response"),
    createdAtMs: integer("created_at_ms").notNull(),
    sendingAtMs: integer("sending_at_ms"),
    sentAtMs: integer("sent_at_ms"),
    /** The day of sending by the inbox's calendar. */
    sentDate: text("sent_date"),
  },
  (table) => [
    uniqueIndex("messages_message_id").on(table.messageId),
    index("messages_status_due").on(table.status, table.dueAtMs, table.id),
    index("messages_recipient").on(table.recipient, table.inboxId),
    index("messages_user").on(table.userId, table.status),
    check("messages_status", sql`${table.status} in ('queued', 'sending', 'sent', 'failed', 'bounced')`),
  ],
);

/** Bounces and complaints that were reported, so that a report that comes twice has one effect. */
export const bounceEvents = sqliteTable(
  "bounce_events",
  {
    id: text("id").primaryKey(),
    type: text("type", { enum: ["bounce", "complaint"] }).notNull(),
    inboxId: text("inbox_id")
      .notNull()
      .references(() => inboxes.id, { onDelete: "cascade" }),
    recipient: text("recipient").notNull(),
    atMs: integer("at_ms").notNull(),
    receivedAtMs: integer("received_at_ms").notNull(),
    diagnostic: text("diagnostic"),
    /** Which request brought it; its effects are those of that request alone. */
    receipt: text("receipt").notNull(),
  },
  (table) => [index("bounce_events_received").on(table.receivedAtMs)],
);
