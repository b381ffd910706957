/** Which feeds are to be fetched now: each address once, whoever subscribes to it, and no host more than its share. */

import { asc, inArray, lte, min, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { subscriptions } from "../schema.ts";
import type { LastRead } from "./visit.ts";

/** Somebody who subscribes to a feed. */
export interface Subscriber extends LastRead {
  readonly id: string;
  readonly userId: string;
  readonly feedId: string;
  readonly title: string | null;
  readonly failures: number;
}

/** A feed, and everybody who subscribes to it: also who is not due yet, so that all are from now on. */
export interface DueFeed {
  readonly url: string;
  readonly subscribers: readonly Subscriber[];
}

/** As many are fetched in one run, and of one host: a Worker may send a thousand requests, and each takes several to its backend. */
const [mostFetched, mostOfHost] = [100, 50];

/** D1 takes no more than a hundred values in a statement. */
const mostValues = 90;

/** What is due, by hosts: one of each host, then a second of each, so that a host with thousands keeps no other waiting. */
export async function dueFeeds(db: Database, nowMs: number): Promise<readonly (readonly DueFeed[])[]> {
  const { id, userId, feedId, url, title, etag, lastModified, refreshMs, failures, nextFetchAtMs } = subscriptions;
  const rest = sql`substr(${url}, instr(${url}, '//') + 2)`;
  const host = sql`substr(${rest}, 1, instr(${rest}, '/') - 1)`;
  const sinceMs = min(nextFetchAtMs);
  const due = db
    .select({
      url,
      sinceMs: sql`${sinceMs}`.as("since_ms"),
      place: sql<number>`row_number() over (partition by ${host} order by ${sinceMs}, ${url})`.as("place"),
    })
    .from(subscriptions)
    .where(lte(nextFetchAtMs, nowMs))
    .groupBy(url)
    .as("due");
  const looked = await db
    .select({ url: due.url })
    .from(due)
    .where(lte(due.place, mostOfHost))
    .orderBy(asc(due.place), asc(due.sinceMs))
    .limit(mostFetched)
    .all();
  const chosen = looked.map((row) => row.url);
  const subscribers = new Map<string, Subscriber[]>();
  for (let at = 0; at < chosen.length; at += mostValues) {
    const rows = await db
      .select({ id, userId, feedId, url, title, etag, lastModified, refreshMs, failures })
      .from(subscriptions)
      .where(inArray(url, chosen.slice(at, at + mostValues)))
      // Who has waited longest is written to first, for a run may end in the midst of them.
      .orderBy(asc(nextFetchAtMs))
      .all();
    for (const { url: address, ...one } of rows) subscribers.set(address, [...(subscribers.get(address) ?? []), one]);
  }
  const feeds = chosen.map((address) => ({ url: address, subscribers: subscribers.get(address) ?? [] }));
  // Everybody may have ended theirs since.
  const wanted = feeds.filter((feed) => feed.subscribers.length > 0);
  return [...Map.groupBy(wanted, (feed) => hostOf(feed.url)).values()];
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? "";
}
