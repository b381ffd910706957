/** Sluice and a bare upsert on the same kind of handle: a database in a file, WAL, synchronous NORMAL. */

import { deepStrictEqual } from "node:assert";
import { mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Charge, policy } from "@sluice/core";
import { sqlite } from "@sluice/core/sqlite";
import type { Contenders } from "../contender.ts";
import { inRandomOrder, keys } from "../inbound/keys.ts";
import { type Progress, timed } from "../rounds.ts";
import { fromCallers } from "./callers.ts";
import { plenty, slow } from "./rates.ts";

/** What both libraries' handles can do. */
interface Handle {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
}

interface Statement {
  get(...values: (string | number)[]): unknown;
  all(...values: (string | number)[]): unknown[];
  run(...values: (string | number)[]): unknown;
}

/** It brings no types. */
const BetterSqlite = createRequire(import.meta.url)("better-sqlite3") as new (file: string) => Handle;

export const handles: Readonly<Record<"node:sqlite" | "better-sqlite3", (file: string) => Handle>> = {
  "node:sqlite": (file) => new DatabaseSync(file),
  "better-sqlite3": (file) => new BetterSqlite(file),
};

export const cases = {
  "100 k keys": { keys: 100_000, rate: slow },
  "one hot key": { keys: 1, rate: plenty },
} as const;

type Case = (typeof cases)[keyof typeof cases];

/** Asks for one unit of a key; `fill` does it for many at once, so that all have their row before the clock starts. */
interface Asking {
  ask(key: string): Promise<void>;
  fill(keys: readonly string[]): void;
}

const peers = {
  sluice(handle: Handle, { rate }: Case): Asking {
    const backend = sqlite(handle);
    const asked = policy("bench", rate);
    const chargesOf = (key: string): Charge[] => [{ policy: asked, key, cost: 1 }];
    return {
      async ask(key) {
        if (!backend.consume(chargesOf(key)).allowed) throw new Error("denied what fits");
      },
      fill: (keys) => void backend.consumeEach(keys.map(chargesOf)),
    };
  },

  /** A bucket's debt in one statement: no limit, no answer but what it is now, and nothing to undo. */
  bare(handle: Handle, { rate: { limit, windowMs } }: Case): Asking {
    handle.exec("PRAGMA journal_mode = WAL");
    handle.exec("PRAGMA synchronous = NORMAL");
    handle.exec("CREATE TABLE bare (key TEXT PRIMARY KEY, debt REAL NOT NULL, at REAL NOT NULL) WITHOUT ROWID");
    const upsert = handle.prepare(
      `INSERT INTO bare (key, debt, at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE
       SET debt = max(0, debt - (excluded.at - at) * ${limit * 100}) + excluded.debt, at = excluded.at RETURNING debt`,
    );
    // Read to its end, which is cheaper than get(): a statement broken off after its first row takes longer to undo.
    const write = (key: string): number => upsert.all(key, 100 * windowMs, Date.now()).length;
    return {
      async ask(key) {
        if (write(key) !== 1) throw new Error("nothing was written");
      },
      fill(keys) {
        handle.exec("BEGIN");
        for (const key of keys) write(key);
        handle.exec("COMMIT");
      },
    };
  },
};

export const contenders: Contenders<Progress> = Object.fromEntries(
  Object.entries(handles).flatMap(([library, open]) =>
    Object.entries(cases).flatMap(([title, one]) =>
      Object.entries(peers).map(([peer, make]) => [
        `${library}, ${title}: ${peer}`,
        timed((directory) => {
          const handle = open(join(mkdtempSync(join(directory, "race-")), "limits.sqlite"));
          const names = inRandomOrder(keys(one.keys));
          const { ask, fill } = make(handle, one);
          fill(names);
          checkDurability(handle);
          return fromCallers((operation) => ask(names[operation % names.length] as string));
        }),
      ]),
    ),
  ),
);

/** The same promises to the disk, or nothing is compared. */
function checkDurability(handle: Handle): void {
  const pragma = (name: string): unknown => Object.values(handle.prepare(`PRAGMA ${name}`).get() as object)[0];
  deepStrictEqual([pragma("journal_mode"), pragma("synchronous")], ["wal", 1]);
}
