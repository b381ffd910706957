import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { demoTokens, seedWhenEmpty } from "@sluice/feeds";
import * as schema from "@sluice/feeds/schema";
import { is, sql } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { afterAll, describe, expect, test } from "vitest";
import { openDatabase } from "../src/database.ts";
import { migrations } from "./feeds.ts";

const folder = mkdtempSync(join(tmpdir(), "feeds-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tables = Object.values(schema).filter((value) => is(value, SQLiteTable));

describe("the database", () => {
  test("is made by the migrations as the schema describes it", async () => {
    const { db, close } = openDatabase(":memory:", migrations);
    expect(tables).toHaveLength(22);
    for (const table of tables) {
      const { name, columns, indexes } = getTableConfig(table);
      const made = await db.all<[string, string, number]>(
        sql`select name, type, "notnull" from pragma_table_info(${name})`,
      );
      const described = columns.map((column) => [
        column.name,
        column.getSQLType().toUpperCase(),
        Number(column.notNull),
      ]);
      expect(
        new Set(made.map(([column, type, notNull]) => `${column} ${type.toUpperCase()} ${notNull}`)),
        name,
      ).toEqual(new Set(described.map((column) => column.join(" "))));
      const madeIndexes = await db.all<[string]>(sql`select name from pragma_index_list(${name}) where origin = 'c'`);
      expect(madeIndexes.flat().sort(), name).toEqual(indexes.map((index) => index.config.name).sort());
    }
    close();
  });

  test("keeps what it was told when it is opened again, and runs no migration twice", async () => {
    const path = join(folder, "new/folder/feeds.sqlite");
    const first = openDatabase(path, migrations);
    expect(await seedWhenEmpty(first.db)).toBe(true);
    first.close();
    const second = openDatabase(path, migrations);
    expect(await seedWhenEmpty(second.db)).toBe(false);
    expect(await second.db.select().from(schema.users)).toHaveLength(4);
    second.close();
  });

  test("holds this process up for no longer than a second while another one writes, and reads meanwhile", async () => {
    const path = join(folder, "locked.sqlite");
    const { db, close } = openDatabase(path, migrations);
    await seedWhenEmpty(db);
    const other = new DatabaseSync(path);
    other.exec("begin immediate");
    const beganMs = performance.now();
    await expect(db.update(schema.users).set({ role: "member" })).rejects.toThrow();
    expect(performance.now() - beganMs).toBeLessThan(3_000);
    expect(await db.select().from(schema.users)).toHaveLength(4);
    other.close();
    close();
  });

  test("leaves the database of another program as it was, and names it", () => {
    const path = join(folder, "other.sqlite");
    const other = new DatabaseSync(path);
    other.exec("create table users (name text)");
    expect(() => openDatabase(path, migrations)).toThrow(/^DATABASE_PATH=".*other\.sqlite" cannot be opened: .*users/);
    expect(other.prepare("select name from sqlite_master").all()).toEqual([{ name: "users" }]);
    other.close();
  });

  test("does all of a batch or nothing", async () => {
    const { db, close } = openDatabase(":memory:", migrations);
    const user = { id: "1", username: "ada", plan: "free", role: "member", tokenHash: "h", createdAtMs: 0 } as const;
    const twice = db.batch([db.insert(schema.users).values(user), db.insert(schema.users).values(user)]);
    await expect(twice).rejects.toThrow();
    expect(await db.select().from(schema.users)).toHaveLength(0);
    await db.batch([
      db.insert(schema.users).values(user),
      db.insert(schema.users).values({ ...user, id: "2", username: "bob", tokenHash: "i" }),
    ]);
    expect(await db.select().from(schema.users)).toHaveLength(2);
    close();
  });

  test("refuses rows that point nowhere, unknown roles and negative limits", async () => {
    const { db, close } = openDatabase(":memory:", migrations);
    await seedWhenEmpty(db);
    const feed = { id: "f", ownerId: "nobody", slug: "x", title: "X", description: "", createdAtMs: 0 };
    await expect(db.insert(schema.feeds).values(feed)).rejects.toThrow();
    await expect(db.update(schema.users).set({ role: "guest" as "admin" })).rejects.toThrow();
    await expect(db.update(schema.plans).set({ apiPerMinute: -1 })).rejects.toThrow();
    close();
  });
});

describe("the demo data", () => {
  test("is four users with a feed of twenty entries each, put there once", async () => {
    const { db, close } = openDatabase(":memory:", migrations);
    expect(await demoTokens(db)).toEqual([]);
    expect(await seedWhenEmpty(db)).toBe(true);
    const dump = async () => [
      await db.select().from(schema.users),
      await db.select().from(schema.feeds),
      await db.select().from(schema.entries),
    ];
    const first = await dump();
    expect(first.map((rows) => rows.length)).toEqual([4, 4, 80]);
    expect(await seedWhenEmpty(db)).toBe(false);
    expect(await dump()).toEqual(first);
    expect(await demoTokens(db)).toEqual(["demo-admin", "demo-enterprise", "demo-free", "demo-pro"]);
    expect(JSON.stringify(first)).not.toContain("demo-free");
    close();
  });

  test("stays out of a database that has users", async () => {
    const { db, close } = openDatabase(":memory:", migrations);
    await db
      .insert(schema.users)
      .values({ id: "1", username: "ada", plan: "pro", role: "member", tokenHash: "h", createdAtMs: 0 });
    expect(await seedWhenEmpty(db)).toBe(false);
    expect(await demoTokens(db)).toEqual([]);
    expect(await db.select().from(schema.users)).toHaveLength(1);
    close();
  });

  test("may be added by two processes at once", async () => {
    const path = join(folder, "twice.sqlite");
    const [one, two] = [openDatabase(path, migrations), openDatabase(path, migrations)];
    await Promise.all([seedWhenEmpty(one.db), seedWhenEmpty(two.db)]);
    expect(await two.db.select().from(schema.entries)).toHaveLength(80);
    one.close();
    two.close();
  });
});
