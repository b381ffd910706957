/** One transaction for everything that belongs together: all of it is in the file afterwards, or none. */

import { type Ledger, ledger } from "../algorithms/ledger.ts";
import { checkIdentity, counterName, type Identity } from "../engine/charge.ts";
import type { Clock } from "../engine/clock.ts";
import { escaped, joined } from "../remote/counter-key.ts";
import { type SqliteDatabase, type SqliteStatement, setDeadline } from "./sqlite-database.ts";
import { failureOf, isNested, nested, resultOf } from "./sqlite-failure.ts";
import { type Leases, leasesOf } from "./sqlite-leases.ts";
import { makeTable, tableOf } from "./sqlite-table.ts";

/** What the database is set to at first use. */
export interface Settings {
  readonly table: string;
  readonly synchronous: "NORMAL" | "FULL";
  readonly deadlineMs: number;
}

/** Work at one instant, in a transaction of its own. It may be done twice, the first time in vain. */
export interface Transact {
  /** On the ledger. */
  <T>(work: (ledger: Ledger, now: number) => T): T;
  /** On the leases, whose table is made first. */
  leases<T>(work: (leases: Leases, now: number) => T): T;
}

/** What was prepared on a database. */
interface Prepared {
  readonly begin: SqliteStatement;
  readonly beginWriting: SqliteStatement;
  readonly commit: SqliteStatement;
  readonly rollback: SqliteStatement;
  readonly ledger: Ledger;
  leases?: Leases;
}

/** Transactions on a database, which is not touched before the first of them. */
export function transactions(database: SqliteDatabase, settings: Settings, clock: Clock): Transact {
  let prepared: Prepared | undefined;

  const once = <T>(begin: SqliteStatement, work: (now: number) => T, on: Prepared): T => {
    beginWith(begin);
    try {
      // Read within: who has waited for the lock must not date its charges back.
      const result = work(clock.now());
      on.commit.run();
      return result;
    } catch (error) {
      undo(on.rollback);
      throw error;
    }
  };

  const transact = <T>(bound: (on: Prepared) => (now: number) => T): T => {
    try {
      prepared ??= prepare(database, settings, clock);
      const work = bound(prepared);
      try {
        // Begun without the lock for writing: a denial needs none, and waits for nobody who has it.
        return once(prepared.begin, work, prepared);
      } catch (error) {
        // Somebody else is writing, or has written since this one read: nothing is booked, and it starts anew.
        if (resultOf(error) !== "SQLITE_BUSY") throw error;
        return once(prepared.beginWriting, work, prepared);
      }
    } catch (error) {
      const failure = failureOf(error);
      if (failure !== error && isStale(error)) prepared = undefined;
      throw failure;
    }
  };

  const leasesIn = (on: Prepared): Leases => {
    if (on.leases === undefined) {
      // Not within the transaction: where that is undone, the table and all that was prepared on it would be gone.
      beginWith(on.begin);
      on.rollback.run();
      on.leases = leasesOf(database, `${settings.table}_leases`, clock, textOf);
    }
    return on.leases;
  };

  return Object.assign(
    <T>(work: (ledger: Ledger, now: number) => T): T => transact((on) => (now) => work(on.ledger, now)),
    {
      leases: <T>(work: (leases: Leases, now: number) => T): T =>
        transact((on) => {
          const leases = leasesIn(on);
          return (now) => work(leases, now);
        }),
    },
  );
}

function prepare(database: SqliteDatabase, { table, synchronous, deadlineMs }: Settings, clock: Clock): Prepared {
  setDeadline(database, deadlineMs);
  const [begin, rollback] = [database.prepare("BEGIN"), database.prepare("ROLLBACK")];
  // Settings cannot be changed within a transaction, so this comes first.
  beginWith(begin);
  rollback.run();
  writeAhead(database);
  database.exec(`PRAGMA synchronous = ${synchronous}`);
  makeTable(database, table);
  return {
    begin,
    beginWriting: database.prepare("BEGIN IMMEDIATE"),
    commit: database.prepare("COMMIT"),
    rollback,
    ledger: ledger(tableOf(database, table, clock), nameOf),
  };
}

/**
 * Puts the file into WAL, where it stays. Of several processes that do so at once SQLite lets none wait for another: so
 * each waits until nobody reads or writes, and tries again.
 */
function writeAhead(database: SqliteDatabase): void {
  for (let tries = 1; ; tries++) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (tries === 10 || resultOf(error) !== "SQLITE_BUSY") throw error;
      database.exec("BEGIN EXCLUSIVE");
      database.exec("COMMIT");
    }
  }
}

function beginWith(begin: SqliteStatement): void {
  try {
    begin.run();
  } catch (error) {
    throw isNested(error) ? nested() : error;
  }
}

/** Some errors end the transaction themselves; then there is nothing left to undo. */
function undo(rollback: SqliteStatement): void {
  try {
    rollback.run();
  } catch {}
}

/** Whether what was prepared may be of no use any more: the table is gone, or the database was closed. */
function isStale(error: unknown): boolean {
  const result = resultOf(error);
  return result === undefined || result === "SQLITE_ERROR";
}

/** A text for each counter, with nothing in it that SQLite cannot keep in a text or that a library might cut it at. */
function nameOf(identity: Identity): string {
  checkIdentity(identity);
  const { policy, shard, key } = identity;
  const counter = counterName(policy);
  return textOf(shard === undefined ? joined(counter, key) : joined(counter, shard, key));
}

function textOf(name: string): string {
  return escaped(name).replaceAll("\0", "%0;");
}
