/** Answers who read which public feed, from the log. */

import { type SQL, sql } from "drizzle-orm";
import * as z from "zod/mini";
import type { Database } from "../database.ts";
import type { FeedDirectory, UserDirectory } from "../directory.ts";
import {
  type AccessFilter,
  type AccessPlace,
  edgeOf,
  listReads,
  mostLookedAt,
  newestByHour,
  readersOf,
} from "../records/feed-access.ts";
import { allReadsByHour, countAllReads } from "../records/feed-minutes.ts";
import { feedsWithMost, readersWithMost, readsOfOwner } from "../records/most-read.ts";
import { AdminError } from "./admin-error.ts";
import { answered } from "./answering.ts";
import { pageFrom, partOf, placeOf } from "./cursor.ts";
import {
  type FeedAccessFilters,
  type FeedAccessRow,
  type FeedReads,
  type FeedsAdmin,
  readDecisions,
} from "./feeds-admin.ts";
import { csvOf, csvRows } from "./make-feeds-admin-csv.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** An owner's feeds that are told of at once. */
const mostFeeds = 1_000;

/** What the answers come from. */
export interface FeedsAdminParts {
  readonly db: Database;
  readonly users: UserDirectory;
  readonly feeds: FeedDirectory;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

const place = z.strictObject({ atMs: z.int().check(z.nonnegative()), id: z.int().check(z.positive()) });

/** Between two steps through a long log, so that whoever waits for the database has his turn. */
const restMs = 1;

/** Rows of the log, and where the search stopped before it had as many as wanted. */
interface Found {
  readonly rows: FeedAccessRow[];
  readonly stopped?: AccessPlace | undefined;
}

/**
 * The questions about feeds. Each is one statement, one more where a row stands for an address or a user agent, and one more for
 * a list under several filters.
 */
export function feedsAdmin({ db, users, feeds, now = Date.now }: FeedsAdminParts): FeedsAdmin {
  const find = async (filter: AccessFilter, after: AccessPlace | undefined, limit: number): Promise<Found> => {
    // An index holds the rows of one filter together. Those of several may be far apart.
    const edgeMs = isSeveral(filter) ? await edgeOf(db, filter, after) : undefined;
    const found = await listReads(db, { users, feeds }, filter, after, edgeMs, limit);
    const rows = found.map(({ feedTitle, ownerName, ...row }) => ({
      ...row,
      feedTitle: feedTitle ?? undefined,
      ownerName: ownerName ?? undefined,
    }));
    // Behind everything of the edge's instant.
    return { rows, stopped: edgeMs === undefined || rows.length === limit ? undefined : { atMs: edgeMs, id: 1 } };
  };

  /** As many rows as wanted where there are as many, however far apart. */
  const findAll = async (filter: AccessFilter, after: AccessPlace | undefined, limit: number) => {
    const rows: FeedAccessRow[] = [];
    for (let from = after; ; ) {
      const found = await find(filter, from, limit - rows.length);
      rows.push(...found.rows);
      if (found.stopped === undefined) return rows;
      from = found.stopped;
      await new Promise((resolve) => setTimeout(resolve, restMs));
    }
  };

  return {
    count24h: (query) =>
      answered(async () => {
        const filter = await filterOf(db, users, query);
        const afterMs = now() - dayMs;
        if (isOfSums(filter)) return await countAllReads(db, filter.decision, afterMs);
        const hours = await newestByHour(db, filter, afterMs);
        const sum = (of: "seen" | "reads" | "denied"): number => hours.reduce((all, hour) => all + hour[of], 0);
        return { reads: sum("reads"), denied: sum("denied"), of: ofNewest(sum("seen")) };
      }),

    byHour: (query) =>
      answered(async () => {
        const filter = await filterOf(db, users, query);
        const last = Math.floor(now() / hourMs);
        const fromMs = (last - 23) * hourMs;
        const counted = isOfSums(filter)
          ? (await allReadsByHour(db, filter.decision, fromMs)).map((hour) => ({ ...hour, seen: 0 }))
          : await newestByHour(db, filter, fromMs - 1);
        const of = ofNewest(counted.reduce((all, { seen }) => all + seen, 0));
        const byHour = new Map(counted.map((one) => [one.hour, one]));
        const first = (of !== undefined && counted[0]?.hour) || last - 23;
        return Array.from({ length: last - first + 1 }, (_, i) => {
          const { reads = 0, denied = 0 } = byHour.get(first + i) ?? {};
          return { atMs: (first + i) * hourMs, reads, denied, of };
        });
      }),

    list: (query) =>
      answered(async () => {
        const limit = partOf(query);
        const after = placeOf(place, query.after);
        const { rows, stopped } = await find(await filterOf(db, users, query), after, limit + 1);
        return pageFrom(rows, limit, ({ atMs, id }) => ({ atMs, id }), stopped);
      }),

    topReaders: (limit) =>
      answered(async () => {
        const most = await readersWithMost(db, now() - dayMs, partOf({ limit }));
        return most.map(({ seen, ...reader }) => ({ ...reader, of: ofNewest(seen) }));
      }),

    topFeeds: (limit) =>
      answered(async () => {
        const most = await feedsWithMost(db, feeds, now() - dayMs, partOf({ limit }));
        return most.map(titled);
      }),

    feedsOf: (ownerId) =>
      answered(async () => {
        const [counted, owned] = await readsOfOwner(db, feeds, ownerId, now() - dayMs, mostFeeds);
        const titles = new Map(owned.map(({ feedId, title }) => [feedId, title]));
        const of = ofNewest(counted[0]?.seen ?? 0);
        const read = new Set(counted.map(({ feedId }) => feedId));
        return [
          ...counted.map((one) => titled({ ...one, title: titles.get(one.feedId) ?? null })),
          ...owned.filter(({ feedId }) => !read.has(feedId)).map((one) => ({ ...one, reads: 0, denied: 0, of })),
        ];
      }),

    csv: (query) =>
      answered(async () => {
        const filter = await filterOf(db, users, query);
        // The first part is read before the answer begins, so that a database that is away is told by a status.
        const first = await findAll(filter, undefined, csvRows);
        return csvOf(first, (after) => findAll(filter, after, csvRows));
      }),
  };
}

/** How many the newest are, where there are more than are looked at. */
function ofNewest(seen: number): number | undefined {
  return seen < mostLookedAt ? undefined : mostLookedAt;
}

/** Whether sums by minute, which know nothing else of a read, can answer. */
function isOfSums({ decision, ...others }: AccessFilter): boolean {
  return Object.values(others).every((value) => value === undefined);
}

function isSeveral(filter: AccessFilter): boolean {
  return Object.values(filter).filter((value) => value !== undefined).length > 1;
}

function titled({
  title,
  seen,
  ...reads
}: {
  feedId: string;
  title: string | null;
  reads: number;
  denied: number;
  seen: number;
}): FeedReads {
  return { ...reads, title: title ?? undefined, of: ofNewest(seen) };
}

/** The filter with the addresses and user agents that rows stand for. */
async function filterOf(db: Database, users: UserDirectory, query: FeedAccessFilters): Promise<AccessFilter> {
  const { feed, owner, decision, addressOf, agentOf } = query;
  if (decision !== undefined && !readDecisions.some((one) => one === decision)) {
    const message = `The decision is one of ${readDecisions.join(", ")}.`;
    throw new AdminError("invalid", message, { field: "decision" });
  }
  const ids = [addressOf, agentOf].filter((id) => id !== undefined);
  const rows = ids.length === 0 ? [] : await readersOf(db, ids);
  const find = (id: number | undefined, field: string) => {
    const found = rows.find((row) => row.id === id);
    if (id !== undefined && found === undefined) {
      const message =
        "The row whose reader was asked for is no longer in the log. Choose a newer one of the same reader.";
      throw new AdminError("unknown", message, { field });
    }
    return found;
  };
  return {
    feed,
    owner: owner === undefined ? undefined : ownerOf(users, owner),
    decision,
    address: find(addressOf, "addressOf")?.address,
    agent: find(agentOf, "agentOf")?.userAgent,
  };
}

/** The id that a user of this id or, where there is none, of this name has; text that is neither is nobody's. */
function ownerOf({ table, id, name }: UserDirectory, text: string): SQL {
  const byId = sql`select ${id} from ${table} where ${id} = ${text}`;
  const byName = sql`select ${id} from ${table} where ${name} = ${text} order by ${id} limit 1`;
  return sql`coalesce((${byId}), (${byName}), ${text})`;
}
