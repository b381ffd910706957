/** What the demo keeps in its folder, so that a run that was killed goes on where it was. */

import { DatabaseSync } from "node:sqlite";
import { type QuotaLog, quotaLog } from "../demo/quota-log.ts";
import { numberIn, type RunLog, runLog } from "../demo/run-log.ts";

/** `sending`: handed over, and not known to have arrived. `unknown`: a run ended while it was being sent; nobody sends it again. */
export type MailState = "queued" | "sending" | "sent" | "unknown";

export interface QueuedMail {
  readonly id: number;
  readonly state: MailState;
  readonly inbox: string | undefined;
  /** When it was handed over. */
  readonly atMs: number | undefined;
}

export interface Records extends RunLog, QuotaLog {
  mails(): readonly QueuedMail[];
  mark(id: number, state: MailState, inbox?: string, atMs?: number): void;
  close(): void;
}

const tables = `
  create table if not exists mails (id integer primary key, state text not null default 'queued', inbox text, at_ms integer);`;

/** Opens the records in a file; a new one is given so many mails to send. */
export function openRecords(path: string, mails: number): Records {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec("pragma journal_mode = wal; pragma synchronous = normal;");
  database.exec(tables);
  const runs = runLog(database);
  const fill = database.prepare("insert or ignore into mails (id) values (?)");
  database.exec("begin immediate");
  for (let id = 1; id <= mails; id++) fill.run(id);
  database.exec("commit");

  const all = database.prepare("select * from mails order by id");
  const markMail = database.prepare(
    "update mails set state = ?, inbox = coalesce(?, inbox), at_ms = coalesce(?, at_ms) where id = ?",
  );

  return {
    ...runs,
    ...quotaLog(database),
    mails: () =>
      all.all().map((row) => ({
        id: Number(row["id"]),
        state: String(row["state"]) as MailState,
        inbox: row["inbox"] === null ? undefined : String(row["inbox"]),
        atMs: numberIn(row["at_ms"]),
      })),
    mark: (id, state, inbox, atMs) => void markMail.run(state, inbox ?? null, atMs ?? null, id),
    close: () => database.close(),
  };
}
