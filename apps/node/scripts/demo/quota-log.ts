/** What the send quota said, day by day, kept in a demo's records, so that the summary tells of earlier runs, too. */

import type { DatabaseSync } from "node:sqlite";

/** What the quota said of an inbox on one of its days, when it was last asked. */
export interface Counted {
  readonly inbox: string;
  readonly date: string;
  readonly used: number;
  readonly limit: number;
}

export interface QuotaLog {
  counted(): readonly Counted[];
  count(counted: Counted): void;
}

const table = `
  create table if not exists counted (inbox text, date text, used integer not null, allowed integer not null, primary key (inbox, date));`;

/** Keeps them in a database, in a table of their own. */
export function quotaLog(database: DatabaseSync): QuotaLog {
  database.exec(table);
  const all = database.prepare("select * from counted order by date, inbox");
  const countOne = database.prepare("insert or replace into counted values (?, ?, ?, ?)");
  return {
    counted: () =>
      all.all().map((row) => ({
        inbox: String(row["inbox"]),
        date: String(row["date"]),
        used: Number(row["used"]),
        limit: Number(row["allowed"]),
      })),
    count: ({ inbox, date, used, limit }) => void countOne.run(inbox, date, used, limit),
  };
}
