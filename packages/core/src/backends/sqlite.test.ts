import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { Charge } from "../engine/charge.ts";
import { testClock } from "../engine/clock.ts";
import { isConfigError } from "../engine/errors.ts";
import { type Policy, policy } from "../engine/policy.ts";
import { per, perDay } from "../engine/rate.ts";
import { type SqliteDatabase, type SqliteOptions, type SqliteStatement, sqlite } from "./sqlite.ts";

const five = policy("five", per("1s", 5));
const charge = (key = "k", details: Partial<Charge> = {}): Charge => ({ policy: five, key, cost: 1, ...details });
const start = Date.UTC(2027, 4, 12, 9, 30);

/** A backend on a database in memory, by a clock that stands still. */
function stopped(
  options: SqliteOptions = {},
  database = new DatabaseSync(":memory:"),
  seen: SqliteDatabase = database,
) {
  const time = { now: start };
  const backend = sqlite(seen, { ...options, [testClock]: { now: () => time.now } } as SqliteOptions);
  const asked = (sql: string): number => Number(Object.values(database.prepare(sql).get() ?? {})[0]);
  const rows = (): number => asked("SELECT count(*) FROM sluice_counters");
  const changes = (): number => asked("SELECT total_changes()");
  return { time, backend, database, rows, changes };
}

function caught(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

function codeOf(call: () => unknown): string | undefined {
  const error = caught(call);
  return isConfigError(error) ? error.code : error === undefined ? undefined : String(error);
}

/** Anything with these methods, as somebody who writes no types would pass it. */
const untyped = (value: unknown): SqliteDatabase => value as SqliteDatabase;

/** The same database, but with rows as `given` changes them. */
function giving(inner: DatabaseSync, given: (row: object | undefined) => unknown): SqliteDatabase {
  return {
    exec: (sql) => inner.exec(sql),
    prepare(sql): SqliteStatement {
      const statement = inner.prepare(sql);
      return { get: (...values) => given(statement.get(...values)), run: (...values) => statement.run(...values) };
    },
  };
}

/** Texts cut at the first nought, as Node 22 gave them. */
function cut(row: object | undefined): unknown {
  const entries = Object.entries(row ?? {});
  const cuts = entries.map(([name, value]) => [name, typeof value === "string" ? value.split("\0", 1)[0] : value]);
  return row && Object.fromEntries(cuts);
}

const libraries: readonly (readonly [string, () => readonly [DatabaseSync, SqliteDatabase?]])[] = [
  ["node:sqlite", () => [new DatabaseSync(":memory:")]],
  [
    "a library that gives null where there is no row",
    () => {
      const database = new DatabaseSync(":memory:");
      return [database, giving(database, (row) => row ?? null)];
    },
  ],
  ["a library that gives rows as arrays", () => [new DatabaseSync(":memory:", { returnArrays: true })]],
  ["a library that gives integers as bigints", () => [new DatabaseSync(":memory:", { readBigInts: true })]],
];

describe("sqlite() refuses", () => {
  it.each([
    ["nothing", undefined, "SLUICE_OPTION_MISSING"],
    ["null", null, "SLUICE_OPTION_MISSING"],
    ["a path", "limits.sqlite", "SLUICE_OPTION_TYPE"],
    ["the URL of a file", new URL("file:///limits.sqlite"), "SLUICE_OPTION_TYPE"],
    ["an object without the methods", { prepare() {} }, "SLUICE_OPTION_TYPE"],
    ["the package sqlite3", { exec() {}, prepare() {}, parallelize() {} }, "SLUICE_OPTION_TYPE"],
    ["D1", { exec() {}, prepare() {}, dump() {} }, "SLUICE_OPTION_TYPE"],
  ])("%s in place of a database", (_what, database, code) => {
    expect(codeOf(() => sqlite(untyped(database)))).toBe(code);
  });

  it("a path with the words that open it", () => {
    expect(() => sqlite(untyped("limits.sqlite"))).toThrow(/got "limits\.sqlite"\. Open one: new DatabaseSync/);
  });

  it.each([
    [{ table: "sqlite_counters" }, "SLUICE_OPTION_TYPE"],
    [{ table: 'counters"; DROP TABLE users; --' }, "SLUICE_OPTION_TYPE"],
    [{ table: "" }, "SLUICE_OPTION_TYPE"],
    [{ table: 7 }, "SLUICE_OPTION_TYPE"],
    [{ durability: "disk" }, "SLUICE_OPTION_TYPE"],
    [{ deadlineMs: 0 }, "SLUICE_OPTION_TYPE"],
    [{ deadlineMs: 1.5 }, "SLUICE_OPTION_TYPE"],
    [{ clock: { now: () => 0 } }, "SLUICE_OPTION_UNKNOWN"],
  ])("the options %o", (options, code) => {
    expect(codeOf(() => sqlite(new DatabaseSync(":memory:"), options as SqliteOptions))).toBe(code);
  });

  it("at first use a database that answers later, without leaving a rejection behind", async () => {
    const later = () => Promise.reject(new Error("later"));
    const prepared = { get: later, run: later };
    for (const prepare of [() => prepared, later]) {
      const backend = sqlite(untyped({ exec: later, prepare }));
      expect(codeOf(() => backend.consume([charge()]))).toBe("SLUICE_OPTION_TYPE");
    }
    // A rejection that nobody handles fails the test run.
    await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

describe("sqlite()", () => {
  it("does nothing until it is asked", () => {
    const touched = () => {
      throw new Error("touched");
    };
    const backend = sqlite({ exec: touched, prepare: touched });
    expect(backend.features.durable).toBe(true);
    expect(() => backend.consume([charge()])).toThrow();
  });

  it("sets the database to WAL or what it has instead, to its durability and to its deadline", () => {
    const { backend, database } = stopped({ durability: "power", deadlineMs: 1_234 });
    backend.consume([charge()]);
    expect(database.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    expect(database.prepare("PRAGMA busy_timeout").get()).toEqual({ timeout: 1_234 });
    const lighter = stopped();
    lighter.backend.consume([charge()]);
    expect(lighter.database.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 1 });
  });

  it("keeps the tables of one database apart", () => {
    const database = new DatabaseSync(":memory:");
    const [one, other] = [stopped({ table: "order" }, database), stopped({ table: "Select_2" }, database)];
    const all = charge("k", { cost: 5 });
    expect(one.backend.consume([all]).allowed).toBe(true);
    expect(other.backend.consume([all]).allowed).toBe(true);
    expect(one.backend.consume([all]).allowed).toBe(false);
  });

  it.each(libraries)("counts with %s", (_what, open) => {
    const { backend } = stopped({}, ...open());
    const log = policy("log", per("1h", 3, { algorithm: "sliding-log" }));
    const hour = policy("hour", per("1h", 3, { algorithm: "fixed-window" }));
    for (const named of [five, log, hour, policy("days", perDay(3, { timeZone: "UTC" }))] as readonly Policy[]) {
      const asked = charge("k", { policy: named });
      const remaining = [1, 2, 3].map(() => backend.consume([asked]).decisions[0]?.remaining);
      expect(remaining.map((units) => Math.floor(units ?? Number.NaN))).toEqual(
        [1, 2, 3].map((spent) => named.limit - spent),
      );
    }
  });

  it("keeps a log of many stamps", () => {
    const { backend, time } = stopped();
    const log = policy("log", per("1h", 1_000, { algorithm: "sliding-log" }));
    for (let i = 0; i < 1_000; i++) {
      time.now++;
      expect(backend.consume([charge("k", { policy: log })]).allowed).toBe(true);
    }
    time.now += 3_600_000 - 1_000;
    expect(backend.consume([charge("k", { policy: log })]).decisions[0]?.retryAfterMs).toBe(1);
    time.now += 1;
    expect(backend.consume([charge("k", { policy: log })]).allowed).toBe(true);
  });
});

describe("a failure", () => {
  const thrown = (details: object, message = "somebody@example.com") => Object.assign(new Error(message), details);

  it.each([
    ["node:sqlite", thrown({ code: "ERR_SQLITE_ERROR", errcode: 2_058 }), "SLUICE_BACKEND_UNREACHABLE", "SQLITE_IOERR"],
    ["better-sqlite3", thrown({ code: "SQLITE_IOERR_FSYNC" }), "SLUICE_BACKEND_UNREACHABLE", "SQLITE_IOERR"],
    ["bun:sqlite", thrown({ code: "SQLITE_AUTH", errno: 14 }), "SLUICE_BACKEND_UNREACHABLE", "SQLITE_CANTOPEN"],
    ["whichever knows one that we do not", thrown({ errcode: 20 }), "SLUICE_BACKEND_REFUSED", "SQLITE_20"],
    ["whichever was closed", thrown({}, "The database connection is not open"), "SLUICE_BACKEND_UNREACHABLE", "closed"],
    ["whichever says something else", new TypeError("somebody@example.com"), "SLUICE_BACKEND_REFUSED", "TypeError"],
    ["whichever throws no error", "somebody@example.com", "SLUICE_BACKEND_REFUSED", "string"],
  ])("of %s is told by its code, without what the library said", (_library, failure, code, told) => {
    const failing = () => {
      throw failure;
    };
    const backend = sqlite({ exec: failing, prepare: failing });
    const error = caught(() => backend.consume([charge("somebody@example.com")]));
    expect(error).toMatchObject({ name: "BackendError", code, backend: "sqlite" });
    expect(String(error)).toContain(told);
    expect(String(error)).not.toContain("somebody");
    expect((error as Error).cause).toBeUndefined();
  });
});

describe("a transaction", () => {
  it("of somebody else on this handle is left alone, and the mistake is named", () => {
    const { backend, database } = stopped();
    const ask = () => backend.consume([charge("k", { cost: 5 })]);
    database.exec("CREATE TABLE notes (text); BEGIN; INSERT INTO notes VALUES ('kept')");
    expect(codeOf(ask)).toBe("SLUICE_SQLITE_TRANSACTION");
    database.exec("COMMIT");
    expect(ask().allowed).toBe(true);
    database.exec("BEGIN; INSERT INTO notes VALUES ('kept, too')");
    expect(codeOf(ask)).toBe("SLUICE_SQLITE_TRANSACTION");
    expect(codeOf(() => backend.reset(charge()))).toBe("SLUICE_SQLITE_TRANSACTION");
    database.exec("COMMIT");
    expect(database.prepare("SELECT count(*) AS n FROM notes").get()).toEqual({ n: 2 });
    expect(ask().allowed).toBe(false);
  });

  it("is not left open by a mistake, and nothing beside the mistake is booked", () => {
    const { backend, database } = stopped();
    const wrong = charge("other", { cost: Number.NaN });
    expect(codeOf(() => backend.consume([wrong]))).toBe("SLUICE_COST");
    expect(codeOf(() => backend.consume([charge(), wrong]))).toBe("SLUICE_COST");
    expect(codeOf(() => backend.consumeEach([[charge()], [wrong]]))).toBe("SLUICE_COST");
    expect(codeOf(() => backend.reset(charge(7 as unknown as string)))).toBe("SLUICE_CHARGE_KEY");
    expect(database.isTransaction).toBe(false);
    expect(backend.consume([charge("k", { cost: 0 })]).decisions[0]?.remaining).toBe(5);
  });

  it("writes nothing for a denial, unless the clock was set back", () => {
    const { backend, changes, time } = stopped();
    backend.consume([charge("k", { cost: 5 })]);
    const before = changes();
    for (let i = 0; i < 50; i++) expect(backend.consume([charge()]).allowed).toBe(false);
    expect(backend.consume([charge(), charge("other")]).allowed).toBe(false);
    expect(changes()).toBe(before);
    time.now -= 10_000;
    expect(backend.consume([charge()]).allowed).toBe(false);
    expect(changes()).toBe(before + 1);
  });
});

describe("idle rows", () => {
  const strangers = (count: number, { backend }: ReturnType<typeof stopped>, prefix: string): void => {
    for (let i = 0; i < count; i++) backend.consume([charge(`${prefix} ${i}`)]);
  };

  it.each(libraries)("are dropped a few at a time while one key is charged: %s", (_what, open) => {
    const table = stopped({}, ...open());
    strangers(1_000, table, "m");
    expect(table.rows()).toBe(1_000);
    table.time.now += 60_000;
    let [last, most] = [table.rows(), 0];
    for (let i = 0; i < 1_000; i++) {
      table.time.now += 1_000;
      // Behind all the others, which are found nevertheless.
      table.backend.consume([charge("zz")]);
      most = Math.max(most, last - table.rows());
      last = table.rows();
    }
    expect(last).toBe(1);
    expect(most).toBeLessThanOrEqual(64);
  });

  it("are dropped faster than strangers can add rows", () => {
    const table = stopped();
    for (let round = 0; round < 8; round++) {
      strangers(500, table, `round ${round}`);
      table.time.now += 60_000;
    }
    expect(table.rows()).toBeLessThanOrEqual(1_500);
  });

  it("are dropped faster than a crowd in one call can add rows", () => {
    const table = stopped();
    for (let round = 0; round < 8; round++) {
      table.backend.consumeEach(Array.from({ length: 500 }, (_, i) => [charge(`round ${round}, ${i}`)]));
      table.time.now += 60_000;
    }
    expect(table.rows()).toBeLessThanOrEqual(1_500);
  });

  it("are all that is dropped", () => {
    const table = stopped();
    const slow = policy("slow", per("1d", 5));
    for (let i = 0; i < 200; i++) table.backend.consume([charge(`debtor ${i}`, { policy: slow, cost: 5 })]);
    table.time.now += 60_000;
    strangers(2_000, table, "m");
    for (let i = 0; i < 200; i++) {
      expect(table.backend.consume([charge(`debtor ${i}`, { policy: slow })]).allowed).toBe(false);
    }
  });

  it("are dropped whatever characters are in their names", () => {
    const database = new DatabaseSync(":memory:");
    const table = stopped({}, database, giving(database, cut));
    strangers(500, table, "\0\ud800");
    for (let i = 0; i < 600; i++) {
      table.time.now += 1_000;
      table.backend.consume([charge("zz")]);
    }
    expect(table.rows()).toBe(1);
  });
});

describe("leases", () => {
  const take = { name: "n", verb: "take", ttlMs: 1_000 } as const;

  it("have a table of their own, which those who use none have not", () => {
    const { backend, database, rows } = stopped();
    const tables = () => database.prepare("SELECT name FROM sqlite_master ORDER BY name").all();
    backend.consume([charge()]);
    backend.block(charge(), 1_000);
    expect(tables()).toEqual([{ name: "sluice_counters" }]);
    backend.lease(take);
    expect(tables()).toEqual([{ name: "sluice_counters" }, { name: "sluice_counters_leases" }]);
    expect(rows()).toBe(1);
  });

  it("are remembered by whoever opens the file next, fences and notes", () => {
    const database = new DatabaseSync(":memory:");
    const note = "a\0b\ud800";
    const first = stopped({}, database).backend.lease({ ...take, note });
    const { backend, time } = stopped({}, database);
    expect(backend.lease(take)).toEqual({ ...first, granted: false });
    // Set back by a day: the fence grows all the same.
    time.now -= 86_400_000;
    expect(backend.lease({ ...take, after: first.fence })).toEqual({ ...first, fence: first.fence + 1 });
  });

  it.each([
    ["arrays", (row: object | undefined) => row && Object.values(row)],
    ["texts cut at a nought", cut],
  ])("are read from rows that are %s", (_, given) => {
    const database = new DatabaseSync(":memory:");
    const { backend } = stopped({}, database, giving(database, given));
    const answer = backend.lease({ ...take, name: "n\0m", note: "a\0b" });
    expect(backend.lease({ name: "n\0m", verb: "look" })).toEqual(answer);
    expect(backend.lease({ name: "n", verb: "look" })).toMatchObject({ fence: 0 });
  });

  it("are swept when nothing of them is kept any more", () => {
    const { backend, time, database } = stopped();
    const kept = () =>
      Number(Object.values(database.prepare("SELECT count(*) FROM sluice_counters_leases").get() ?? {})[0]);
    for (let i = 0; i < 100; i++) backend.lease({ ...take, name: `old ${i}` });
    time.now += 1_000 + 30 * 86_400_000 - 1;
    for (let i = 0; i < 100; i++) backend.lease({ ...take, name: `new ${i}` });
    expect(kept()).toBe(200);
    time.now += 1;
    for (let i = 0; i < 200; i++)
      backend.lease({ ...take, name: "new 0", after: backend.lease({ name: "new 0", verb: "look" }).fence });
    expect(kept()).toBe(100);
  });

  it("write nothing where nothing changes", () => {
    const { backend, changes } = stopped();
    backend.lease(take);
    const before = changes();
    backend.lease(take);
    backend.lease({ name: "n", verb: "look" });
    backend.lease({ name: "m", verb: "look" });
    backend.lease({ name: "n", verb: "renew", ttlMs: 5, fence: 1 });
    expect(changes()).toBe(before);
  });

  it("are not taken in the middle of somebody else's transaction, nor is their table made there", () => {
    const { backend, database } = stopped();
    backend.consume([charge()]);
    database.exec("BEGIN");
    expect(codeOf(() => backend.lease(take))).toBe("SLUICE_SQLITE_TRANSACTION");
    database.exec("ROLLBACK");
    expect(database.prepare("SELECT count(*) AS n FROM sqlite_master").get()).toEqual({ n: 1 });
    expect(backend.lease(take)).toMatchObject({ granted: true });
  });

  it("go on where their table was dropped", () => {
    const { backend, database } = stopped();
    backend.lease(take);
    database.exec("DROP TABLE sluice_counters_leases");
    expect(() => backend.lease(take)).toThrow("SLUICE_BACKEND_REFUSED");
    expect(backend.lease(take)).toMatchObject({ granted: true });
  });
});
