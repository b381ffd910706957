/** The first plans go into an empty table once, whole, and never again. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { free, pro, start } from "../../test/administered.ts";
import { testDatabase } from "../../test/database.ts";
import { ensurePlans } from "./ensure-plans.ts";

const plans = [
  { id: "free", ...free },
  { id: "pro", ...pro },
];

it("two processes that start together put them in once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-plans-"));
  const [one, two] = [testDatabase(join(folder, "one.db")), testDatabase(join(folder, "one.db"))];
  try {
    const both = [ensurePlans(one.db, plans, () => start), ensurePlans(two.db, plans, () => start + 1)];
    expect((await Promise.all(both)).sort()).toEqual([false, true]);
    expect(await ensurePlans(two.db, [{ id: "gold", ...pro }], () => start)).toBe(false);
    const rows = one.sqlite.prepare("select * from sluice_plans order by id").all();
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({
      id: "pro",
      api_per_minute: 180,
      public_feed_per_minute: 167,
      more_limits: '{"export":null}',
    });
    expect(one.sqlite.prepare("select * from sluice_versions").all()).toEqual([{ name: "plans", version: 2 }]);
  } finally {
    for (const { close } of [one, two]) close();
    rmSync(folder, { recursive: true });
  }
});

it("one that cannot be put in leaves the table empty", async () => {
  const { db, sqlite, close } = testDatabase();
  const bad = { id: "bad", ...free, priceCents: -1 };
  await expect(ensurePlans(db, [...plans, bad], () => start)).rejects.toThrow();
  for (const table of ["sluice_plans", "sluice_versions"])
    expect(sqlite.prepare(`select * from ${table}`).all()).toEqual([]);
  expect(await ensurePlans(db, plans, () => start)).toBe(true);
  close();
});
