/** The last denials of users: adding some, keeping twenty of each, and reading those of one. */

import { desc, eq, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { UserDenial } from "../admin/decisions-admin.ts";
import type { Database } from "../database.ts";
import { userDenials } from "../schema-records.ts";

/** Kept of each user. */
const kept = 20;

/** In order of time. @param rows JSON: lists of user, time, limiter, limit, wait and number of denials */
export function addUserDenials(db: Database, rows: string): BatchItem<"sqlite"> {
  return db
    .insert(userDenials)
    .select(
      sql`select null, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 from json_each(${rows}) order by value ->> 1, key`,
    );
}

/** Leaves the last twenty of each user in `rows`, as they were added. */
export function trimUserDenials(db: Database, rows: string): BatchItem<"sqlite"> {
  const { id } = userDenials;
  return db.delete(userDenials).where(
    sql`${id} in (
      select old.id from (select distinct value ->> 0 as user_id from json_each(${rows})) as added
      cross join sluice_user_denials as old indexed by sluice_user_denials_user on old.user_id = added.user_id
      where old.id <= (
        select last.id from sluice_user_denials as last
        where last.user_id = added.user_id order by last.id desc limit 1 offset ${kept}
      )
    )`,
  );
}

/** The newest first. */
export async function lastDenialsOf(db: Database, userId: string): Promise<readonly UserDenial[]> {
  const rows = await db
    .select()
    .from(userDenials)
    .where(eq(userDenials.userId, userId))
    // Several processes write one after the other what came to them at the same time.
    .orderBy(desc(userDenials.atMs), desc(userDenials.id))
    .limit(kept);
  return rows.map(({ atMs, limiter, limitUnits, retryAfterMs, times }) => ({
    atMs,
    limiter,
    limitUnits,
    ...(retryAfterMs !== null && { retryAfterMs }),
    times,
  }));
}
