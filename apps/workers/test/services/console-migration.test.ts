import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { getPlatformProxy } from "wrangler";
import { expectMoved, type Rows, rowsThatStay } from "../../../feeds/test/console-migration.ts";
import { runWrangler } from "../../scripts/wrangler.ts";

/** What is used of D1. */
interface D1 {
  prepare(sql: string): { all(): Promise<{ readonly results: readonly Readonly<Record<string, unknown>>[] }> };
}

const feeds = fileURLToPath(new URL("../../../feeds/", import.meta.url));

test("a D1 from before the console keeps every row under `wrangler d1 migrations apply`", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-d1-"));
  const config = join(folder, "wrangler.json");
  const DB = { binding: "DB", database_name: "before", database_id: "before", migrations_dir: "migrations" };
  writeFileSync(config, JSON.stringify({ name: "before", compatibility_date: "2026-11-01", d1_databases: [DB] }));
  mkdirSync(join(folder, "migrations"));
  const wrangler = (...args: string[]) =>
    runWrangler(["d1", ...args, "--local", "--persist-to", join(folder, "state"), "--config", config], folder);
  const apply = async (names: readonly string[]) => {
    for (const name of names) copyFileSync(join(feeds, "migrations", name), join(folder, "migrations", name));
    await wrangler("migrations", "apply", "DB");
  };
  /** Asked through a binding, as a Worker asks. */
  const asked = async <T>(work: (rows: Rows) => Promise<T>): Promise<T> => {
    const persist = { path: join(folder, "state/v3") };
    const proxy = await getPlatformProxy<{ DB: D1 }>({ configPath: config, persist, remoteBindings: false });
    try {
      return await work(async (sql) => (await proxy.env.DB.prepare(sql).all()).results);
    } finally {
      await proxy.dispose();
    }
  };
  try {
    const all = readdirSync(join(feeds, "migrations")).filter((name) => name.endsWith(".sql"));
    await apply(all.filter((name) => name < "0003"));
    await wrangler("execute", "DB", "--file", join(feeds, "test/rows-before-console.sql"));
    const stay = await asked(rowsThatStay);
    await apply(all);
    await asked(async (rows) => {
      expect(await rows("pragma foreign_keys")).toEqual([{ foreign_keys: 1 }]);
      await expectMoved(rows, stay);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);
