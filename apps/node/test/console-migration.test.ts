import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { expectMoved, type Rows, rowsThatStay } from "../../feeds/test/console-migration.ts";
import { openDatabase } from "../src/database.ts";
import { migrations } from "./feeds.ts";

const before = readFileSync(new URL("../../feeds/test/rows-before-console.sql", import.meta.url), "utf8");

test("a database from before the console keeps every row, and is migrated once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "feeds-before-"));
  try {
    const path = join(folder, "feeds.sqlite");
    const earlier = readdirSync(migrations).filter((name) => /^000[0-2]_.*\.sql$/.test(name));
    expect(earlier).toHaveLength(3);
    for (const name of earlier) copyFileSync(join(migrations, name), join(folder, name));
    openDatabase(path, folder).close();

    const sqlite = new DatabaseSync(path, { enableForeignKeyConstraints: true });
    sqlite.exec(before);
    const rows: Rows = async (sql) =>
      sqlite
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }));
    const stay = await rowsThatStay(rows);
    for (let start = 0; start < 2; start++) {
      openDatabase(path, migrations).close();
      await expectMoved(rows, stay);
    }
    // Who is new is on a plan that need not be one of the three.
    sqlite.exec(
      "insert into users (id, username, plan, plan_id, role, token_hash, created_at_ms) values ('u4', 'dan', 'free', 'gold', 'member', 'h4', 0)",
    );
    sqlite.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
