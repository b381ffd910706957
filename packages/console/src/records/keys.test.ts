import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/database.ts";
import { forgetReplacedKeys, secretOf } from "./keys.ts";

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 10, 22);
const opened: TestDatabase[] = [];

function database(path?: string): TestDatabase {
  const made = testDatabase(path);
  opened.push(made);
  return made;
}

afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

describe("the secret of a purpose", () => {
  it("is 32 random bytes, made at the first use and remembered", async () => {
    const { db, sqlite, statements } = database();
    const secret = await secretOf(db, "session", startMs);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    statements.length = 0;
    expect(await secretOf(db, "session", startMs + 1_000 * dayMs)).toBe(secret);
    expect(statements).toEqual([]);
    expect(await secretOf(db, "pseudonym", startMs)).not.toBe(secret);
    const rows = sqlite.prepare("select purpose, created_at_ms, typeof(created_at_ms) as type from sluice_keys").all();
    expect(rows.map((row) => ({ ...row }))).toEqual([
      { purpose: "session", created_at_ms: startMs, type: "integer" },
      { purpose: "pseudonym", created_at_ms: startMs, type: "integer" },
    ]);
  });

  it("is one for all that ask at once, in one process and in several", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-keys-"));
    try {
      const processes = Array.from({ length: 4 }, () => database(join(folder, "one.db")));
      const asked = processes.flatMap(({ db }) => [1, 2, 3].map(() => secretOf(db, "session", startMs)));
      expect(new Set(await Promise.all(asked)).size).toBe(1);
      expect(processes[0]?.sqlite.prepare("select count(*) as n from sluice_keys").get()).toEqual({ n: 1 });
    } finally {
      for (const one of opened.splice(0)) one.close();
      rmSync(folder, { recursive: true });
    }
  });

  it("is replaced after 30 days where it makes pseudonyms, and the old one forgotten", async () => {
    const { db, sqlite } = database();
    const first = await secretOf(db, "pseudonym", startMs);
    expect(await secretOf(db, "pseudonym", startMs + 30 * dayMs - 1)).toBe(first);
    expect(await forgetReplacedKeys(db)).toBe(0);
    const session = await secretOf(db, "session", startMs);
    const both = await Promise.all([1, 2].map(() => secretOf(db, "pseudonym", startMs + 30 * dayMs)));
    expect(new Set(both).size).toBe(1);
    expect(both[0]).not.toBe(first);
    expect(await forgetReplacedKeys(db)).toBe(1);
    const left = sqlite.prepare("select secret from sluice_keys order by id").all();
    expect(left.map(({ secret }) => secret)).toEqual([session, both[0]]);
  });

  it("is asked for again after the database failed", async () => {
    const { db, failWith } = database();
    failWith(new Error("database is locked"));
    const failed = await Promise.allSettled([secretOf(db, "session", startMs), secretOf(db, "session", startMs)]);
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    failWith(undefined);
    expect(await secretOf(db, "session", startMs)).toMatch(/^[0-9a-f]{64}$/);
  });
});
