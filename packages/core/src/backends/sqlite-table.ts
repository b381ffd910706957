/** The table of counters: its statements, prepared once, and the sweep that drops idle rows a few at a time. */

import type { Table } from "../algorithms/ledger.ts";
import type { Clock } from "../engine/clock.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";
import { resultOf } from "./sqlite-failure.ts";

/** So many rows are looked at, to find idle ones, with every so many writes: two for each that can have been added. */
const swept = 64;
const writesPerSweep = 32;

/** The numbers of a state: the first three, which most algorithms have, as doubles; those of a log as JSON behind them. */
interface Row {
  readonly first: number;
  readonly second: number | null;
  readonly third: number | null;
  readonly rest: string | null;
}

/**
 * Makes the table if there is none.
 *
 * A row is one entry of one tree: names are the key, so no second index is written, none for expiry either. Numbers are
 * doubles because every library gives those as numbers, while large integers may come as bigints or not at all.
 */
export function makeTable(database: SqliteDatabase, table: string): void {
  database.exec(
    `CREATE TABLE IF NOT EXISTS "${table}" (name TEXT PRIMARY KEY, idle_at REAL NOT NULL,
       first REAL NOT NULL, second REAL, third REAL, rest TEXT) WITHOUT ROWID`,
  );
}

/** The table's rows, to be read and written within a transaction. */
export function tableOf(database: SqliteDatabase, table: string, clock: Clock): Table {
  const select = database.prepare(`SELECT first, second, third, rest FROM "${table}" WHERE name = ?`);
  const replace = database.prepare(
    `INSERT OR REPLACE INTO "${table}" (name, idle_at, first, second, third, rest) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const remove = database.prepare(`DELETE FROM "${table}" WHERE name = ?`);
  const swept = sweptWrites(database, table, clock);

  return {
    read(name) {
      const row = select.get(name) as Row | readonly [number, number | null, number | null, string | null] | null;
      if (row === undefined || row === null) return undefined;
      if ("first" in row) return numbersIn(row.first, row.second, row.third, row.rest);
      return numbersIn(...row);
    },

    write(name, numbers, idleAt) {
      const [first, second = null, third = null] = numbers as readonly [number, ...number[]];
      const rest = numbers.length > 3 ? JSON.stringify(numbers.slice(3)) : null;
      swept(name, () => replace.run(name, idleAt, first, second, third, rest));
    },

    remove(name) {
      remove.run(name);
    },
  };
}

/** Does a write to a row; now and then, before it, idle rows are dropped. */
export type SweptWrite = (name: string, write: () => unknown) => void;

/** Writes to a table with the columns `name` and `idle_at`, whose idle rows go a few at a time. */
export function sweptWrites(database: SqliteDatabase, table: string, clock: Clock): SweptWrite {
  const ahead = database.prepare(
    `SELECT name FROM "${table}" WHERE name > ? ORDER BY name LIMIT 1 OFFSET ${swept - 1}`,
  );
  const dropBetween = database.prepare(`DELETE FROM "${table}" WHERE name > ? AND name <= ? AND idle_at <= ?`);
  const dropBehind = database.prepare(`DELETE FROM "${table}" WHERE name > ? AND idle_at <= ?`);

  let writes = 0;
  let hand: string | undefined;

  /** Looks at the next rows in the order of names, going round from wherever the first write was. */
  const sweep = (from: string): void => {
    const now = clock.now();
    const found = ahead.get(from) as { readonly name: string } | readonly [string] | null | undefined;
    if (found === undefined || found === null) {
      dropBehind.run(from, now);
      hand = "";
      return;
    }
    const to = "name" in found ? found.name : found[0];
    dropBetween.run(from, to, now);
    hand = to;
  };

  return (name, write) => {
    // Swept first, so that there is room again in a file that may not grow.
    if (writes >= writesPerSweep) {
      sweep(hand ?? name);
      writes = 0;
    }
    writes++;
    try {
      write();
    } catch (error) {
      if (resultOf(error) === "SQLITE_FULL") writes = writesPerSweep;
      throw error;
    }
  };
}

function numbersIn(first: number, second: number | null, third: number | null, rest: string | null): number[] {
  if (rest !== null) return [first, second as number, third as number, ...JSON.parse(rest)];
  if (third !== null) return [first, second as number, third];
  return second === null ? [first] : [first, second];
}
