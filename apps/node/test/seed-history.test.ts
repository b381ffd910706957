import { seedHistory, seedWhenEmpty } from "@sluice/feeds";
import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../src/database.ts";
import { migrations } from "./feeds.ts";

const nowMs = Date.UTC(2026, 10, 22, 15, 4, 30);
const dayMs = 86_400_000;

const tables = [
  "users",
  "sluice_decision_minutes",
  "sluice_key_counts",
  "sluice_denied_keys",
  "sluice_user_denials",
  "sluice_feed_access",
  "sluice_outbound_minutes",
  "sluice_overrides",
  "sluice_audit_log",
];

async function seeded(times = 1) {
  const opened = openDatabase(":memory:", migrations);
  await seedWhenEmpty(opened.db);
  for (let n = 0; n < times; n++) await seedHistory(opened.db, nowMs);
  return opened;
}

type Opened = Awaited<ReturnType<typeof seeded>>;

const one = async ({ db }: Opened, query: string): Promise<number[]> =>
  ((await db.all<number[]>(sql.raw(query)))[0] ?? []).map(Number);

describe("the demo's history", () => {
  test("is the same every time, and there once, however often it is added", async () => {
    const [first, second] = [await seeded(), await seeded(2)];
    for (const table of tables) {
      const rows = sql.raw(`select * from ${table} order by 1, 2, 3, 4`);
      const all = await first.db.all(rows);
      expect(all.length, table).toBeGreaterThan(2);
      expect(await second.db.all(rows), table).toEqual(all);
    }
    first.close();
    second.close();
  });

  test("is of the last two days, down to this minute", async () => {
    const opened = await seeded();
    const latest = Math.floor(nowMs / 60_000) * 60_000;
    for (const [table, column] of [
      ["sluice_decision_minutes", "minute_ms"],
      ["sluice_key_counts", "minute_ms"],
      ["sluice_feed_access", "at_ms"],
      ["sluice_outbound_minutes", "minute_ms"],
    ]) {
      const [from = 0, to = 0] = await one(opened, `select min(${column}), max(${column}) from ${table}`);
      expect(from, table).toBeGreaterThanOrEqual(latest - 2 * dayMs);
      expect(from, table).toBeLessThan(latest - 1.98 * dayMs);
      expect(to, table).toBeLessThan(latest);
      expect(to, table).toBeGreaterThan(latest - 20 * 60_000);
    }
    opened.close();
  });

  test("agrees with itself: tables that tell of one thing tell the same", async () => {
    const opened = await seeded();
    const decided = (outcome: string, limiter: string) =>
      one(
        opened,
        `select sum(count) from sluice_decision_minutes where limiter = '${limiter}' and outcome = '${outcome}'`,
      );
    const read = (decision: string) =>
      one(opened, `select count(*) from sluice_feed_access where decision = '${decision}'`);
    expect(await read("allowed")).toEqual(await decided("allowed", "public-feed"));
    expect(await read("denied")).toEqual(await decided("denied", "public-feed"));
    const [asked = 0] = await one(opened, "select sum(hundredths) / 100 from sluice_key_counts where limiter = 'api'");
    const [[allowed = 0], [denied = 0]] = [await decided("allowed", "api"), await decided("denied", "api")];
    expect(asked).toBe(allowed + denied);
    expect(denied).toBeGreaterThan(50);
    for (const limiter of ["api", "public-feed", "ip"]) {
      const keys = await one(opened, `select sum(denials) from sluice_denied_keys where limiter = '${limiter}'`);
      expect(keys, limiter).toEqual(await decided("denied", limiter));
    }
    expect(
      await one(opened, "select max(n) from (select count(*) n from sluice_user_denials group by user_id)"),
    ).toEqual([20]);
    opened.close();
  });

  test("opens no account, and has addresses of nobody", async () => {
    const opened = await seeded();
    expect(await one(opened, "select count(*) from users where length(token_hash) = 64")).toEqual([4]);
    const strange = `select count(*) from sluice_feed_access where not (address like '192.0.2.%' or
      address like '198.51.100.%' or address like '203.0.113.%' or address like '2001:db8:%')`;
    expect(await one(opened, strange)).toEqual([0]);
    opened.close();
  });

  test("is some hundred kilobytes, and added in no time", async () => {
    const opened = openDatabase(":memory:", migrations);
    let bytes = 0;
    const { batch } = opened.db;
    const db = Object.assign(Object.create(opened.db), {
      batch(statements: readonly { toSQL?: () => { params: unknown[] }; getQuery?: () => { params: unknown[] } }[]) {
        for (const statement of statements) {
          const { params = [] } = statement.toSQL?.() ?? statement.getQuery?.() ?? {};
          expect(params.length).toBeLessThanOrEqual(100);
          for (const value of params) bytes += String(value).length;
          // What D1 takes for one value.
          for (const value of params) expect(String(value).length).toBeLessThan(2_000_000);
        }
        return batch.call(opened.db, statements as never);
      },
    });
    await seedWhenEmpty(opened.db);
    const startMs = performance.now();
    await seedHistory(db, nowMs);
    console.log(`The history took ${Math.round(performance.now() - startMs)} ms and ${Math.round(bytes / 1_000)} kB.`);
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(900_000);
    opened.close();
  });
});
