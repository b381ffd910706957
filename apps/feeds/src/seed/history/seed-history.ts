/** What happened in the two days before a demo began, so that its console shows something: made up, and the same every time. */

import { bucketOf } from "@sluice/console";
import { sql } from "drizzle-orm";
import type { Database } from "../../database.ts";
import { outboundMinutes, users } from "../../schema.ts";
import { chance } from "./chance.ts";
import { grants } from "./grants.ts";
import { callRows } from "./history-calls.ts";
import { mailHistory } from "./history-mail.ts";
import { historyRows, type Statement } from "./history-rows.ts";
import { ledgerUntil } from "./ledger.ts";
import { members } from "./members.ts";
import { simulateApi } from "./simulate-api.ts";
import { simulateReads } from "./simulate-reads.ts";

const dayMs = 86_400_000;

/** D1 binds at most 100 values in a statement, and a member has seven. */
const membersPerStatement = 14;

/**
 * Adds members without a token, what they are granted, and two days of decisions, reads, denials, mails and calls that end at this
 * instant; all of it or nothing. For a database that `seedWhenEmpty` has just filled.
 *
 * @param nowMs Milliseconds since 1970.
 */
export async function seedHistory(db: Database, nowMs: number): Promise<void> {
  const luck = chance(20_261_122);
  const ledger = ledgerUntil(nowMs, bucketOf);
  simulateApi(ledger, luck);
  simulateReads(ledger, luck);
  const calls = JSON.stringify(callRows(ledger.startMs, luck));
  const places = Array.from({ length: 12 }, (_, place) => sql.raw(`value ->> ${place}`));
  const rows = members.map(({ id, username, plan }, index) => {
    // No hash is as short: nobody's token opens it.
    return { id, username, plan, role: "member" as const, tokenHash: `none ${index}`, createdAtMs: nowMs - 90 * dayMs };
  });
  const chunks = Array.from({ length: Math.ceil(rows.length / membersPerStatement) }, (_, index) =>
    rows.slice(index * membersPerStatement, (index + 1) * membersPerStatement),
  );
  const statements: Statement[] = [
    ...chunks.map((some) => db.insert(users).values(some).onConflictDoNothing()),
    ...grants(db, nowMs),
    ...historyRows(db, ledger),
    ...mailHistory(db, nowMs),
    db
      .insert(outboundMinutes)
      .select(sql`select ${sql.join(places, sql`, `)} from json_each(${calls}) where true`)
      .onConflictDoNothing(),
  ];
  await db.batch(statements as [Statement, ...Statement[]]);
}
