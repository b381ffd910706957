/** The tables of what happens: who read which feed, and what was decided, minute by minute. None has a row for each request but one. */

import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Who read which public feed, and what they were answered: a row for each read. */
export const feedAccess = sqliteTable(
  "sluice_feed_access",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    feedId: text("feed_id").notNull(),
    ownerId: text("owner_id").notNull(),
    atMs: integer("at_ms").notNull(),
    /** As it came, until it is replaced by a pseudonym: a keyed hash. */
    address: text("address").notNull(),
    isPseudonym: integer("is_pseudonym", { mode: "boolean" }).notNull().default(false),
    userAgent: text("user_agent").notNull(),
    status: integer("status").notNull(),
    /** What the limits said: see recording/feed-access.ts. */
    decision: text("decision").notNull(),
  },
  (table) => [
    // Each ends with what questions count, so that a day is counted in the index alone.
    index("sluice_feed_access_at").on(table.atMs, table.decision, table.feedId, table.address),
    index("sluice_feed_access_feed").on(table.feedId, table.atMs, table.decision),
    index("sluice_feed_access_owner").on(table.ownerId, table.atMs, table.decision, table.feedId),
    index("sluice_feed_access_address").on(table.address, table.atMs, table.decision),
    index("sluice_feed_access_agent").on(table.userAgent, table.atMs, table.decision),
    index("sluice_feed_access_decision").on(table.decision, table.atMs),
    index("sluice_feed_access_plain").on(table.atMs).where(sql`${table.isPseudonym} = 0`),
  ],
);

/** How many reads there were in a minute, by what the limits said: a day is added up from these, however long the log is. */
export const feedMinutes = sqliteTable(
  "sluice_feed_minutes",
  {
    /** The minute's first millisecond. */
    minuteMs: integer("minute_ms").notNull(),
    decision: text("decision").notNull(),
    reads: integer("reads").notNull(),
  },
  (table) => [primaryKey({ columns: [table.minuteMs, table.decision] })],
);

/** How many decisions of each kind a limiter made in a minute. */
export const decisionMinutes = sqliteTable(
  "sluice_decision_minutes",
  {
    /** The minute's first millisecond. */
    minuteMs: integer("minute_ms").notNull(),
    /** The policy's name. */
    limiter: text("limiter").notNull(),
    /** The plan of whoever paid; empty where that is nobody with a plan. */
    plan: text("plan").notNull(),
    outcome: text("outcome").notNull(),
    count: integer("count").notNull(),
  },
  (table) => [primaryKey({ columns: [table.minuteMs, table.limiter, table.plan, table.outcome] })],
);

/** How many keys asked how often in a minute: a histogram in logarithmic buckets, by limiter and plan. */
export const keyCounts = sqliteTable(
  "sluice_key_counts",
  {
    minuteMs: integer("minute_ms").notNull(),
    limiter: text("limiter").notNull(),
    plan: text("plan").notNull(),
    /** See recording/buckets.ts. */
    bucket: integer("bucket").notNull(),
    keys: integer("keys").notNull(),
    /** What these keys asked for together, in hundredths of a unit. */
    hundredths: integer("hundredths").notNull(),
  },
  (table) => [primaryKey({ columns: [table.minuteMs, table.limiter, table.plan, table.bucket] })],
);

/** The keys that were denied most in an hour. */
export const deniedKeys = sqliteTable(
  "sluice_denied_keys",
  {
    hourMs: integer("hour_ms").notNull(),
    limiter: text("limiter").notNull(),
    /** As the limiter names it: `api:<userId>`, an address. Addresses are replaced by pseudonyms as in the access log. */
    key: text("key").notNull(),
    isPseudonym: integer("is_pseudonym", { mode: "boolean" }).notNull().default(false),
    denials: integer("denials").notNull(),
    lastAtMs: integer("last_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.hourMs, table.limiter, table.key] }),
    index("sluice_denied_keys_most").on(table.hourMs, table.limiter, table.denials),
  ],
);

/** The last denials of a user: twenty at most. */
export const userDenials = sqliteTable(
  "sluice_user_denials",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    userId: text("user_id").notNull(),
    atMs: integer("at_ms").notNull(),
    limiter: text("limiter").notNull(),
    /** The limit that denied, in units of its window. */
    limitUnits: integer("limit_units").notNull(),
    /** Null where waiting does not help. */
    retryAfterMs: integer("retry_after_ms"),
    /** How many denials of this limiter this row stands for, of one writing. */
    times: integer("times").notNull(),
  },
  (table) => [
    index("sluice_user_denials_user").on(table.userId, table.id),
    index("sluice_user_denials_at").on(table.atMs),
  ],
);

/** What became of calls, minute by minute: of an API's, or on a limit of ours. */
export const outboundMinutes = sqliteTable(
  "sluice_outbound_minutes",
  {
    minuteMs: integer("minute_ms").notNull(),
    kind: text("kind", { enum: ["api", "limit"] }).notNull(),
    name: text("name").notNull(),
    /** Calls of an API; places granted on a limit. */
    calls: integer("calls").notNull(),
    attempts: integer("attempts").notNull(),
    retries: integer("retries").notNull(),
    /** 429s met; denials of a limit. */
    throttled: integer("throttled").notNull(),
    failures: integer("failures").notNull(),
    answers: integer("answers").notNull(),
    /** Added up over the answers. */
    latencyMs: integer("latency_ms").notNull(),
    /** Waits that have ended, and how long they took together. */
    waits: integer("waits").notNull(),
    waitMs: integer("wait_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.minuteMs, table.kind, table.name] })],
);
