/** Entries as rows, newest first: every function here is one statement, whatever the row count. */

import { and, desc, eq, lt, or } from "drizzle-orm";
import type { Database } from "./database.ts";
import { entries } from "./schema.ts";

export interface EntryRecord {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly content: string;
  readonly url: string | null;
  readonly publishedAtMs: number;
}

/** What a new entry needs. */
export type EntryDraft = Pick<EntryRecord, "title" | "summary" | "content" | "url">;

/** A place in the list: the last entry of the page before. */
export type EntryPosition = Pick<EntryRecord, "publishedAtMs" | "id">;

const { id, title, summary, content, url, publishedAtMs } = entries;
const columns = { id, title, summary, content, url, publishedAtMs };

/** A feed's entries; two of one millisecond are told apart by their ids, so that no page skips or repeats one. */
export async function entriesOf(
  db: Database,
  feedId: string,
  page: { readonly limit: number; readonly after?: EntryPosition | undefined },
): Promise<EntryRecord[]> {
  const { after } = page;
  const older =
    after && or(lt(publishedAtMs, after.publishedAtMs), and(eq(publishedAtMs, after.publishedAtMs), lt(id, after.id)));
  return db
    .select(columns)
    .from(entries)
    .where(and(eq(entries.feedId, feedId), older))
    .orderBy(desc(publishedAtMs), desc(id))
    .limit(page.limit)
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
