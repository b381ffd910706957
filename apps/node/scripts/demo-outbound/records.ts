/** What the demo keeps besides the product's database: its runs, its clock, what the quota said, and what clients went through. */

import { DatabaseSync } from "node:sqlite";
import { type RunLog, runLog } from "../demo/run-log.ts";

/** What the quota said of an inbox on one of its days, when it was last asked. */
export interface Counted {
  readonly inbox: string;
  readonly date: string;
  readonly used: number;
  readonly limit: number;
}

/** What was seen of the clients, added up over all runs. */
export type Seen = Readonly<Record<"throttled" | "retries" | "breakerChanges", number>>;

export interface Records extends RunLog {
  counted(): readonly Counted[];
  count(counted: Counted): void;
  /** What this run has seen so far. */
  keepSeen(seen: Seen): void;
  /** What all runs have seen. */
  seen(): Seen;
  /** How many prospects and mails this folder is about; kept by the first run. */
  size(prospects: number): number;
  close(): void;
}

const tables = `
  create table if not exists counted (inbox text, date text, used integer not null, allowed integer not null, primary key (inbox, date));
  create table if not exists seen (run integer primary key, throttled integer, retries integer, breaker_changes integer);
  create table if not exists size (id integer primary key check (id = 1), prospects integer);`;

/** Opens the records in a file. */
export function openRecords(path: string): Records {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec("pragma journal_mode = wal; pragma synchronous = normal;");
  database.exec(tables);
  const runs = runLog(database);
  const countOne = database.prepare("insert or replace into counted values (?, ?, ?, ?)");
  const run = Number(database.prepare("select coalesce(max(run), 0) + 1 as run from seen").get()?.["run"]);
  const seeOne = database.prepare("insert or replace into seen values (?, ?, ?, ?)");
  const sums = database.prepare(
    "select sum(throttled) as throttled, sum(retries) as retries, sum(breaker_changes) as breakerChanges from seen",
  );
  return {
    ...runs,
    counted: () =>
      database
        .prepare("select * from counted order by date, inbox")
        .all()
        .map((row) => ({
          inbox: String(row["inbox"]),
          date: String(row["date"]),
          used: Number(row["used"]),
          limit: Number(row["allowed"]),
        })),
    count: ({ inbox, date, used, limit }) => void countOne.run(inbox, date, used, limit),
    keepSeen: ({ throttled, retries, breakerChanges }) => void seeOne.run(run, throttled, retries, breakerChanges),
    seen() {
      const row = sums.get() ?? {};
      const of = (name: keyof Seen): number => Number(row[name] ?? 0);
      return { throttled: of("throttled"), retries: of("retries"), breakerChanges: of("breakerChanges") };
    },
    size(prospects) {
      database.prepare("insert or ignore into size values (1, ?)").run(prospects);
      return Number(database.prepare("select prospects from size").get()?.["prospects"]);
    },
    close: () => database.close(),
  };
}
