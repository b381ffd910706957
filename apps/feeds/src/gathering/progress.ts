/** What is written down after a visit: new entries and how far a subscription is, in one step, so that a crash loses and repeats nothing. */

import { and, eq, inArray, lt, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { sha256 } from "../digest.ts";
import { entries, subscriptions } from "../schema.ts";
import { utf8 } from "../text.ts";
import type { DueFeed, Subscriber } from "./due.ts";
import type { FoundEntry } from "./found-feed.ts";
import { backoffMs, never } from "./next-fetch.ts";
import type { Visited } from "./visit.ts";

type Read = Extract<Visited, { is: "read" }>;
type Asked = Exclude<Visited, { is: "later" }>;

/** D1 takes a hundred values in a statement, and an entry has eight. */
const mostRows = 11;
const mostValues = 90;

/** So many of what it listed last are known by their origins, when the entries themselves are forgotten: three answers' worth. */
const mostListed = 300;

/** What was dated before is no news, however late it is found. */
const newsMs = 7 * 86_400_000;

/** Writes what came of a visit, for everybody who subscribes to the feed; tells how many entries are new. */
export async function progress(db: Database, due: DueFeed, visited: Asked, nowMs: number): Promise<number> {
  const ofAll = eq(subscriptions.url, due.url);
  switch (visited.is) {
    case "read": {
      const { movedTo } = visited;
      const moved = movedTo === undefined ? undefined : await takenBy(db, movedTo);
      let added = 0;
      for (const subscriber of due.subscribers) {
        const url = movedTo !== undefined && moved?.has(subscriber.userId) === false ? movedTo : due.url;
        added += await addNew(db, subscriber, { ...visited, movedTo: url }, nowMs);
      }
      return added;
    }
    case "unchanged": {
      const { etag = null, lastModified = null } = due.subscribers[0] ?? {};
      // Who has begun since has other validators, namely none, and still needs all of it.
      const isSame = sql`${subscriptions.etag} is ${etag} and ${subscriptions.lastModified} is ${lastModified}`;
      await db
        .update(subscriptions)
        .set({ ...wasFetched(visited.status, nowMs), nextFetchAtMs: nowMs + visited.restMs })
        .where(and(ofAll, isSame));
      return 0;
    }
    case "gone": {
      const lastError = "It said that it is gone for good, and is not fetched any more.";
      await db
        .update(subscriptions)
        .set({ ...wasFetched(visited.status, nowMs), lastError, nextFetchAtMs: never })
        .where(ofAll);
      return 0;
    }
    case "failed": {
      const failures = Math.max(...due.subscribers.map((one) => one.failures)) + 1;
      const { status: lastStatus, error: lastError, retryMs } = visited;
      const nextFetchAtMs = nowMs + backoffMs(failures, retryMs);
      await db
        .update(subscriptions)
        .set({ lastFetchAtMs: nowMs, lastStatus, lastError, failures, nextFetchAtMs })
        .where(ofAll);
      return 0;
    }
  }
}

/** Leaves feeds alone until then, where they would be fetched before. */
export async function postpone(db: Database, urls: readonly string[], untilMs: number): Promise<void> {
  for (let at = 0; at < urls.length; at += mostValues) {
    const some = inArray(subscriptions.url, urls.slice(at, at + mostValues));
    await db
      .update(subscriptions)
      .set({ nextFetchAtMs: untilMs })
      .where(and(some, lt(subscriptions.nextFetchAtMs, untilMs)));
  }
}

/** Adds what the subscriber's feed has not, and notes how far it is. */
async function addNew(db: Database, subscriber: Subscriber, visited: Read, nowMs: number): Promise<number> {
  const { feed, kept, movedTo = "", status, restMs } = visited;
  const found = await Promise.all(
    feed.entries.map(async (entry) => ({ entry, origin: await originOf(subscriber.id, entry) })),
  );
  const listed = await listedBy(db, subscriber.id);
  const known = new Set<string | null>(listed);
  const origins = found.map(({ origin }) => origin);
  const unlisted = origins.filter((origin) => !known.has(origin));
  for (let at = 0; at < unlisted.length; at += mostValues) {
    const some = unlisted.slice(at, at + mostValues);
    const { feedId, origin } = entries;
    const rows = await db
      .select({ origin })
      .from(entries)
      .where(and(eq(feedId, subscriber.feedId), inArray(origin, some)));
    for (const row of rows) known.add(row.origin);
  }
  // Whatever it calls two entries alike is one.
  const fresh = new Map(found.filter(({ origin }) => !known.has(origin)).map((one) => [one.origin, one.entry]));
  const isFirst = subscriber.title === null;
  const rows = [...fresh].map(([origin, entry], place) => ({
    id: crypto.randomUUID(),
    feedId: subscriber.feedId,
    title: entry.title,
    summary: entry.summary,
    content: entry.content,
    url: entry.url,
    publishedAtMs: publishedAtMs(entry, isFirst, nowMs, place),
    origin,
  }));
  const inserts = Array.from({ length: Math.ceil(rows.length / mostRows) }, (_, n) =>
    db
      .insert(entries)
      .values(rows.slice(n * mostRows, (n + 1) * mostRows))
      .onConflictDoNothing(),
  );
  const done = db
    .update(subscriptions)
    .set({
      ...wasFetched(status, nowMs),
      ...kept,
      url: movedTo,
      title: feed.title || new URL(movedTo).hostname,
      nextFetchAtMs: nowMs + restMs,
      // An answer with less than usual, by mistake, takes nothing away.
      listed: [...new Set([...origins, ...listed])].slice(0, mostListed),
    })
    .where(eq(subscriptions.id, subscriber.id));
  await db.batch([done, ...inserts]);
  return rows.length;
}

/**
 * When it is published here. What the feed had when the subscription began keeps its date, if that has come. What is new later is
 * published when it is found: readers and digests go by that, and would miss what is dated before they looked last.
 */
function publishedAtMs({ publishedAtMs: saidMs }: FoundEntry, isFirst: boolean, nowMs: number, place: number): number {
  // In the order of the document, where several are of one instant.
  const foundMs = nowMs - place;
  if (saidMs === undefined) return foundMs;
  const isNews = !isFirst && saidMs > nowMs - newsMs;
  return isNews ? foundMs : Math.max(0, Math.min(saidMs, foundMs));
}

async function originOf(subscriptionId: string, { id }: FoundEntry): Promise<string> {
  return (await sha256(utf8(`${subscriptionId} ${id}`))).slice(0, 32);
}

/** What it has listed lately, the latest first. */
async function listedBy(db: Database, subscriptionId: string): Promise<readonly string[]> {
  const { id, listed } = subscriptions;
  const row = await db.select({ listed }).from(subscriptions).where(eq(id, subscriptionId)).get();
  return row?.listed ?? [];
}

/** Who has a subscription to that address already, and so cannot have another. */
async function takenBy(db: Database, url: string): Promise<ReadonlySet<string>> {
  const rows = await db.select({ userId: subscriptions.userId }).from(subscriptions).where(eq(subscriptions.url, url));
  return new Set(rows.map(({ userId }) => userId));
}

function wasFetched(lastStatus: number, nowMs: number) {
  return { lastFetchAtMs: nowMs, lastStatus, lastError: null, failures: 0 };
}
