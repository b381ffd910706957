/** A span of time as rows, for tables whose key begins with the minute. */

import { type SQL, sql } from "drizzle-orm";

/**
 * The clause that makes `minute(ms)`: each minute from one up to another. Joined minute by minute, rows of other plans and limiters
 * are not read.
 */
export function everyMinute(fromMs: number, toMs: number): SQL {
  return sql`with recursive minute(ms) as (select cast(${fromMs} as integer) union all select ms + 60000 from minute where ms + 60000 < ${toMs})`;
}
