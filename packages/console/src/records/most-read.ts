/** Who reads most, and what is read most: told of the newest reads alone, so that a question costs the same however many there are. */

import { type AnyColumn, and, desc, eq, gt, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import type { FeedDirectory } from "../directory.ts";
import { feedAccess as log } from "../schema-records.ts";
import { mostLookedAt } from "./feed-access.ts";

const reads = sql<number>`count(*)`;

/** How many there are after an instant to look at, of one owner's or of all. */
function lookedAt(afterMs: number, owner?: string): SQL<number> {
  const where = and(owner === undefined ? undefined : eq(log.ownerId, owner), gt(log.atMs, afterMs));
  return sql<number>`(select count(*) from (select 1 from ${log} where ${where} limit ${mostLookedAt}))`;
}

/** Who read most among the newest reads after an instant, each with how many were looked at. */
export function readersWithMost(db: Database, afterMs: number, limit: number) {
  const newest = db
    .select({ id: log.id, address: log.address, decision: log.decision })
    .from(log)
    .where(gt(log.atMs, afterMs))
    .orderBy(desc(log.atMs))
    .limit(mostLookedAt)
    .as("newest");
  const most = db
    .select({
      row: sql<number>`max(${newest.id})`.as("row"),
      reads: reads.as("reads"),
      denied: deniedIn(newest.decision).as("denied"),
    })
    .from(newest)
    .groupBy(newest.address)
    .orderBy(sql`reads desc, "row" desc`)
    .limit(limit)
    .as("most");
  return db
    .select({
      row: most.row,
      address: log.address,
      isPseudonym: log.isPseudonym,
      reads: most.reads,
      denied: most.denied,
      seen: lookedAt(afterMs),
    })
    .from(most)
    .innerJoin(log, eq(log.id, most.row))
    .orderBy(desc(most.reads), desc(most.row));
}

/** Which feeds were read most, in the same way. */
export function feedsWithMost(db: Database, feeds: FeedDirectory, afterMs: number, limit: number) {
  const newest = db
    .select({ feedId: log.feedId, decision: log.decision })
    .from(log)
    .where(gt(log.atMs, afterMs))
    .orderBy(desc(log.atMs))
    .limit(mostLookedAt)
    .as("newest");
  const most = db
    .select({ feedId: newest.feedId, reads: reads.as("reads"), denied: deniedIn(newest.decision).as("denied") })
    .from(newest)
    .groupBy(newest.feedId)
    .orderBy(sql`reads desc`, newest.feedId)
    .limit(limit)
    .as("most");
  return db
    .select({
      feedId: most.feedId,
      title: sql<string | null>`${feeds.title}`,
      reads: most.reads,
      denied: most.denied,
      seen: lookedAt(afterMs),
    })
    .from(most)
    .leftJoin(feeds.table, eq(feeds.id, most.feedId))
    .orderBy(desc(most.reads), most.feedId);
}

/** The newest reads of one owner's feeds after an instant, in the same way, and the feeds that the owner has now. */
export function readsOfOwner(db: Database, feeds: FeedDirectory, ownerId: string, afterMs: number, limit: number) {
  const newest = db
    .select({ feedId: log.feedId, decision: log.decision })
    .from(log)
    .where(and(eq(log.ownerId, ownerId), gt(log.atMs, afterMs)))
    .orderBy(desc(log.atMs))
    .limit(mostLookedAt)
    .as("newest");
  return db.batch([
    db
      .select({ feedId: newest.feedId, reads, denied: deniedIn(newest.decision), seen: lookedAt(afterMs, ownerId) })
      .from(newest)
      .groupBy(newest.feedId)
      .orderBy(desc(reads), newest.feedId)
      .limit(limit),
    db
      .select({ feedId: sql<string>`${feeds.id}`, title: sql<string>`${feeds.title}` })
      .from(feeds.table)
      .where(eq(feeds.owner, ownerId))
      .orderBy(feeds.id)
      .limit(limit),
  ]);
}

function deniedIn(decision: AnyColumn): SQL<number> {
  return sql<number>`count(*) filter (where ${decision} = 'denied')`;
}
