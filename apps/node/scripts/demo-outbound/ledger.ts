/** What the services write down themselves: every request, whom it was about, and what it was answered. */

import { DatabaseSync } from "node:sqlite";
import type { ServiceName } from "./world.ts";

/** A request that kept to the limit. */
export interface Call {
  readonly service: ServiceName;
  readonly atMs: number;
  /** The prospect's number; 0 where nobody could tell. */
  readonly subject: number;
  /** What it was answered, also on the service's own account. */
  readonly status: number;
}

/** What a service did about those who did not. */
export interface Offences {
  readonly service: ServiceName;
  readonly refused: number;
  readonly banned: number;
  readonly bans: number;
}

export interface Ledger {
  write(call: Call): void;
  /** How many requests a service has had, in all runs. */
  count(service: ServiceName): number;
  calls(): readonly Call[];
  /** The offences of this run so far; those of other runs stay. */
  keepOffences(offences: readonly Offences[]): void;
  /** By service, of all runs. */
  offences(): readonly Offences[];
  close(): void;
}

const tables = `
  create table if not exists calls (service text, at_ms integer, subject integer, status integer);
  create index if not exists calls_service on calls (service, at_ms);
  create table if not exists offences (run integer, service text, refused integer, banned integer, bans integer, primary key (run, service));`;

/** Opens the ledger in a file of its own, for a new run of the services. */
export function openLedger(path: string): Ledger {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  // What a killed process has written is there all the same; only a machine that fails would take it along.
  database.exec("pragma journal_mode = wal; pragma synchronous = off;");
  database.exec(tables);
  const run = Number(database.prepare("select coalesce(max(run), 0) + 1 as run from offences").get()?.["run"]);
  const insert = database.prepare("insert into calls values (?, ?, ?, ?)");
  const countOf = database.prepare("select count(*) as count from calls where service = ?");
  const select = database.prepare("select * from calls order by at_ms, rowid");
  const replace = database.prepare("insert or replace into offences values (?, ?, ?, ?, ?)");
  const sums = database.prepare(
    "select service, sum(refused) as refused, sum(banned) as banned, sum(bans) as bans from offences group by service",
  );
  return {
    write: ({ service, atMs, subject, status }) => void insert.run(service, atMs, subject, status),
    count: (service) => Number(countOf.get(service)?.["count"]),
    calls: () =>
      select.all().map((row) => ({
        service: row["service"] as ServiceName,
        atMs: Number(row["at_ms"]),
        subject: Number(row["subject"]),
        status: Number(row["status"]),
      })),
    keepOffences(all) {
      for (const { service, refused, banned, bans } of all) replace.run(run, service, refused, banned, bans);
    },
    offences: () =>
      sums.all().map((row) => ({
        service: row["service"] as ServiceName,
        refused: Number(row["refused"]),
        banned: Number(row["banned"]),
        bans: Number(row["bans"]),
      })),
    close: () => database.close(),
  };
}
