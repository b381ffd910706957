/** The console's tables in SQLite as Node carries it, on a file of its own. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { Database } from "@sluice/console";
import { drizzle } from "drizzle-orm/sqlite-proxy";

const migrations = new URL("migrations/", import.meta.resolve("@sluice/console/package.json"));

interface Asked {
  readonly sql: string;
  readonly params: unknown[];
}

/** Gives a measure a folder for its databases, and removes it. */
export async function inFolder<T>(measured: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-recording-"));
  try {
    return await measured(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes one in this folder. */
export function consoleDatabase(folder: string): { readonly db: Database; readonly sqlite: DatabaseSync } {
  const sqlite = new DatabaseSync(join(mkdtempSync(join(folder, "race-")), "console.db"));
  sqlite.exec("pragma journal_mode = wal; pragma synchronous = normal");
  const files = readdirSync(migrations).filter((name) => name.endsWith(".sql"));
  for (const name of files.sort()) sqlite.exec(readFileSync(new URL(name, migrations), "utf8"));
  const rows = ({ sql, params }: Asked): { rows: unknown[] } => {
    const statement = sqlite.prepare(sql);
    statement.setReturnArrays(true);
    return { rows: statement.all(...(params as SQLInputValue[])) };
  };
  const db = drizzle(
    async (sql, params) => rows({ sql, params }),
    async (batch) => {
      sqlite.exec("begin immediate");
      const answers = batch.map(rows);
      sqlite.exec("commit");
      return answers;
    },
  );
  return { db: db as unknown as Database, sqlite };
}
