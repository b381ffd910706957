/** The runs of a demo and how far its clock came, so that a run that was killed is told apart, and time never goes back. */

import type { DatabaseSync, SQLOutputValue } from "node:sqlite";

export interface RunLog {
  /** The last instant of the demo's clock that is known; undefined in a new folder. */
  instant(): number | undefined;
  keepInstant(ms: number): void;
  /** When an instant was last kept, by the wall's clock; it goes on as long as a run does. */
  keptAtMs(): number;
  /** Begins a run, and tells how many there were before it, how many of them did not come to their end, and whether the last did not. */
  begin(): { readonly earlier: number; readonly killed: number; readonly lastKilled: boolean };
  /** The run has ended in good order; `finished` when there is nothing left to do. */
  end(finished: boolean): void;
  isFinished(): boolean;
}

const tables = `
  create table if not exists runs (id integer primary key, ended integer not null default 0);
  create table if not exists clock (id integer primary key check (id = 1), instant_ms integer, kept_at_ms integer, finished integer not null default 0);
  insert or ignore into clock (id) values (1);`;

/** Keeps them in a database, in tables of their own. */
export function runLog(database: DatabaseSync): RunLog {
  database.exec(tables);
  const clock = (): Record<string, SQLOutputValue> => database.prepare("select * from clock").get() ?? {};
  const keep = database.prepare("update clock set instant_ms = max(coalesce(instant_ms, 0), ?), kept_at_ms = ?");
  let run: number | bigint = 0;
  return {
    instant: () => numberIn(clock()["instant_ms"]),
    keepInstant: (ms) => void keep.run(ms, Date.now()),
    keptAtMs: () => numberIn(clock()["kept_at_ms"]) ?? 0,
    begin() {
      const ends = database.prepare("select ended from runs order by id").all();
      run = database.prepare("insert into runs default values").run().lastInsertRowid;
      const killed = ends.filter((row) => row["ended"] === 0).length;
      return { earlier: ends.length, killed, lastKilled: ends.at(-1)?.["ended"] === 0 };
    },
    end(finished) {
      database.prepare("update runs set ended = 1 where id = ?").run(run);
      database.prepare("update clock set finished = ?").run(finished ? 1 : 0);
    },
    isFinished: () => clock()["finished"] === 1,
  };
}

/** A column that may be null. */
export function numberIn(value: SQLOutputValue | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
