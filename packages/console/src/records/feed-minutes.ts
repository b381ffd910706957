/** Reads added up by minute: adding to it, and adding it up. However long the log is, a day has some thousand rows here. */

import { and, eq, gt, gte, lt, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { unionAll } from "drizzle-orm/sqlite-core";
import type { Database } from "../database.ts";
import { feedAccess as log, feedMinutes as minutes } from "../schema-records.ts";

const minute = 60_000;

/** @param rows JSON: those of `addAccesses`, in the same batch */
export function addFeedMinutes(db: Database, rows: string): BatchItem<"sqlite"> {
  const minuteMs = sql`cast(value ->> 2 as integer) / 60000 * 60000`;
  return db
    .insert(minutes)
    .select(sql`select ${minuteMs}, value ->> 6, count(*) from json_each(${rows}) where true group by 1, 2`)
    .onConflictDoUpdate({
      target: [minutes.minuteMs, minutes.decision],
      set: { reads: sql`${minutes.reads} + excluded.reads` },
    });
}

/** How many reads there were after an instant, of one decision or of all. The minute that had begun is counted in the log. */
export async function countAllReads(
  db: Database,
  decision: string | undefined,
  afterMs: number,
): Promise<{ reads: number; denied: number }> {
  const fromMs = (Math.floor(afterMs / minute) + 1) * minute;
  const of = (table: typeof log | typeof minutes): SQL | undefined =>
    decision === undefined ? undefined : eq(table.decision, decision);
  const both = unionAll(
    db
      .select({ decision: minutes.decision, reads: sql<number>`${minutes.reads}`.as("reads") })
      .from(minutes)
      .where(and(gte(minutes.minuteMs, fromMs), of(minutes))),
    db
      .select({ decision: log.decision, reads: sql<number>`count(*)`.as("reads") })
      .from(log)
      .where(and(gt(log.atMs, afterMs), lt(log.atMs, fromMs), of(log)))
      .groupBy(log.decision),
  ).as("both");
  const [counted] = await db
    .select({
      reads: sql<number>`coalesce(sum(${both.reads}), 0)`,
      denied: sql<number>`coalesce(sum(${both.reads}) filter (where ${both.decision} = 'denied'), 0)`,
    })
    .from(both);
  return counted ?? { reads: 0, denied: 0 };
}

/** The same by hours, each named by how many hours lie between it and 1970; hours without reads are left out. */
export function allReadsByHour(
  db: Database,
  decision: string | undefined,
  fromMs: number,
): Promise<{ hour: number; reads: number; denied: number }[]> {
  const hour = sql<number>`${minutes.minuteMs} / 3600000`;
  return db
    .select({
      hour,
      reads: sql<number>`sum(${minutes.reads})`,
      denied: sql<number>`coalesce(sum(${minutes.reads}) filter (where ${minutes.decision} = 'denied'), 0)`,
    })
    .from(minutes)
    .where(and(gte(minutes.minuteMs, fromMs), decision === undefined ? undefined : eq(minutes.decision, decision)))
    .groupBy(hour);
}
