/** Tables of numbers to fill others from, and how SQLite means to answer a statement, in its own words: SCAN is a whole table, SEARCH goes by an index. */

import type { TestDatabase } from "./database.ts";

/** Makes a table `numbers` with the values 0 to `most` - 1. */
export function addNumbers({ sqlite }: TestDatabase, most: number): void {
  sqlite.exec(`
    create temporary table numbers (value integer primary key);
    with recursive next(value) as (select 0 union all select value + 1 from next where value + 1 < ${most})
    insert into numbers select value from next;
  `);
}

/** One step a line. */
export function planOf({ sqlite }: TestDatabase, statement: string): string {
  const steps = sqlite.prepare(`explain query plan ${statement}`).all();
  return steps.map(({ detail }) => String(detail)).join("\n");
}
