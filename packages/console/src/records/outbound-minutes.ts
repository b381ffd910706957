/** What became of calls, minute by minute, as rows: added to, and read by the hour. */

import { gte, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Database } from "../database.ts";
import { outboundMinutes } from "../schema-records.ts";

/** What was counted of one API or one limit within a minute. */
export type OutboundMinuteRow = typeof outboundMinutes.$inferSelect;

/** Everything that is added up. */
export const outboundCounts = [
  "calls",
  "attempts",
  "retries",
  "throttled",
  "failures",
  "answers",
  "latencyMs",
  "waits",
  "waitMs",
] as const satisfies readonly (keyof OutboundMinuteRow)[];

/**
 * A statement that adds the rows to what other processes have written, for `db.batch`. However many there are, they travel as one
 * text, for D1 takes a hundred values.
 */
export function insertOutbound(db: Database, rows: readonly OutboundMinuteRow[]): BatchItem<"sqlite"> {
  const { minuteMs, kind, name } = outboundMinutes;
  // In the order of the table's columns, as drizzle names them.
  const fields = ["minuteMs", "kind", "name", ...outboundCounts];
  const read = sql.join(
    fields.map((field) => sql.raw(`value ->> '${field}'`)),
    sql.raw(", "),
  );
  const added = outboundCounts.map((count) => {
    const column = sql.identifier(outboundMinutes[count].name);
    return [count, sql`${outboundMinutes[count]} + excluded.${column}`];
  });
  return (
    db
      .insert(outboundMinutes)
      // Without a condition SQLite takes what follows for part of a join.
      .select(sql`select ${read} from json_each(${JSON.stringify(rows)}) where true`)
      .onConflictDoUpdate({ target: [minuteMs, kind, name], set: Object.fromEntries(added) })
  );
}

/** What was counted of one API or one limit within an hour. */
export interface OutboundHour extends Omit<OutboundMinuteRow, "minuteMs" | "attempts"> {
  /** The hour's first millisecond, since 1970 in UTC. */
  readonly hourMs: number;
}

/** What was counted from a minute on, by the hour. Reads the minutes asked for, by the primary key, and no other. */
export async function outboundHours(db: Database, fromMs: number): Promise<readonly OutboundHour[]> {
  const { minuteMs, kind, name } = outboundMinutes;
  const hourMs = sql<number>`${minuteMs} / 3600000 * 3600000`;
  const { calls, retries, throttled, failures, answers, latencyMs, waits, waitMs } = outboundMinutes;
  const total = (column: SQLiteColumn) => sql<number>`sum(${column})`;
  return db
    .select({
      hourMs,
      kind,
      name,
      calls: total(calls),
      retries: total(retries),
      throttled: total(throttled),
      failures: total(failures),
      answers: total(answers),
      latencyMs: total(latencyMs),
      waits: total(waits),
      waitMs: total(waitMs),
    })
    .from(outboundMinutes)
    .where(gte(minuteMs, fromMs))
    .groupBy(kind, name, hourMs)
    .all();
}
