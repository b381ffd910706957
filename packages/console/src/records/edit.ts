/** An edit as one batch: whether it may be, its line in the audit log, the new version and the writing itself, or nothing. */

import { type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../database.ts";
import { auditLog, versions } from "../schema.ts";
import { currentVersion } from "./versions.ts";

/** What is written down of an edit. */
export interface AuditLine {
  readonly atMs: number;
  readonly who: string;
  readonly action: string;
  readonly subject: string;
  readonly note?: string | undefined;
  readonly before?: object | undefined;
  /** Gets the edit's version as its `version`. */
  readonly after?: object | undefined;
}

/**
 * Whether the edit may be. SQLite has no `if`, and a batch no place to think: the first statement of it asks, and leaves a row
 * that the others look for and the last removes, so that nobody ever sees it.
 */
export const mayBe: SQL = sql`exists (select 1 from ${versions} where ${versions.name} = 'edit')`;

/**
 * Makes the edit where `when` holds, and gives its version; undefined where it does not, and then nothing has changed.
 * Each writing must ask for {@link mayBe}.
 */
export async function edit(
  db: Database,
  when: SQL,
  line: AuditLine | undefined,
  ...writings: readonly BatchItem<"sqlite">[]
): Promise<number | undefined> {
  const [, grown] = await db.batch([
    db.insert(versions).select(sql`select 'edit', 0 where ${when}`),
    growVersion(db, mayBe),
    ...(line === undefined ? [] : [writeDown(db, line)]),
    ...writings,
    db.delete(versions).where(sql`${versions.name} = 'edit'`),
  ]);
  return grown[0]?.version;
}

function writeDown(db: Database, line: AuditLine): BatchItem<"sqlite"> {
  const { atMs, who, action, subject, note = null, before, after } = line;
  const was = before === undefined ? null : JSON.stringify(before);
  const becomes =
    after === undefined ? sql`null` : sql`json_set(${JSON.stringify(after)}, '$.version', ${currentVersion})`;
  return db
    .insert(auditLog)
    .select(sql`select null, ${atMs}, ${who}, ${action}, ${subject}, ${note}, ${was}, ${becomes} where ${mayBe}`);
}

/** The statement that lets it grow, where a condition holds; gives the new number. */
function growVersion(db: Database, when: SQL = sql`true`) {
  return (
    db
      .insert(versions)
      // Rows that came past the console are of version 1, and no edit's number is theirs.
      .select(sql`select 'plans', 2 where ${when}`)
      .onConflictDoUpdate({ target: versions.name, set: { version: sql`${versions.version} + 1` } })
      .returning({ version: versions.version })
  );
}

/**
 * Tells every process that plans were changed past the console: after the app itself has moved a user to another plan.
 * `invalidate()` of LivePlans makes it hold in this process at once, the others follow within seconds.
 */
export async function announcePlanEdit(db: Database): Promise<void> {
  await growVersion(db);
}
