/** Subscriptions as rows, for whoever has them: every function here is one statement, whatever the row count. */

import { and, eq, or, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { sha256 } from "../digest.ts";
import { isAfter, newestFirst, type Page } from "../page.ts";
import { feeds, subscriptions } from "../schema.ts";
import { utf8 } from "../text.ts";

export interface SubscriptionRecord {
  readonly id: string;
  readonly url: string;
  /** The slug of the feed in which its entries appear. */
  readonly feed: string;
  readonly title: string | null;
  readonly nextFetchAtMs: number;
  readonly lastFetchAtMs: number | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly createdAtMs: number;
}

/** A user has as many. */
export const mostSubscriptions = 100;

const { id, url, title, nextFetchAtMs, lastFetchAtMs, lastStatus, lastError, createdAtMs } = subscriptions;
const own = { id, url, title, nextFetchAtMs, lastFetchAtMs, lastStatus, lastError, createdAtMs };
const columns = { ...own, feed: feeds.slug };

/** A page of a user's subscriptions, the newest first. */
export async function subscriptionsOf(
  db: Database,
  userId: string,
  { limit, cursor }: Page,
): Promise<SubscriptionRecord[]> {
  return db
    .select(columns)
    .from(subscriptions)
    .innerJoin(feeds, eq(feeds.id, subscriptions.feedId))
    .where(and(eq(subscriptions.userId, userId), isAfter(cursor, createdAtMs, id)))
    .orderBy(...newestFirst(createdAtMs, id))
    .limit(limit)
    .all();
}

/** One of a user's subscriptions. */
export async function subscriptionOf(
  db: Database,
  userId: string,
  wanted: string,
): Promise<SubscriptionRecord | undefined> {
  return db
    .select(columns)
    .from(subscriptions)
    .innerJoin(feeds, eq(feeds.id, subscriptions.feedId))
    .where(and(eq(id, wanted), eq(subscriptions.userId, userId)))
    .get();
}

/** Adds one, due now; undefined where there is such a one, or there are as many as may be. */
export async function addSubscription(
  db: Database,
  userId: string,
  { url: address, feedId }: { readonly url: string; readonly feedId: string },
  nowMs: number,
): Promise<Omit<SubscriptionRecord, "feed"> | undefined> {
  const values = {
    id: await subscriptionId(userId, address),
    userId,
    url: address,
    feedId,
    nextFetchAtMs: nowMs,
    createdAtMs: nowMs,
  };
  // Counted where it is added, so that two at once are not both the hundredth.
  const few = sql`(select count(*) from subscriptions where user_id = ${userId}) < ${mostSubscriptions}`;
  const [added] = await db
    .insert(subscriptions)
    .select(
      sql`select ${values.id}, ${userId}, ${address}, ${feedId}, null, null, null, ${nowMs}, null, null, null, 0, ${nowMs}, null, null where ${few}`,
    )
    .onConflictDoNothing()
    .returning(own);
  return added;
}

/** Whether there is one of this address, or of what it was before it moved. */
export async function isSubscribed(db: Database, userId: string, address: string): Promise<boolean> {
  const same = or(eq(url, address), eq(id, await subscriptionId(userId, address)));
  const found = await db
    .select({ id })
    .from(subscriptions)
    .where(and(eq(subscriptions.userId, userId), same))
    .limit(1)
    .get();
  return found !== undefined;
}

/** Ends one; its entries stay. False where there is none. */
export async function endSubscription(db: Database, userId: string, wanted: string): Promise<boolean> {
  const ended = await db
    .delete(subscriptions)
    .where(and(eq(id, wanted), eq(subscriptions.userId, userId)))
    .returning({ id });
  return ended.length > 0;
}

/**
 * The id follows from whose it is and from the address that was given, and entries are told apart by it: so that none comes twice
 * when the feed moves, or when somebody ends a subscription and begins it again.
 */
async function subscriptionId(userId: string, address: string): Promise<string> {
  const hash = await sha256(utf8(`subscription ${userId} ${address}`));
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}
