/** The statements of one writing: at most eight, in one batch, whatever the number of rows. */

import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../database.ts";
import type { TakenRows } from "../recording/waiting-rows.ts";
import { addDecisions } from "./decisions.ts";
import { addDeniedKeys, trimDeniedKeys } from "./denied-keys.ts";
import { addFeedMinutes } from "./feed-minutes.ts";
import { addKeyCounts } from "./key-counts.ts";
import { addUserDenials, trimUserDenials } from "./user-denials.ts";
import { addAccesses } from "./write-accesses.ts";

export function writeStatements(db: Database, rows: TakenRows): BatchItem<"sqlite">[] {
  const { texts } = rows;
  const statements: BatchItem<"sqlite">[] = [];
  if (rows.decisions.length > 0) statements.push(addDecisions(db, texts.decisions));
  if (rows.keyCounts.length > 0) statements.push(addKeyCounts(db, texts.keyCounts));
  if (rows.deniedKeys.length > 0) {
    statements.push(addDeniedKeys(db, texts.deniedKeys), trimDeniedKeys(db, texts.deniedKeys));
  }
  if (rows.userDenials.length > 0) {
    statements.push(addUserDenials(db, texts.userDenials), trimUserDenials(db, texts.userDenials));
  }
  if (rows.accesses.length > 0) statements.push(addAccesses(db, texts.accesses), addFeedMinutes(db, texts.accesses));
  return statements;
}
