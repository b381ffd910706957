/** What the demo keeps besides the product's database: its runs, its clock, what the quota said, and what clients went through. */

import { DatabaseSync } from "node:sqlite";
import { type QuotaLog, quotaLog } from "../demo/quota-log.ts";
import { type RunLog, runLog } from "../demo/run-log.ts";

/** What was seen of the clients, added up over all runs. */
export type Seen = Readonly<Record<"throttled" | "retries" | "breakerChanges", number>>;

export interface Records extends RunLog, QuotaLog {
  /** What this run has seen so far. */
  keepSeen(seen: Seen): void;
  /** What all runs have seen. */
  seen(): Seen;
  /** How many prospects and mails this folder is about; kept by the first run. */
  size(prospects: number): number;
  close(): void;
}

const tables = `
  create table if not exists seen (run integer primary key, throttled integer, retries integer, breaker_changes integer);
  create table if not exists size (id integer primary key check (id = 1), prospects integer);`;

/** Opens the records in a file. */
export function openRecords(path: string): Records {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec("pragma journal_mode = wal; pragma synchronous = normal;");
  database.exec(tables);
  const runs = runLog(database);
  const run = Number(database.prepare("select coalesce(max(run), 0) + 1 as run from seen").get()?.["run"]);
  const seeOne = database.prepare("insert or replace into seen values (?, ?, ?, ?)");
  const sums = database.prepare(
    "select sum(throttled) as throttled, sum(retries) as retries, sum(breaker_changes) as breakerChanges from seen",
  );
  return {
    ...runs,
    ...quotaLog(database),
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
