/** The SQLite libraries that are proven, and how each opens a file. */

import { DatabaseSync } from "node:sqlite";
import type { SqliteDatabase } from "@sluice/core/sqlite";
import BetterSqlite from "better-sqlite3";

/** An open database that can be closed. */
export interface OpenDatabase extends SqliteDatabase {
  close(): unknown;
}

/** Opens a file to read and write, or only to read. */
export type Open = (path: string, readOnly?: boolean) => OpenDatabase;

export const libraries: Readonly<Record<string, Open>> = {
  "node:sqlite": (path, readOnly = false) => new DatabaseSync(path, { readOnly }),
  "better-sqlite3": (path, readOnly = false) => new BetterSqlite(path, { readonly: readOnly }),
};
