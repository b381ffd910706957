/** Counters in an object's own SQLite: one table, no index beside it, every statement answered at once. */

import type { LeaseState } from "../algorithms/lease.ts";
import type { Table } from "../algorithms/ledger.ts";
import { keptAfterEndMs } from "../engine/lease.ts";

/** What is used of an object's storage. */
export interface ObjectStorage {
  readonly sql: {
    exec(query: string, ...bindings: unknown[]): { toArray(): Record<string, ArrayBuffer | string | number | null>[] };
  };
  transactionSync<T>(work: () => T): T;
  getAlarm(): Promise<number | null>;
  setAlarm(instantMs: number): Promise<void>;
  deleteAll(): Promise<void>;
}

/** What was found looking through a number of rows, in the order of their names. */
export interface Page {
  readonly seen: number;
  /** The name of the last of them. */
  readonly last: string;
  /** When the first of those that still count will be idle; `Infinity` if none counts. */
  readonly idleAt: number;
}

/** The table, and what clean-up needs of it. */
export interface Rows extends Table {
  /** The lease of the one name that this object is for. */
  readLease(): LeaseState | undefined;
  writeLease(state: LeaseState): void;
  /** Does several writes or none. */
  atomically<T>(work: () => T): T;
  /** The earliest `idleAt` written since this was last asked; undefined where nothing was written. */
  written(): number | undefined;
  /** Looks through up to `size` rows after the name `after`. */
  look(after: string, size: number, now: number): Page;
  /** Whether any row still counts. */
  counts(now: number): boolean;
  /** Deletes what is idle after the name `after`, up to `last`. */
  forget(after: string, last: string, now: number): void;
  /** Gives the whole database back; the next write begins another. */
  drop(): Promise<void>;
}

// Without a rowid the table is its own index: an upsert writes one row instead of two.
const schema = `CREATE TABLE IF NOT EXISTS counters
  (name TEXT PRIMARY KEY, idle_at REAL NOT NULL, numbers TEXT NOT NULL) WITHOUT ROWID`;

const upsert = `INSERT INTO counters (name, idle_at, numbers) VALUES (?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET idle_at = excluded.idle_at, numbers = excluded.numbers`;

const page = `SELECT max(name) AS last, count(*) AS seen, min(CASE WHEN idle_at > ?3 THEN idle_at END) AS idle_at
  FROM (SELECT name, idle_at FROM counters WHERE name > ?1 ORDER BY name LIMIT ?2)`;

/** The row of an object's one lease, among names that begin with a digit or a hash. */
const leaseRow = "lease";

/** What stands in a row: a state's numbers, or a lease's and its note. */
type Cells = readonly (number | string)[];

/** So many rows are kept in memory beside the table, and none that is long. */
const [keptRows, longestKept] = [2_000, 16];

/**
 * The rows of an object. The table is made by the first write: who only asks leaves nothing behind.
 *
 * What was read or written lately is also in memory, so that a denial touches no storage and a charge only writes. Nobody
 * else writes this database: were a second instance of the object still running somewhere, the first write of either would
 * end the one that is out of date, and no answer leaves before its write is confirmed.
 */
export function rows(storage: ObjectStorage): Rows {
  const { sql } = storage;
  const kept = new Map<string, Cells>();
  let exists: boolean | undefined;
  let earliest: number | undefined;

  const isThere = (): boolean => {
    exists ??= sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'counters'").toArray().length > 0;
    return exists;
  };

  const keep = (name: string, numbers: Cells): void => {
    if (numbers.length > longestKept) {
      kept.delete(name);
      return;
    }
    if (kept.size >= keptRows && !kept.has(name)) for (const oldest of kept.keys()) if (kept.delete(oldest)) break;
    kept.set(name, numbers);
  };

  const read = (name: string): Cells | undefined => {
    const known = kept.get(name);
    if (known !== undefined || !isThere()) return known;
    const [row] = sql.exec("SELECT numbers FROM counters WHERE name = ?", name).toArray();
    if (row === undefined) return undefined;
    const cells: Cells = JSON.parse(row["numbers"] as string);
    keep(name, cells);
    return cells;
  };

  const write = (name: string, cells: Cells, idleAt: number): void => {
    if (!isThere()) {
      sql.exec(schema);
      exists = true;
    }
    sql.exec(upsert, name, idleAt, JSON.stringify(cells));
    keep(name, cells);
    if (earliest === undefined || idleAt < earliest) earliest = idleAt;
  };

  return {
    read: (name) => read(name) as readonly number[] | undefined,
    write,

    readLease() {
      const cells = read(leaseRow) as readonly [number, number, string] | undefined;
      return cells && { fence: cells[0], until: cells[1], note: cells[2] };
    },

    writeLease({ fence, until, note }) {
      write(leaseRow, [fence, until, note], until + keptAfterEndMs);
    },

    remove(name) {
      kept.delete(name);
      if (isThere()) sql.exec("DELETE FROM counters WHERE name = ?", name);
    },

    atomically(work) {
      try {
        return storage.transactionSync(work);
      } catch (error) {
        // What was done in there was not, down to the table itself.
        kept.clear();
        exists = undefined;
        earliest = undefined;
        throw error;
      }
    },

    written() {
      const idleAt = earliest;
      earliest = undefined;
      return idleAt;
    },

    look(after, size, now) {
      if (!isThere()) return { seen: 0, last: after, idleAt: Number.POSITIVE_INFINITY };
      const [found] = sql.exec(page, after, size, now).toArray();
      const { seen, last, idle_at: idleAt } = found as { seen: number; last: string | null; idle_at: number | null };
      return { seen, last: last ?? after, idleAt: idleAt ?? Number.POSITIVE_INFINITY };
    },

    counts(now) {
      return isThere() && sql.exec("SELECT 1 FROM counters WHERE idle_at > ? LIMIT 1", now).toArray().length > 0;
    },

    forget(after, last, now) {
      kept.clear();
      if (isThere()) sql.exec("DELETE FROM counters WHERE name > ? AND name <= ? AND idle_at <= ?", after, last, now);
    },

    drop() {
      const dropped = storage.deleteAll();
      kept.clear();
      exists = undefined;
      earliest = undefined;
      return dropped;
    },
  };
}
