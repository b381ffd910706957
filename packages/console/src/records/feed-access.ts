/** What is asked of the log of reads: each question is one statement that walks an index, never the log. */

import { and, desc, eq, gt, inArray, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import type { FeedDirectory, UserDirectory } from "../directory.ts";
import { feedAccess as log } from "../schema-records.ts";

/** What a filter names, all of it at once. */
export interface AccessFilter {
  readonly feed?: string | undefined;
  readonly owner?: string | undefined;
  readonly decision?: string | undefined;
  readonly address?: string | undefined;
  readonly agent?: string | undefined;
}

/** A place in the log: the row there, and when it was written. */
export interface AccessPlace {
  readonly atMs: number;
  readonly id: number;
}

export interface AccessDirectories {
  readonly users: UserDirectory;
  readonly feeds: FeedDirectory;
}

const reads = sql<number>`count(*)`;
const denied = sql<number>`count(*) filter (where ${log.decision} = 'denied')`;

/** The filter as a condition. */
function matching({ feed, owner, decision, address, agent }: AccessFilter): SQL[] {
  // The narrowest first.
  const named = [
    [log.address, address],
    [log.feedId, feed],
    [log.ownerId, owner],
    [log.userAgent, agent],
    [log.decision, decision],
  ] as const;
  const given = named.filter(([, value]) => value !== undefined);
  // Of several SQLite takes any; a plus sign in front keeps it from all but the narrowest.
  return given.map(([column, value], i) => (i === 0 ? sql`${column} = ${value}` : sql`+${column} = ${value}`));
}

/** The address and the user agent of rows, by id. */
export function readersOf(
  db: Database,
  ids: readonly number[],
): Promise<{ id: number; address: string; userAgent: string }[]> {
  return db
    .select({ id: log.id, address: log.address, userAgent: log.userAgent })
    .from(log)
    .where(inArray(log.id, [...ids]));
}

/** How many reads there were after an instant, and how many of them were denied. */
export async function countReads(
  db: Database,
  filter: AccessFilter,
  afterMs: number,
): Promise<{ reads: number; denied: number }> {
  const [counted] = await db
    .select({ reads, denied })
    .from(log)
    .where(and(...matching(filter), gt(log.atMs, afterMs)));
  return counted ?? { reads: 0, denied: 0 };
}

/** The same by hours, each named by how many hours lie between it and 1970; hours without reads are left out. */
export function readsByHour(
  db: Database,
  filter: AccessFilter,
  fromMs: number,
): Promise<{ hour: number; reads: number; denied: number }[]> {
  // Both are whole numbers, so that SQLite's division is one of whole numbers; what is bound arrives as a double.
  const hour = sql<number>`${log.atMs} / 3600000`;
  return db
    .select({ hour, reads, denied })
    .from(log)
    .where(and(...matching(filter), sql`${log.atMs} >= ${fromMs}`))
    .groupBy(hour);
}

/** A part of the log, the newest first, with the names of feeds and owners. */
export function listReads(
  db: Database,
  { users, feeds }: AccessDirectories,
  filter: AccessFilter,
  after: AccessPlace | undefined,
  limit: number,
) {
  const older = after === undefined ? undefined : sql`(${log.atMs}, ${log.id}) < (${after.atMs}, ${after.id})`;
  return db
    .select({
      id: log.id,
      atMs: log.atMs,
      feedId: log.feedId,
      feedTitle: sql<string | null>`${feeds.title}`,
      ownerId: log.ownerId,
      ownerName: sql<string | null>`${users.name}`,
      address: log.address,
      isPseudonym: log.isPseudonym,
      userAgent: log.userAgent,
      status: log.status,
      decision: log.decision,
    })
    .from(log)
    .leftJoin(feeds.table, eq(feeds.id, log.feedId))
    .leftJoin(users.table, eq(users.id, log.ownerId))
    .where(and(...matching(filter), older))
    .orderBy(desc(log.atMs), desc(log.id))
    .limit(limit);
}

/** Who read most after an instant. */
export function readersWithMost(db: Database, afterMs: number, limit: number) {
  // The plus sign keeps SQLite from walking the whole index of addresses in their order.
  const most = db
    .select({ row: sql<number>`max(${log.id})`.as("row"), reads: reads.as("reads"), denied: denied.as("denied") })
    .from(log)
    .where(gt(log.atMs, afterMs))
    .groupBy(sql`+${log.address}`)
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
    })
    .from(most)
    .innerJoin(log, eq(log.id, most.row))
    .orderBy(desc(most.reads), desc(most.row));
}

/** Which feeds were read most after an instant. */
export function feedsWithMost(db: Database, feeds: FeedDirectory, afterMs: number, limit: number) {
  const most = db
    .select({ feedId: log.feedId, reads: reads.as("reads"), denied: denied.as("denied") })
    .from(log)
    .where(gt(log.atMs, afterMs))
    .groupBy(sql`+${log.feedId}`)
    .orderBy(sql`reads desc`, log.feedId)
    .limit(limit)
    .as("most");
  return db
    .select({
      feedId: most.feedId,
      title: sql<string | null>`${feeds.title}`,
      reads: most.reads,
      denied: most.denied,
    })
    .from(most)
    .leftJoin(feeds.table, eq(feeds.id, most.feedId))
    .orderBy(desc(most.reads), most.feedId);
}

/** Reads of one owner's feeds after an instant, and the feeds that the owner has now. */
export function readsOfOwner(db: Database, feeds: FeedDirectory, ownerId: string, afterMs: number, limit: number) {
  return db.batch([
    db
      .select({ feedId: log.feedId, reads, denied })
      .from(log)
      .where(and(eq(log.ownerId, ownerId), gt(log.atMs, afterMs)))
      .groupBy(sql`+${log.feedId}`)
      .orderBy(desc(reads), log.feedId)
      .limit(limit),
    db
      .select({ feedId: sql<string>`${feeds.id}`, title: sql<string>`${feeds.title}` })
      .from(feeds.table)
      .where(eq(feeds.owner, ownerId))
      .orderBy(feeds.id)
      .limit(limit),
  ]);
}
