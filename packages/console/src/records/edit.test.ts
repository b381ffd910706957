/** An edit is all or nothing, and of two at once one is refused: whoever fails, dies or is too late leaves nothing behind. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { administered, free, refusal, start } from "../../test/administered.ts";
import { type TestDatabase, testDatabase } from "../../test/database.ts";
import { overrides } from "../schema.ts";
import { edit, mayBe } from "./edit.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

function fileOfItsOwn(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-edit-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  return join(folder, "one.db");
}

function opened(path: string): TestDatabase {
  const database = testDatabase(path);
  closing.push(() => database.close());
  return database;
}

const line = { atMs: start, who: "root", action: "override.set", subject: "1" };

function put({ db }: TestDatabase, units: number) {
  const row = sql`select '1', 'api', ${units}, 'n', 'root', 0, null, 0, 'root', 1 where ${mayBe}`;
  return db.insert(overrides).select(row);
}

describe("an edit", () => {
  it("that fails in the middle leaves nothing, and the next one is made", async () => {
    const admins = await administered();
    const { database, everything } = admins;
    const before = everything();
    // The second is refused by the table's check, when the line, the version and the first are written already.
    await expect(edit(database.db, sql`true`, line, put(database, 5), put(database, -1))).rejects.toThrow();
    expect(everything()).toEqual(before);
    await admins.users.block("1", start + 9, "spam", "root");
    expect((await admins.users.read("1")).limits["api"]).toEqual({ units: 0, from: "block" });
  });

  it("of a process that dies in the middle leaves nothing, and the next one is made", async () => {
    const path = fileOfItsOwn();
    const admins = await administered({ database: opened(path) });
    const before = admins.everything();
    const dying = `
      const sqlite = new (require("node:sqlite").DatabaseSync)(${JSON.stringify(path)});
      sqlite.exec("begin immediate; insert into sluice_versions values ('edit', 0); update sluice_versions set version = 99");
      sqlite.exec("delete from sluice_plans");
      process.kill(process.pid, "SIGKILL");
      setTimeout(() => {}, 10_000);`;
    expect(() => execFileSync(process.execPath, ["-e", dying], { stdio: "ignore" })).toThrow(/./);
    expect(admins.everything()).toEqual(before);
    await admins.users.setPlan("1", "pro", "free", "root");
    expect((await admins.users.read("1")).plan).toBe("pro");
  });

  it("by two administrators at once, each in a process of his own, is made by one and refused to the other", async () => {
    const path = fileOfItsOwn();
    const [here, there] = [
      await administered({ database: opened(path) }),
      await administered({ database: opened(path) }),
    ];
    for (let round = 0; round < 20; round++) {
      const { version } = await here.plans.read("free");
      const edits = [here, there].map(({ plans }, i) => {
        return plans.update("free", { ...free, limits: { ...free.limits, api: 2 * round + i } }, version, `${i}`);
      });
      const [first, second] = await Promise.allSettled(edits);
      expect([first?.status, second?.status].sort()).toEqual(["fulfilled", "rejected"]);
      const refused = edits[first?.status === "rejected" ? 0 : 1] as Promise<unknown>;
      expect((await refusal(refused)).code).toBe("stale");
      const winner = first?.status === "fulfilled" ? 0 : 1;
      expect((await there.plans.read("free")).limits["api"]).toBe(2 * round + winner);
    }
    expect((await here.audit.list({ limit: 100 })).items).toHaveLength(20);
    expect(here.sqlite.prepare("select name from sluice_versions").all()).toEqual([{ name: "plans" }]);
  });
});
