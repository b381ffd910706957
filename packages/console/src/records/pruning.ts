/** Takes rows away that are older than they are kept, a few at a time. */

import { sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "../database.ts";
import { auditLog } from "../schema-plans.ts";
import {
  decisionMinutes,
  deniedKeys,
  feedAccess,
  feedMinutes,
  keyCounts,
  outboundMinutes,
  userDenials,
} from "../schema-records.ts";

/** The tables that are pruned, each with the column that tells a row's age; an index begins with it. */
export const pruned = {
  feedAccess: [feedAccess, feedAccess.atMs],
  decisionMinutes: [decisionMinutes, decisionMinutes.minuteMs],
  keyCounts: [keyCounts, keyCounts.minuteMs],
  deniedKeys: [deniedKeys, deniedKeys.hourMs],
  userDenials: [userDenials, userDenials.atMs],
  outboundMinutes: [outboundMinutes, outboundMinutes.minuteMs],
  audit: [auditLog, auditLog.atMs],
} as const satisfies Readonly<Record<string, readonly [SQLiteTable, SQLiteColumn]>>;

export type PrunedTable = keyof typeof pruned;

/**
 * Deletes at most `limit` rows of an instant up to `untilMs`, the oldest first. Answers with how many they were. With the log of
 * reads go its sums, of which there are never more.
 */
export async function prune(db: Database, name: PrunedTable, untilMs: number, limit: number): Promise<number> {
  const [table, at]: readonly [SQLiteTable, SQLiteColumn] = pruned[name];
  const deleting = (from: SQLiteTable, when: SQLiteColumn) =>
    db
      .delete(from)
      .where(sql`rowid in (select rowid from ${from} where ${when} <= ${untilMs} order by ${when} limit ${limit})`)
      .returning({ one: sql<number>`1` });
  if (name !== "feedAccess") return (await deleting(table, at)).length;
  const [gone] = await db.batch([deleting(table, at), deleting(feedMinutes, feedMinutes.minuteMs)]);
  return gone.length;
}
