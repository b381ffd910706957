/** SQLite as Node carries it, behind drizzle's proxy: no native build, and the migrations that D1 reads too. */

import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Database } from "@sluice/feeds";
import { drizzle } from "drizzle-orm/sqlite-proxy";

type Method = "run" | "all" | "values" | "get";

/** An open database; `close` writes everything back into its one file. */
export interface OpenDatabase {
  readonly db: Database;
  close(): void;
}

/** Longest wait for another process that writes, in milliseconds; transactions of the app take a few. */
const patienceMs = 1_000;
/** Between two tries. SQLite's own waiting would hold up every request of this process, also those that need no database. */
const pauseMs = 5;

/**
 * Opens the file (or `:memory:`), brings its tables up to date, and hands it to drizzle.
 *
 * `onStatement` sees the text of every statement that drizzle issues.
 */
export function openDatabase(path: string, migrations: string, onStatement?: (sql: string) => void): OpenDatabase {
  const sqlite = opened(path, migrations);

  // The app has a fixed set of statements, so what is prepared once stays; its size is bounded by theirs.
  const prepared = new Map<string, StatementSync>();
  const execute = (sql: string, params: unknown[], method: Method): { rows: unknown[] } => {
    onStatement?.(sql);
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = sqlite.prepare(sql);
      statement.setReturnArrays(true);
      prepared.set(sql, statement);
    }
    const values = params as SQLInputValue[];
    if (method === "run") {
      statement.run(...values);
      return { rows: [] };
    }
    // A missing row is undefined here, which drizzle takes for "none"; its types do not know.
    return { rows: (method === "get" ? statement.get(...values) : statement.all(...values)) as unknown as unknown[] };
  };

  const db = drizzle(
    (sql, params, method) => whenFree(() => execute(sql, params, method)),
    (statements) =>
      whenFree(() => together(sqlite, () => statements.map(({ sql, params, method }) => execute(sql, params, method)))),
  );
  return { db, close: () => sqlite.close() };
}

/** @throws Error with a sentence that names the path. */
function opened(path: string, migrations: string): DatabaseSync {
  const files = migrationFiles(migrations);
  let sqlite: DatabaseSync | undefined;
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
    // Another process may be bringing the tables up to date: wait for it rather than fail.
    sqlite = new DatabaseSync(path, { timeout: 5_000, enableForeignKeyConstraints: true });
    sqlite.exec("pragma journal_mode = wal; pragma synchronous = normal;");
    migrate(sqlite, files);
    sqlite.exec("pragma busy_timeout = 0");
    return sqlite;
  } catch (cause) {
    sqlite?.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    const cure = "Name a new file, or one that this app made, in a folder it may write to";
    throw new Error(`DATABASE_PATH=${JSON.stringify(path)} cannot be opened: ${reason}. ${cure}.`, { cause });
  }
}

/** The files of the flat folder, in their order. */
function migrationFiles(folder: string): readonly { readonly name: string; readonly path: string }[] {
  const cure = "Name the folder of the app's migrations, apps/feeds/migrations in its repository";
  const refused = (reason: string, cause?: unknown): Error =>
    new Error(`MIGRATIONS_PATH=${JSON.stringify(folder)} ${reason}. ${cure}.`, { cause });
  let all: readonly string[];
  try {
    all = readdirSync(folder);
  } catch (cause) {
    throw refused(`cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const names = all.filter((name) => name.endsWith(".sql")).sort();
  if (names.length === 0) throw refused("holds no .sql files");
  return names.map((name) => ({ name, path: join(folder, name) }));
}

/** Runs every file that this database has not seen, all of them or none. */
function migrate(sqlite: DatabaseSync, files: ReturnType<typeof migrationFiles>): void {
  // Rebuilding a table drops the old one, which must not delete the rows that point to it. This has no effect later on.
  sqlite.exec("pragma foreign_keys = off");
  // Looked up inside the transaction, so that two processes starting together apply each file once.
  together(sqlite, () => {
    sqlite.exec("create table if not exists migrations (name text primary key, applied_at_ms integer not null)");
    const seen = new Set(
      sqlite
        .prepare("select name from migrations")
        .all()
        .map((row) => row["name"]),
    );
    for (const { name, path } of files.filter((file) => !seen.has(file.name))) {
      sqlite.exec(readFileSync(path, "utf8"));
      sqlite.prepare("insert into migrations values (?, ?)").run(name, Date.now());
    }
    const [broken] = sqlite.prepare("pragma foreign_key_check").all();
    if (broken !== undefined)
      throw new Error(`A migration left rows of ${broken["table"]} without what they point to.`);
  });
  sqlite.exec("pragma foreign_keys = on");
}

/** One transaction without an `await` in it, so that nothing of another request can slip in. */
function together<T>(sqlite: DatabaseSync, work: () => T): T {
  sqlite.exec("begin immediate");
  try {
    const result = work();
    sqlite.exec("commit");
    return result;
  } catch (error) {
    // Some failures have ended the transaction already.
    if (sqlite.isTransaction) sqlite.exec("rollback");
    throw error;
  }
}

/** Does it as soon as no other process writes; others are served meanwhile. What was refused has left nothing behind. */
async function whenFree<T>(work: () => T): Promise<T> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return work();
    } catch (error) {
      const isLocked = error instanceof Error && error.message.includes("database is locked");
      if (!isLocked || performance.now() >= untilMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
