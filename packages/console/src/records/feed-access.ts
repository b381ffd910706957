/** What is asked of the log of reads: each question is one statement that walks an index, and no more than so many rows of it. */

import { and, desc, eq, gt, gte, inArray, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import type { FeedDirectory, UserDirectory } from "../directory.ts";
import { feedAccess as log } from "../schema-records.ts";

/** What a filter names, all of it at once. */
export interface AccessFilter {
  readonly feed?: string | undefined;
  /** An id, or what finds it. */
  readonly owner?: string | SQL | undefined;
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

/** Rows that one question looks at, at most: the newest. So many take some tens of milliseconds to group. */
export const mostLookedAt = 20_000;

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

/** How many of the newest reads after an instant a filter fits, by hours: each named by how many hours lie between it and 1970. */
export function newestByHour(
  db: Database,
  filter: AccessFilter,
  afterMs: number,
): Promise<{ hour: number; seen: number; reads: number; denied: number }[]> {
  const [narrowest, ...rest] = matching(filter);
  const newest = db
    .select({
      // Both are whole numbers, so that SQLite's division is one of whole numbers; what is bound arrives as a double.
      hour: sql<number>`${log.atMs} / 3600000`.as("hour"),
      fits: sql<number>`${and(...rest) ?? sql`1`}`.as("fits"),
      isDenied: sql<number>`${log.decision} = 'denied'`.as("is_denied"),
    })
    .from(log)
    .where(and(narrowest, gt(log.atMs, afterMs)))
    .orderBy(desc(log.atMs))
    .limit(mostLookedAt)
    .as("newest");
  const fits = sql`${newest.fits}`;
  return db
    .select({
      hour: sql<number>`${newest.hour}`,
      seen: sql<number>`count(*)`,
      reads: sql<number>`count(*) filter (where ${fits})`,
      denied: sql<number>`count(*) filter (where ${fits} and ${newest.isDenied})`,
    })
    .from(newest)
    .groupBy(sql`${newest.hour}`)
    .orderBy(sql`${newest.hour}`);
}

/** Where a question for a part of the log that names several things has looked at enough; undefined where the log ends before. */
export async function edgeOf(
  db: Database,
  filter: AccessFilter,
  after: AccessPlace | undefined,
): Promise<number | undefined> {
  const [narrowest] = matching(filter);
  const [edge] = await db
    .select({ atMs: log.atMs })
    .from(log)
    .where(and(narrowest, olderThan(after)))
    .orderBy(desc(log.atMs))
    .limit(1)
    .offset(mostLookedAt - 1);
  return edge?.atMs;
}

function olderThan(after: AccessPlace | undefined): SQL | undefined {
  return after === undefined ? undefined : sql`(${log.atMs}, ${log.id}) < (${after.atMs}, ${after.id})`;
}

/** A part of the log, the newest first, with the names of feeds and owners; nothing older than the edge. */
export function listReads(
  db: Database,
  { users, feeds }: AccessDirectories,
  filter: AccessFilter,
  after: AccessPlace | undefined,
  edgeMs: number | undefined,
  limit: number,
) {
  const newer = edgeMs === undefined ? undefined : gte(log.atMs, edgeMs);
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
    .where(and(...matching(filter), olderThan(after), newer))
    .orderBy(desc(log.atMs), desc(log.id))
    .limit(limit);
}
