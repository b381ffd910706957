/** The database this app needs: drizzle's asynchronous SQLite, which D1 and sqlite-proxy both are. */

import type { BatchItem, BatchResponse } from "drizzle-orm/batch";
import type { BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";

/**
 * No interactive transactions: D1 has none. What must happen together goes through `batch`, which is
 * all or nothing on every platform.
 */
export interface Database extends BaseSQLiteDatabase<"async", unknown> {
  batch<U extends BatchItem<"sqlite">, T extends Readonly<[U, ...U[]]>>(statements: T): Promise<BatchResponse<T>>;
}
