/** The simulated two days as statements: a table's rows travel as one short text each, which is all that D1 binds. */

import { type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "../../database.ts";
import { decisionMinutes, deniedKeys, feedAccess, feedMinutes, keyCounts, userDenials } from "../../schema.ts";
import { demoId } from "../demo-ids.ts";
import { type Ledger, minuteMs } from "./ledger.ts";
import { addresses, userAgents } from "./simulate-reads.ts";

/** What `db.batch` takes. */
export type Statement = Parameters<Database["batch"]>[0][number];

/** A minute of the two days, counted from the first. */
const minuteOf = (ledger: Ledger, counted: SQL): SQL => sql`${ledger.startMs} + ${counted} * ${minuteMs}`;

/** Of a name such as `api free allowed`. */
function words(name: string): [limiter: string, plan: string, outcome: string] {
  const [limiter = "", plan = "", outcome = ""] = name.split(" ");
  return [limiter, plan, outcome];
}

/** The statements that add them. */
export function historyRows(db: Database, ledger: Ledger): readonly Statement[] {
  // Every column, in the table's order. Two processes may seed at once, and rows of the running app may be there already.
  const add = (into: SQLiteTable, select: SQL): Statement => db.insert(into).select(select).onConflictDoNothing();

  const decisions = [...ledger.series].map(([name, counts]) => {
    const [limiter, plan, outcome] = words(name);
    const from = sql`from json_each(${JSON.stringify(counts)}) where value > 0`;
    const select = sql`select ${minuteOf(ledger, sql`key`)}, ${limiter}, ${plan}, ${outcome}, value ${from}`;
    return add(decisionMinutes, select);
  });

  const keys = [...ledger.histograms].map(([name, all]) => {
    const [limiter, plan] = words(name);
    const rows = all.flatMap((triples, minute) => {
      return Array.from({ length: triples.length / 3 }, (_, n) => [minute, ...triples.slice(3 * n, 3 * n + 3)]).flat();
    });
    // Four numbers for each row; text and places are cheaper to read than as many lists.
    const at = (n: number) => sql.raw(`max(case key % 4 when ${n} then value end)`);
    const from = sql`from json_each(${JSON.stringify(rows)}) where true group by key / 4`;
    const select = sql`select ${minuteOf(ledger, at(0))}, ${limiter}, ${plan}, ${at(1)}, ${at(2)}, ${at(3)} ${from}`;
    return add(keyCounts, select);
  });

  const field = (n: number) => sql.raw(`value ->> ${n}`);
  const denied = JSON.stringify(
    [...ledger.denied.values()].map((row) => [row.hourMs, row.limiter, row.key, row.denials, row.lastAtMs]),
  );
  const refused = JSON.stringify(
    lastTwenty(ledger).map((row) => [row.userId, row.atMs, row.limiter, row.limit, row.times]),
  );
  const reads = JSON.stringify(
    // As they came: the newest row is the last read.
    ledger.reads
      .toSorted((a, b) => a.atMs - b.atMs)
      .map(({ user, atMs, address, agent, status }) => [user, atMs - ledger.startMs, address, agent, status]),
  );
  const named = (list: readonly string[], place: SQL) => sql`${JSON.stringify(list)} ->> cast(${place} as integer)`;
  const four = [0, 1, 2, 3];
  return [
    ...decisions,
    ...keys,
    add(
      deniedKeys,
      sql`select ${field(0)}, ${field(1)}, ${field(2)}, 0, ${field(3)}, ${field(4)} from json_each(${denied}) where true`,
    ),
    add(
      userDenials,
      sql`select key + 1, ${field(0)}, ${field(1)}, ${field(2)}, ${field(3)}, case ${field(3)} when 0 then null else 1000 end, ${field(4)} from json_each(${refused}) where true`,
    ),
    add(
      feedAccess,
      sql`select key + 1, ${named(
        four.map((user) => demoId(user, 1)),
        field(0),
      )}, ${named(
        four.map((user) => demoId(user)),
        field(0),
      )},
        ${ledger.startMs} + (${field(1)}), ${named(addresses, field(2))}, 0, ${named(userAgents, field(3))}, ${field(4)},
        case when ${field(4)} = 429 then 'denied' else 'allowed' end from json_each(${reads}) where true`,
    ),
    // Of what is in the log by now, so that it is right however often it is done.
    db
      .insert(feedMinutes)
      .select(
        sql`select cast(at_ms as integer) / 60000 * 60000, decision, count(*) from sluice_feed_access where at_ms >= ${ledger.startMs} group by 1, 2`,
      )
      .onConflictDoUpdate({
        target: [feedMinutes.minuteMs, feedMinutes.decision],
        set: { reads: sql`excluded.reads` },
      }),
  ];
}

/** Of each user: more are not kept. */
function lastTwenty({ refused }: Ledger): Ledger["refused"] {
  const seen = new Map<string, number>();
  const kept = refused.toReversed().filter(({ userId }) => {
    const before = seen.get(userId) ?? 0;
    seen.set(userId, before + 1);
    return before < 20;
  });
  return kept.reverse();
}
