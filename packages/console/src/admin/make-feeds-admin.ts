/** Answers who read which public feed, from the log. */

import type { Database } from "../database.ts";
import type { FeedDirectory, UserDirectory } from "../directory.ts";
import {
  type AccessFilter,
  type AccessPlace,
  countReads,
  feedsWithMost,
  listReads,
  readersOf,
  readersWithMost,
  readsByHour,
  readsOfOwner,
} from "../records/feed-access.ts";
import { AdminError } from "./admin-error.ts";
import { answered } from "./answering.ts";
import type { FeedAccessQuery, FeedAccessRow, FeedReads, FeedsAdmin } from "./feeds-admin.ts";
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

type Filters = Omit<FeedAccessQuery, "limit" | "after">;

/** The questions about feeds. Each is one statement, and one more where a row stands for an address or a user agent. */
export function feedsAdmin({ db, users, feeds, now = Date.now }: FeedsAdminParts): FeedsAdmin {
  const page = async (
    filter: AccessFilter,
    after: AccessPlace | undefined,
    limit: number,
  ): Promise<FeedAccessRow[]> => {
    const rows = await listReads(db, { users, feeds }, filter, after, limit);
    return rows.map(({ feedTitle, ownerName, ...row }) => ({
      ...row,
      feedTitle: feedTitle ?? undefined,
      ownerName: ownerName ?? undefined,
    }));
  };

  return {
    count24h: (query) =>
      answered(async () => {
        const { reads, denied } = await countReads(db, await filterOf(db, query), now() - dayMs);
        return { reads, denied };
      }),

    byHour: (query) =>
      answered(async () => {
        const last = Math.floor(now() / hourMs);
        const counted = await readsByHour(db, await filterOf(db, query), (last - 23) * hourMs);
        const byHour = new Map(counted.map((one) => [one.hour, one]));
        return Array.from({ length: 24 }, (_, i) => {
          const hour = last - 23 + i;
          const { reads = 0, denied = 0 } = byHour.get(hour) ?? {};
          return { atMs: hour * hourMs, reads, denied };
        });
      }),

    list: (query) =>
      answered(async () => {
        checkLimit(query.limit);
        const after = query.after === undefined ? undefined : placeOf(query.after);
        const rows = await page(await filterOf(db, query), after, query.limit + 1);
        const items = rows.slice(0, query.limit);
        const last = items.at(-1);
        return { items, next: rows.length > items.length && last !== undefined ? cursorOf(last) : undefined };
      }),

    topReaders: (limit) =>
      answered(async () => {
        checkLimit(limit);
        return await readersWithMost(db, now() - dayMs, limit);
      }),

    topFeeds: (limit) =>
      answered(async () => {
        checkLimit(limit);
        const most = await feedsWithMost(db, feeds, now() - dayMs, limit);
        return most.map(titled);
      }),

    feedsOf: (ownerId) =>
      answered(async () => {
        const [counted, owned] = await readsOfOwner(db, feeds, ownerId, now() - dayMs, mostFeeds);
        const titles = new Map(owned.map(({ feedId, title }) => [feedId, title]));
        const read = new Set(counted.map(({ feedId }) => feedId));
        return [
          ...counted.map((one) => titled({ ...one, title: titles.get(one.feedId) ?? null })),
          ...owned.filter(({ feedId }) => !read.has(feedId)).map((one) => ({ ...one, reads: 0, denied: 0 })),
        ];
      }),

    csv: (query) =>
      answered(async () => {
        const filter = await filterOf(db, query);
        // The first part is read before the answer begins, so that a database that is away is told by a status.
        const first = await page(filter, undefined, csvRows);
        return csvOf(first, (after) => page(filter, after, csvRows));
      }),
  };
}

function titled({
  title,
  ...reads
}: {
  feedId: string;
  title: string | null;
  reads: number;
  denied: number;
}): FeedReads {
  return { ...reads, title: title ?? undefined };
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100) return;
  throw new AdminError("invalid", "A part of a list has 1 to 100 rows.", { field: "limit" });
}

/** The filter with the addresses and user agents that rows stand for. */
async function filterOf(db: Database, query: Filters): Promise<AccessFilter> {
  const { feed, owner, decision, addressOf, agentOf } = query;
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
    owner,
    decision,
    address: find(addressOf, "addressOf")?.address,
    agent: find(agentOf, "agentOf")?.userAgent,
  };
}

/** A place in the log as opaque text: two whole numbers. */
function cursorOf({ atMs, id }: AccessPlace): string {
  return `${atMs.toString(36)}.${id.toString(36)}`;
}

function placeOf(cursor: string): AccessPlace {
  const [at = "", row = ""] = /^[0-9a-z]{1,11}\.[0-9a-z]{1,11}$/.test(cursor) ? cursor.split(".") : [];
  const place = { atMs: Number.parseInt(at, 36), id: Number.parseInt(row, 36) };
  // Only the way that cursorOf() writes a place is one of ours.
  if (Number.isSafeInteger(place.atMs) && Number.isSafeInteger(place.id) && cursorOf(place) === cursor) return place;
  throw new AdminError("invalid", "This is no place in the log. Begin again at its start.", { field: "after" });
}
