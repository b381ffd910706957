/** The app's own tables that the console reads: its users and, where it has some, its public feeds. */

import type { Rule } from "@sluice/core/engine";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";

/** The table of users; of its columns the plan alone is ever written. */
export interface UserDirectory {
  readonly table: SQLiteTable;
  /** Text; the primary key. */
  readonly id: SQLiteColumn;
  /** Text, shown and searched by its beginning: needs an index. */
  readonly name: SQLiteColumn;
  /** Text: the id of a plan. Needs an index. */
  readonly plan: SQLiteColumn;
}

/** The rule of an option that takes it. */
export const aUserDirectory: Rule = [
  (users: Partial<UserDirectory> | null) => Boolean(users?.table && users.id && users.name && users.plan),
  "drizzle's table of users and its columns { table, id, name, plan }",
];

/** The table of public feeds. */
export interface FeedDirectory {
  readonly table: SQLiteTable;
  readonly id: SQLiteColumn;
  readonly title: SQLiteColumn;
  /** The id of the user who owns it. Needs an index. */
  readonly owner: SQLiteColumn;
}
