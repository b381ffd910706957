/** What the demo keeps in its folder, so that a run that was killed goes on where it was. */

import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

/** `sending`: handed over, and not known to have arrived. `unknown`: a run ended while it was being sent; nobody sends it again. */
export type MailState = "queued" | "sending" | "sent" | "unknown";

export interface QueuedMail {
  readonly id: number;
  readonly state: MailState;
  readonly inbox: string | undefined;
  /** When it was handed over. */
  readonly atMs: number | undefined;
}

/** What the quota said of an inbox on one of its days, when it was last asked. */
export interface Counted {
  readonly inbox: string;
  readonly date: string;
  readonly used: number;
  readonly limit: number;
}

export interface Records {
  /** The last instant of the demo's clock that is known; undefined in a new folder. */
  instant(): number | undefined;
  keepInstant(ms: number): void;
  /** When an instant was last kept, by the wall's clock; it goes on as long as a run does. */
  keptAtMs(): number;
  /** Begins a run, and tells how many before it did not come to their end, and whether the last one did not. */
  begin(): { readonly killed: number; readonly lastKilled: boolean };
  /** The run has ended in good order; `finished` when there is nothing left to do. */
  end(finished: boolean): void;
  isFinished(): boolean;
  mails(): readonly QueuedMail[];
  mark(id: number, state: MailState, inbox?: string, atMs?: number): void;
  counted(): readonly Counted[];
  count(counted: Counted): void;
  close(): void;
}

const tables = `
  create table if not exists mails (id integer primary key, state text not null default 'queued', inbox text, at_ms integer);
  create table if not exists counted (inbox text, date text, used integer not null, allowed integer not null, primary key (inbox, date));
  create table if not exists runs (id integer primary key, ended integer not null default 0);
  create table if not exists clock (id integer primary key check (id = 1), instant_ms integer, kept_at_ms integer, finished integer not null default 0);
  insert or ignore into clock (id) values (1);`;

/** Opens the records in a file; a new one is given so many mails to send. */
export function openRecords(path: string, mails: number): Records {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec("pragma journal_mode = wal; pragma synchronous = normal;");
  database.exec(tables);
  const fill = database.prepare("insert or ignore into mails (id) values (?)");
  database.exec("begin immediate");
  for (let id = 1; id <= mails; id++) fill.run(id);
  database.exec("commit");

  const clock = (): Record<string, SQLOutputValue> => database.prepare("select * from clock").get() ?? {};
  const keep = database.prepare("update clock set instant_ms = max(coalesce(instant_ms, 0), ?), kept_at_ms = ?");
  const all = database.prepare("select * from mails order by id");
  const markMail = database.prepare(
    "update mails set state = ?, inbox = coalesce(?, inbox), at_ms = coalesce(?, at_ms) where id = ?",
  );
  const countOne = database.prepare("insert or replace into counted values (?, ?, ?, ?)");
  let run: number | bigint = 0;

  return {
    instant: () => numberIn(clock()["instant_ms"]),
    keepInstant: (ms) => void keep.run(ms, Date.now()),
    keptAtMs: () => numberIn(clock()["kept_at_ms"]) ?? 0,
    begin() {
      const ends = database.prepare("select ended from runs order by id").all();
      run = database.prepare("insert into runs default values").run().lastInsertRowid;
      const killed = ends.filter((row) => row["ended"] === 0).length;
      return { killed, lastKilled: ends.at(-1)?.["ended"] === 0 };
    },
    end(finished) {
      database.prepare("update runs set ended = 1 where id = ?").run(run);
      database.prepare("update clock set finished = ?").run(finished ? 1 : 0);
    },
    isFinished: () => clock()["finished"] === 1,
    mails: () =>
      all.all().map((row) => ({
        id: Number(row["id"]),
        state: String(row["state"]) as MailState,
        inbox: row["inbox"] === null ? undefined : String(row["inbox"]),
        atMs: numberIn(row["at_ms"]),
      })),
    mark: (id, state, inbox, atMs) => void markMail.run(state, inbox ?? null, atMs ?? null, id),
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
    close: () => database.close(),
  };
}

function numberIn(value: SQLOutputValue | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
