/** Names of some users, in one statement. */

import { sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import type { UserDirectory } from "../directory.ts";

/** By id; users that are gone have none. */
export async function namesOf(
  db: Database,
  { table, id, name }: UserDirectory,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .select({ id: sql<string>`${id}`, name: sql<string>`${name}` })
    .from(table)
    .where(sql`${id} in (select value from json_each(${JSON.stringify(ids)}))`);
  return new Map(rows.map((row) => [row.id, row.name]));
}
