/** Prospects as their users see them: rows by user, every function one statement, whatever the row count. */

import { and, count, eq, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { isAfter, newestFirst, type Page } from "../page.ts";
import { type EmailState, prospects } from "../schema.ts";

/** A user has at most as many. */
export const mostProspects = 10_000;

const { id, userId, name, site, email, emailState, lastError, createdAtMs, updatedAtMs } = prospects;
const columns = { id, name, site, email, emailState, lastError, createdAtMs, updatedAtMs };

export interface ProspectRecord {
  readonly id: string;
  readonly name: string;
  readonly site: string | null;
  readonly email: string | null;
  readonly emailState: EmailState;
  readonly lastError: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** What a new prospect needs. */
export type ProspectDraft = Pick<ProspectRecord, "name" | "site">;

export interface ProspectPage extends Page {
  readonly state?: EmailState | undefined;
}

/**
 * Adds those whose names are not there yet, or none if there would be more than a user may have; gives what was added. As one
 * value, since D1 binds at most a hundred, and counted in the same step, so that two requests at once do not pass the bound.
 */
export async function addProspects(
  db: Database,
  ofUser: string,
  drafts: readonly ProspectDraft[],
  nowMs: number,
): Promise<readonly ProspectRecord[]> {
  const rows = JSON.stringify(drafts.map((draft) => ({ id: crypto.randomUUID(), ...draft })));
  // In the order of the table's columns.
  const values = sql`select value ->> 'id', ${ofUser}, value ->> 'name', value ->> 'site', null, 'pending', 0, ${nowMs}, null, ${nowMs}, ${nowMs}, null
    from json_each(${rows})
    where (select count(*) from prospects where user_id = ${ofUser}) + ${drafts.length} <= ${mostProspects}`;
  return db
    .insert(prospects)
    .select(values)
    .onConflictDoNothing({ target: [userId, name] })
    .returning(columns);
}

/** How many a user has. */
export async function countProspects(db: Database, ofUser: string): Promise<number> {
  const found = await db.select({ n: count() }).from(prospects).where(eq(userId, ofUser)).get();
  return found?.n ?? 0;
}

/** A page of them, the newest first. */
export async function prospectsOf(
  db: Database,
  ofUser: string,
  { limit, cursor, state }: ProspectPage,
): Promise<readonly ProspectRecord[]> {
  const inState = state && eq(emailState, state);
  return db
    .select(columns)
    .from(prospects)
    .where(and(eq(userId, ofUser), inState, isAfter(cursor, createdAtMs, id)))
    .orderBy(...newestFirst(createdAtMs, id))
    .limit(limit)
    .all();
}

/** One of a user's own. */
export async function prospectOf(
  db: Database,
  ofUser: string,
  prospectId: string,
): Promise<ProspectRecord | undefined> {
  return db
    .select(columns)
    .from(prospects)
    .where(and(eq(id, prospectId), eq(userId, ofUser)))
    .get();
}
