/** The job that gathers what is new for each subscriber into a message that waits to be sent. */

import { and, desc, eq, gt, inArray, lte, notExists, or, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { sha256 } from "../digest.ts";
import { type DigestEntry, digestText } from "../mail/digest-text.ts";
import { digestFeeds, digestSubscriptions, entries, feeds, messages, users } from "../schema.ts";
import { utf8 } from "../text.ts";

const dayMs = 86_400_000;
const periodMs = { daily: dayMs, weekly: 7 * dayMs } as const;

/** A digest names as many entries; of more it tells the number. */
const mostEntries = 30;

/** Subscribers whose digest is due are looked after in portions of as many. */
const portion = 50;

export interface AggregateDeps {
  readonly db: Database;
  readonly publicUrl: string | undefined;
  readonly now: () => number;
}

interface Due {
  readonly userId: string;
  readonly address: string;
  readonly cadence: keyof typeof periodMs;
  readonly lastDigestAtMs: number;
}

/**
 * Queues a message for every subscriber whose digest is due and has something to tell; tells how many. Done twice at once, or
 * again after a crash, it queues each of them once: what a message is called follows from whose it is and from when.
 */
export async function aggregate({ db, publicUrl, now }: AggregateDeps, signal: AbortSignal): Promise<number> {
  let queued = 0;
  for (;;) {
    const due = await dueSubscriptions(db, now());
    for (const one of due) {
      if (signal.aborted) return queued;
      if (await digestFor(db, one, publicUrl, now())) queued++;
    }
    if (due.length < portion) return queued;
  }
}

/** Whoever still waits for a message gets no second one: the next tells of more. So no more wait than there are people. */
async function dueSubscriptions(db: Database, nowMs: number): Promise<readonly Due[]> {
  const { userId, address, cadence, lastDigestAtMs } = digestSubscriptions;
  const waiting = db
    .select({ one: sql`1` })
    .from(messages)
    .where(and(eq(messages.userId, userId), inArray(messages.status, ["queued", "sending"])));
  const isDue = (of: keyof typeof periodMs) => and(eq(cadence, of), lte(lastDigestAtMs, nowMs - periodMs[of]));
  return db
    .select({ userId, address, cadence, lastDigestAtMs })
    .from(digestSubscriptions)
    .where(and(or(isDue("daily"), isDue("weekly")), notExists(waiting)))
    .limit(portion)
    .all();
}

async function digestFor(db: Database, due: Due, publicUrl: string | undefined, nowMs: number): Promise<boolean> {
  const { userId, address, cadence, lastDigestAtMs } = due;
  // Whole periods, so that a run that is late does not make every digest after it late.
  const upToMs = nowMs - ((nowMs - lastDigestAtMs) % periodMs[cadence]);
  const found = await newEntries(db, userId, lastDigestAtMs, upToMs);
  const told = db
    .update(digestSubscriptions)
    .set({ lastDigestAtMs: upToMs })
    .where(and(eq(digestSubscriptions.userId, userId), eq(digestSubscriptions.lastDigestAtMs, lastDigestAtMs)));
  if (found.entries.length === 0) {
    await told;
    return false;
  }
  const { subject, body } = digestText(found.entries, found.more, publicUrl);
  const name = (await sha256(utf8(`digest ${userId} ${lastDigestAtMs}`))).slice(0, 32);
  const host = publicUrl === undefined ? "feeds.example" : new URL(publicUrl).hostname;
  const draft = {
    id: name,
    userId,
    recipient: address,
    subject,
    body,
    messageId: `<${name}@${host}>`,
    status: "queued" as const,
    dueAtMs: nowMs,
    createdAtMs: nowMs,
  };
  await db.batch([db.insert(messages).values(draft).onConflictDoNothing(), told]);
  return true;
}

async function newEntries(
  db: Database,
  userId: string,
  afterMs: number,
  upToMs: number,
): Promise<{ readonly entries: readonly DigestEntry[]; readonly more: number }> {
  const { title, summary, excerpt, readingMs, url, publishedAtMs } = entries;
  const isNew = and(eq(digestFeeds.userId, userId), gt(publishedAtMs, afterMs), lte(publishedAtMs, upToMs));
  const rows = await db
    .select({
      feedTitle: feeds.title,
      ownerName: users.username,
      slug: feeds.slug,
      title,
      summary,
      excerpt,
      readingMs,
      url,
      count: sql<number>`count(*) over ()`,
    })
    .from(digestFeeds)
    .innerJoin(feeds, eq(feeds.id, digestFeeds.feedId))
    .innerJoin(users, eq(users.id, feeds.ownerId))
    .innerJoin(entries, eq(entries.feedId, feeds.id))
    .where(isNew)
    .orderBy(desc(publishedAtMs), desc(entries.id))
    .limit(mostEntries)
    .all();
  return { entries: rows, more: (rows[0]?.count ?? 0) - rows.length };
}
