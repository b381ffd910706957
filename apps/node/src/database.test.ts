/** The database while another process writes: whoever needs it waits, and nobody else does. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type OpenDatabase, openDatabase } from "./database.ts";

let folder: string;
let opened: OpenDatabase;
let other: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-database-"));
  const path = join(folder, "feeds.sqlite");
  opened = openDatabase(path, fileURLToPath(new URL("../../feeds/migrations", import.meta.url)));
  other = new DatabaseSync(path);
});
afterEach(() => {
  other.close();
  opened.close();
  rmSync(folder, { recursive: true });
});

const note = (text: string) =>
  opened.db.run(sql`insert into sluice_keys (purpose, secret, created_at_ms) values (${text}, 'x', 0)`);
const names = (): unknown[] =>
  other
    .prepare("select purpose from sluice_keys where secret = 'x' order by purpose")
    .all()
    .map((row) => row["purpose"]);

it("a write waits for another process's, and this process goes on meanwhile", async () => {
  other.exec("begin immediate");
  // Only a process that goes on can come to this.
  setTimeout(() => other.exec("commit"), 100);
  await Promise.all([note("alone"), opened.db.batch([note("first"), note("second")])]);
  expect(names()).toEqual(["alone", "first", "second"]);
});

it("after a second it has failed, and nothing of it is written", async () => {
  other.exec("begin immediate");
  const began = performance.now();
  await expect(opened.db.batch([note("first"), note("second")])).rejects.toThrow("database is locked");
  expect(performance.now() - began).toBeGreaterThan(900);
  other.exec("rollback");
  expect(names()).toEqual([]);
});
