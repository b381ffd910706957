/** Entries as rows, newest first: every function here is one statement, whatever the row count. */

import { and, eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { isAfter, newestFirst, type Page } from "./page.ts";
import { entries } from "./schema.ts";

export interface EntryRecord {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly content: string;
  readonly url: string | null;
  readonly publishedAtMs: number;
}

/** An entry as lists have it: contents are long, and a list of them longer than what anybody may make us keep at once. */
export type EntryHead = Omit<EntryRecord, "content">;

/** What a new entry needs. */
export type EntryDraft = Pick<EntryRecord, "title" | "summary" | "content" | "url">;

const { id, title, summary, content, url, publishedAtMs } = entries;
const head = { id, title, summary, url, publishedAtMs };
const columns = { ...head, content };

/** A feed's entries, as many as `limit`. */
export async function entriesOf(db: Database, feedId: string, { limit }: { limit: number }): Promise<EntryRecord[]> {
  return db
    .select(columns)
    .from(entries)
    .where(eq(entries.feedId, feedId))
    .orderBy(...newestFirst(publishedAtMs, id))
    .limit(limit)
    .all();
}

/** A page of them, without contents. */
export async function entryHeadsOf(db: Database, feedId: string, { limit, cursor }: Page): Promise<EntryHead[]> {
  return db
    .select(head)
    .from(entries)
    .where(and(eq(entries.feedId, feedId), isAfter(cursor, publishedAtMs, id)))
    .orderBy(...newestFirst(publishedAtMs, id))
    .limit(limit)
    .all();
}

/** One entry of a feed. */
export async function entryOf(db: Database, feedId: string, entryId: string): Promise<EntryRecord | undefined> {
  return db
    .select(columns)
    .from(entries)
    .where(and(eq(id, entryId), eq(entries.feedId, feedId)))
    .get();
}

/** Adds an entry, published now. */
export async function addEntry(db: Database, feedId: string, draft: EntryDraft, nowMs: number): Promise<EntryRecord> {
  const entry = { id: crypto.randomUUID(), ...draft, publishedAtMs: nowMs };
  await db.insert(entries).values({ ...entry, feedId });
  return entry;
}
