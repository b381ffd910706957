/** The database the console needs: drizzle's asynchronous SQLite, which D1 and sqlite-proxy both are. */

import type { Rule } from "@sluice/core/engine";
import type { BatchItem, BatchResponse } from "drizzle-orm/batch";
import type { BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";

/**
 * No interactive transactions: D1 has none. What must happen together goes through `batch`, which is all or nothing on every
 * platform. D1 binds at most 100 values in a statement: many rows travel as one JSON text (`json_each`).
 */
export interface Database extends BaseSQLiteDatabase<"async", unknown> {
  batch<U extends BatchItem<"sqlite">, T extends Readonly<[U, ...U[]]>>(statements: T): Promise<BatchResponse<T>>;
}

/** The rule of an option that takes one. */
export const aDatabase: Rule = [
  (db: Partial<Database> | null) => typeof db?.batch === "function" && typeof db.select === "function",
  "drizzle's database with batch(), such as drizzle(env.DB) of drizzle-orm/d1",
];
