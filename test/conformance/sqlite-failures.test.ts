import { readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { type Charge, isSluiceError, per, policy } from "@sluice/core/engine";
import { type SqliteBackend, sqlite } from "@sluice/core/sqlite";
import { fakeClock, onClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";
import { newFiles } from "./sqlite-files.ts";
import { libraries } from "./sqlite-libraries.ts";

const secret = "somebody@example.com";
const five = policy("five", per("1d", 5, { algorithm: "fixed-window" }));
const charge = (key: string, cost = 1): Charge => ({ policy: five, key, cost });
const newFile = newFiles();

/** The code of the failure, which has to be coded, without a cause and without a key. */
function failureOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    expect([error.name, error.cause]).toEqual(["BackendError", undefined]);
    expect(`${error.message}${JSON.stringify(error)}`).not.toContain(secret);
    return `${error.code} ${/SQLITE_[A-Z]+/.exec(error.message)?.[0] ?? ""}`.trim();
  }
  throw new Error("nothing failed");
}

const remaining = (backend: SqliteBackend, key: string) => backend.consume([charge(key, 0)]).decisions[0]?.remaining;

describe.each(Object.entries(libraries))("sqlite with %s", (_library, open) => {
  /** A backend, its handle and another handle on the same file; the key is spent. */
  function spent(deadlineMs = 50) {
    const path = newFile();
    const [database, other] = [open(path), open(path)];
    const backend = sqlite(database, { deadlineMs });
    expect(backend.consume([charge(secret, 5)]).allowed).toBe(true);
    return { path, database, other, backend };
  }

  it("waits for another's lock until its deadline, and no denial waits for it", () => {
    const { backend, other } = spent(100);
    other.exec("BEGIN IMMEDIATE");
    const begun = performance.now();
    expect(backend.consume([charge(secret)]).allowed).toBe(false);
    expect(backend.consume([charge(secret), charge("new")]).allowed).toBe(false);
    expect(performance.now() - begun).toBeLessThan(90);
    expect(failureOf(() => backend.consume([charge("new")]))).toBe("SLUICE_BACKEND_TIMEOUT SQLITE_BUSY");
    expect(failureOf(() => backend.reset(charge(secret)))).toBe("SLUICE_BACKEND_TIMEOUT SQLITE_BUSY");
    const waited = performance.now() - begun;
    expect(waited).toBeGreaterThan(150);
    expect(waited).toBeLessThan(2_000);
    other.exec("COMMIT");
    expect(remaining(backend, "new")).toBe(5);
    expect(backend.consume([charge("new")]).allowed).toBe(true);
  });

  it("waits for others before it puts their file into WAL, as SQLite does not", () => {
    const path = newFile();
    const [database, other] = [open(path), open(path)];
    other.exec("CREATE TABLE theirs (id); BEGIN; SELECT * FROM theirs");
    other.prepare("SELECT count(*) FROM theirs").get();
    const refused: string[] = [];
    const backend = sqlite({
      prepare: (sql) => database.prepare(sql),
      exec(sql) {
        try {
          return database.exec(sql);
        } catch (error) {
          refused.push(sql);
          other.exec("COMMIT");
          throw error;
        }
      },
    });
    expect(backend.consume([charge("k")]).allowed).toBe(true);
    expect(refused).toEqual(["PRAGMA journal_mode = WAL"]);
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
  });

  it("decides anew when another has written since it read", () => {
    const { backend, other } = spent();
    const rival = sqlite(other);
    const asked: string[] = [];
    const slow: Charge = {
      ...charge("k"),
      // Looked at after the counter was read: in between, the rival takes what was there.
      get cost() {
        if (asked.push("cost") === 1) expect(rival.consume([charge("k", 3)]).allowed).toBe(true);
        return 3;
      },
    };
    expect(backend.consume([charge("other"), slow]).allowed).toBe(false);
    expect([remaining(backend, "k"), remaining(backend, "other")]).toEqual([2, 5]);
  });

  it("fails while the file may not grow, still denies, and works again when it may", () => {
    const { backend, database } = spent();
    database.exec("PRAGMA max_page_count = 12");
    let kept = 0;
    const fill = () => {
      for (; kept < 2_000; kept++) backend.consume([charge(`${secret} ${kept}`, 5)]);
    };
    expect(failureOf(fill)).toBe("SLUICE_BACKEND_REFUSED SQLITE_FULL");
    expect(kept).toBeGreaterThan(50);
    for (let i = 0; i < kept; i++) expect(backend.consume([charge(`${secret} ${i}`)]).allowed).toBe(false);
    expect(failureOf(() => backend.consume(Array.from({ length: 200 }, (_, i) => charge(`new ${i}`))))).toContain(
      "FULL",
    );
    database.exec("PRAGMA max_page_count = 1000000");
    expect(remaining(backend, "new 0")).toBe(5);
    fill();
  });

  it("makes room by itself once rows are idle, where the file may never grow", () => {
    const clock = fakeClock();
    const database = open(newFile());
    const backend = sqlite(database, onClock(clock, {}));
    const hourly = policy("hourly", per("1h", 5));
    let kept = 0;
    const ask = () => backend.consume([{ policy: hourly, key: `key ${++kept}`, cost: 1 }]);
    ask();
    database.exec("PRAGMA max_page_count = 12");
    const fill = () => {
      for (;;) ask();
    };
    expect(failureOf(fill)).toContain("FULL");
    clock.advance(3_600_000);
    let failures = 0;
    for (let i = 0; i < 300; i++) {
      try {
        ask();
      } catch {
        failures++;
      }
    }
    expect(failures).toBeLessThan(10);
  });

  it("fails on a file that it may only read, and still denies", () => {
    const { path, backend } = spent();
    const reader = sqlite(open(path, true));
    expect(reader.consume([charge(secret)]).allowed).toBe(false);
    expect(failureOf(() => reader.consume([charge("new")]))).toBe("SLUICE_BACKEND_REFUSED SQLITE_READONLY");
    expect(backend.consume([charge("new")]).allowed).toBe(true);
  });

  it("fails on a file that is no database, or a damaged one", () => {
    const path = newFile();
    writeFileSync(path, "not a database\n".repeat(1_000));
    expect(failureOf(() => sqlite(open(path)).consume([charge(secret)]))).toBe("SLUICE_BACKEND_REFUSED SQLITE_NOTADB");

    const { path: damaged, backend, database, other } = spent();
    for (let i = 0; i < 500; i++) backend.consume([charge(`key ${i}`)]);
    for (const handle of [other, database]) handle.close();
    const bytes = readFileSync(damaged);
    writeFileSync(damaged, bytes.fill(0xa5, 4_096));
    const failed = failureOf(() => {
      const broken = sqlite(open(damaged));
      for (let i = 0; i < 500; i++) broken.consume([charge(`key ${i}`)]);
    });
    expect(failed).toBe("SLUICE_BACKEND_REFUSED SQLITE_CORRUPT");
  });

  it("fails on a database that was closed", () => {
    const { backend, database } = spent();
    database.close();
    expect(failureOf(() => backend.consume([charge(secret)]))).toBe("SLUICE_BACKEND_UNREACHABLE");
    expect(failureOf(() => backend.reset(charge(secret)))).toBe("SLUICE_BACKEND_UNREACHABLE");
    expect(failureOf(() => sqlite(database).consume([charge(secret)]))).toBe("SLUICE_BACKEND_UNREACHABLE");
  });

  it("makes its table again when somebody has dropped it", () => {
    const { backend, other } = spent();
    other.exec("DROP TABLE sluice_counters");
    expect(failureOf(() => backend.consume([charge(secret)]))).toBe("SLUICE_BACKEND_REFUSED SQLITE_ERROR");
    expect(backend.consume([charge(secret)]).allowed).toBe(true);
  });

  it("fails on a table of that name which is somebody else's, and leaves it alone", () => {
    const { other } = spent();
    other.exec("CREATE TABLE theirs (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO theirs (name) VALUES ('x')");
    const backend = sqlite(other, { table: "theirs" });
    expect(failureOf(() => backend.consume([charge(secret)]))).toBe("SLUICE_BACKEND_REFUSED SQLITE_ERROR");
    expect(other.prepare("SELECT count(*) AS n FROM theirs").get()).toEqual({ n: 1 });
  });
});

describe("sqlite with node:sqlite", () => {
  it("goes on where it was when a closed database is opened again", () => {
    const database = new DatabaseSync(newFile());
    const backend = sqlite(database);
    backend.consume([charge(secret, 5)]);
    database.close();
    expect(failureOf(() => backend.consume([charge(secret)]))).toBe("SLUICE_BACKEND_UNREACHABLE");
    database.open();
    expect(backend.consume([charge(secret)]).allowed).toBe(false);
  });
});
