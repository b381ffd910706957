/** The database this app needs, which is the console's: drizzle's asynchronous SQLite, which D1 and sqlite-proxy both are. */

export type { Database } from "@sluice/console";
