/** The SQLite database as Sluice sees it: the few methods that node:sqlite, better-sqlite3 and bun:sqlite have in common. */

import { ConfigError } from "../engine/errors.ts";
import { isPromise } from "../engine/waiting.ts";

/** What Sluice binds to a statement. */
export type SqliteValue = string | number | null;

/** A prepared statement that is carried out, and reset, before the call returns. */
export interface SqliteStatement {
  /** The first row, as an object or an array; without one undefined or null. */
  get(...values: SqliteValue[]): unknown;
  run(...values: SqliteValue[]): unknown;
}

/** An open database whose every answer is there at once. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
}

const open = 'Open one: new DatabaseSync("limits.sqlite") of node:sqlite, for instance.';
const atOnce = "Use node:sqlite, better-sqlite3 or bun:sqlite, whose answers are there at once.";

/** Methods by which databases are known that have `exec` and `prepare`, too, but answer later. */
const answersLater = {
  parallelize: "the package sqlite3",
  getDatabaseInstance: "the package sqlite",
  withSession: "D1",
  dump: "D1",
} as const;

/**
 * Refuses what cannot be such a database, as far as that can be told without touching it.
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING` or `SLUICE_OPTION_TYPE`.
 */
export function checkDatabase(database: unknown): void {
  if (database === undefined || database === null) {
    throw new ConfigError("SLUICE_OPTION_MISSING", "sqlite() takes an open SQLite database", database, open);
  }
  if (typeof database === "string" || database instanceof URL) {
    const path = String(database);
    throw new ConfigError("SLUICE_OPTION_TYPE", "sqlite() takes an open SQLite database, not its path", path, open);
  }
  const methods = database as Readonly<Record<string, unknown>>;
  if (typeof methods["exec"] !== "function" || typeof methods["prepare"] !== "function") {
    const problem = "sqlite() takes an open SQLite database, with exec() and prepare()";
    throw new ConfigError("SLUICE_OPTION_TYPE", problem, database, open);
  }
  for (const [method, library] of Object.entries(answersLater)) {
    if (typeof methods[method] === "function") throw late(`that of ${library} answers later`, database);
  }
}

/**
 * Sets how long the database waits for a lock. It answers with what it was set to, which shows that it answers at once.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` when it does not.
 */
export function setDeadline(database: SqliteDatabase, ms: number): void {
  const answer = firstOf(database.prepare(`PRAGMA busy_timeout = ${ms}`));
  // A bigint, where the library was told to give integers so.
  if (Number(answer) === ms) return;
  throw late("the statements of this one have no get() and run() that answer at once", database);
}

/** The first column of a statement's first row. */
function firstOf(statement: unknown): unknown {
  ignored(statement);
  const get = (statement as Partial<SqliteStatement> | undefined)?.get;
  const row = typeof get === "function" ? get.call(statement) : undefined;
  ignored(row);
  return typeof row === "object" && row !== null ? Object.values(row)[0] : undefined;
}

/** What becomes of a promise that nobody asked for must not end the process. */
function ignored(value: unknown): void {
  if (isPromise(value)) value.then(undefined, () => {});
}

function late(which: string, database: unknown): ConfigError {
  return new ConfigError("SLUICE_OPTION_TYPE", `sqlite() takes a synchronous database, and ${which}`, database, atOnce);
}
