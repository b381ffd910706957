/** Feeds as rows: every function here is one statement, whatever the row count. */

import { and, asc, eq, gt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import type { Page } from "./page.ts";
import { feeds, users } from "./schema.ts";

export interface FeedRecord {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly homepage: string | null;
  readonly createdAtMs: number;
}

/** A feed as its readers meet it: with the owner whose quota they spend. */
export interface PublicFeedRecord extends FeedRecord {
  readonly ownerId: string;
  readonly ownerName: string;
}

/** What a new feed needs. */
export interface FeedDraft {
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly homepage: string | null;
}

const { id, slug, title, description, homepage, createdAtMs } = feeds;
const columns = { id, slug, title, description, homepage, createdAtMs };

/** The feed behind a public address. */
export async function publicFeed(db: Database, username: string, name: string): Promise<PublicFeedRecord | undefined> {
  return db
    .select({ ...columns, ownerId: feeds.ownerId, ownerName: users.username })
    .from(feeds)
    .innerJoin(users, eq(users.id, feeds.ownerId))
    .where(and(eq(users.username, username), eq(feeds.slug, name)))
    .get();
}

/** One of a user's own feeds. */
export async function ownFeed(db: Database, ownerId: string, name: string): Promise<FeedRecord | undefined> {
  return db
    .select(columns)
    .from(feeds)
    .where(and(eq(feeds.ownerId, ownerId), eq(slug, name)))
    .get();
}

/** A user's feeds in the order of their slugs, each with its number of entries. */
export async function ownFeeds(
  db: Database,
  ownerId: string,
  { limit, cursor }: Page<string>,
): Promise<(FeedRecord & { readonly entryCount: number })[]> {
  // Written out, because drizzle leaves table names away in a selection from one table, and both have an id.
  const entryCount = sql<number>`(select count(*) from entries where entries.feed_id = feeds.id)`;
  return db
    .select({ ...columns, entryCount })
    .from(feeds)
    .where(and(eq(feeds.ownerId, ownerId), cursor === undefined ? undefined : gt(slug, cursor)))
    .orderBy(asc(slug))
    .limit(limit)
    .all();
}

/** Adds a feed; undefined when its owner already has one of that slug. */
export async function addFeed(
  db: Database,
  ownerId: string,
  draft: FeedDraft,
  nowMs: number,
): Promise<FeedRecord | undefined> {
  const [added] = await db
    .insert(feeds)
    .values({ id: crypto.randomUUID(), ownerId, ...draft, createdAtMs: nowMs })
    .onConflictDoNothing({ target: [feeds.ownerId, feeds.slug] })
    .returning(columns);
  return added;
}
