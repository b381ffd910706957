/** The table of leases, beside that of counters, and made only where somebody asks for one. */

import { type LeaseState, leaseStep } from "../algorithms/lease.ts";
import type { Clock } from "../engine/clock.ts";
import { keptAfterEndMs, type LeaseAnswer, type LeaseRequest } from "../engine/lease.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";
import { sweptWrites } from "./sqlite-table.ts";

/** Decides a checked request at an instant, within a transaction. */
export type Leases = (request: LeaseRequest, now: number) => LeaseAnswer;

type Columns = readonly [fence: number, ends: number, note: string];

/**
 * Makes the table if there is none, and prepares its statements.
 *
 * A row stays for {@link keptAfterEndMs} after its lease has ended. Its note is JSON: a text of SQLite can hold neither
 * half a surrogate pair nor, for every library, a NUL.
 */
export function leasesOf(
  database: SqliteDatabase,
  table: string,
  clock: Clock,
  textOf: (name: string) => string,
): Leases {
  database.exec(
    `CREATE TABLE IF NOT EXISTS "${table}" (name TEXT PRIMARY KEY, idle_at REAL NOT NULL,
       fence REAL NOT NULL, ends REAL NOT NULL, note TEXT NOT NULL) WITHOUT ROWID`,
  );
  const select = database.prepare(`SELECT fence, ends, note FROM "${table}" WHERE name = ?`);
  const replace = database.prepare(
    `INSERT OR REPLACE INTO "${table}" (name, idle_at, fence, ends, note) VALUES (?, ?, ?, ?, ?)`,
  );
  const swept = sweptWrites(database, table, clock);

  const stateOf = (name: string): LeaseState | undefined => {
    const row = select.get(name) as Columns | Readonly<Record<"fence" | "ends" | "note", unknown>> | null | undefined;
    if (row === undefined || row === null) return undefined;
    const [fence, until, note] = ("fence" in row ? [row.fence, row.ends, row.note] : row) as Columns;
    return { fence, until, note: JSON.parse(note) };
  };

  return (request, now) => {
    const name = textOf(request.name);
    const stored = stateOf(name);
    const { state, answer } = leaseStep(stored, request, now);
    if (state !== undefined && state !== stored) {
      const { fence, until, note } = state;
      swept(name, () => replace.run(name, until + keptAfterEndMs, fence, until, JSON.stringify(note)));
    }
    return answer;
  };
}
