/** A database of a test's own: SQLite as Node carries it behind drizzle's proxy, with the console's tables and an app's users and feeds. */

import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { is } from "drizzle-orm";
import { index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { SQLiteRaw } from "drizzle-orm/sqlite-core/query-builders/raw";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import type { Database } from "../src/database.ts";
import type { FeedDirectory, UserDirectory } from "../src/directory.ts";

const migrations = new URL("../migrations/", import.meta.url);

/** The users of an app that mounts the console. */
export const users = sqliteTable(
  "users",
  { id: text("id").primaryKey(), username: text("username").notNull(), plan: text("plan").notNull() },
  (table) => [index("users_username").on(table.username), index("users_plan").on(table.plan)],
);

export const feeds = sqliteTable(
  "feeds",
  { id: text("id").primaryKey(), title: text("title").notNull(), ownerId: text("owner_id").notNull() },
  (table) => [index("feeds_owner").on(table.ownerId)],
);

export const userDirectory: UserDirectory = { table: users, id: users.id, name: users.username, plan: users.plan };
export const feedDirectory: FeedDirectory = { table: feeds, id: feeds.id, title: feeds.title, owner: feeds.ownerId };

/** A database, what was asked of it, and a way to put rows in fast. */
export interface TestDatabase {
  readonly db: Database;
  readonly sqlite: DatabaseSync;
  /** The text of every statement issued since the last `forget()`. */
  readonly statements: string[];
  /** From now on every statement is refused with this error; undefined: no longer. */
  failWith(error: Error | undefined): void;
  close(): void;
}

/** Opens one; a file where several "processes" are to share it. */
export function testDatabase(path = ":memory:"): TestDatabase {
  const sqlite = new DatabaseSync(path, { timeout: 2_000, enableForeignKeyConstraints: true });
  sqlite.exec("pragma journal_mode = wal; pragma synchronous = normal");
  const isNew = sqlite.prepare("select 1 from sqlite_master where name = 'sluice_plans'").get() === undefined;
  if (isNew) {
    for (const file of readdirSync(migrations)
      .filter((name) => name.endsWith(".sql"))
      .sort()) {
      sqlite.exec(readFileSync(new URL(file, migrations), "utf8"));
    }
    sqlite.exec(`
      create table users (id text primary key, username text not null, plan text not null);
      create unique index users_username on users (username);
      create index users_plan on users (plan);
      create table feeds (id text primary key, title text not null, owner_id text not null);
      create index feeds_owner on feeds (owner_id);
    `);
  }
  const statements: string[] = [];
  let failure: Error | undefined;
  type Asked = { sql: string; params: unknown[]; method: string };
  const execute = ({ sql, params, method }: Asked): { rows: unknown[] } => {
    statements.push(sql);
    if (failure !== undefined) throw failure;
    const statement = sqlite.prepare(sql);
    statement.setReturnArrays(true);
    const values = params as SQLInputValue[];
    if (method === "run") {
      statement.run(...values);
      return { rows: [] };
    }
    return { rows: (method === "get" ? statement.get(...values) : statement.all(...values)) as unknown as unknown[] };
  };
  const db = drizzle(
    async (sql, params, method) => execute({ sql, params, method }),
    async (batch) => {
      if (failure !== undefined) throw failure;
      sqlite.exec("begin immediate");
      try {
        const answers = batch.map((one) => execute(one as Asked));
        sqlite.exec("commit");
        return answers;
      } catch (error) {
        if (sqlite.isTransaction) sqlite.exec("rollback");
        throw error;
      }
    },
  ) as unknown as Database;
  const batch = db.batch.bind(db) as (statements: readonly unknown[]) => Promise<never>;
  // Drizzle's D1 cannot put db.run(sql) into a batch; its proxy would.
  const asD1 = async (given: readonly unknown[]): Promise<never> => {
    if (given.some((statement) => is(statement, SQLiteRaw))) throw new Error("D1 takes no raw statement in a batch");
    return batch(given);
  };
  Object.assign(db, { batch: asD1 });
  const failWith = (error: Error | undefined): void => {
    failure = error;
  };
  return { db, sqlite, statements, failWith, close: () => sqlite.close() };
}
