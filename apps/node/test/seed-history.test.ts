import { memory } from "@sluice/core/memory";
import { outboundParts, quotaInbox, seedHistory, seedMails, seedWhenEmpty, startedInboxes } from "@sluice/feeds";
import { localDate } from "@sluice/outbound";
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
  "sluice_feed_minutes",
  "sluice_outbound_minutes",
  "sluice_overrides",
  "sluice_audit_log",
  "messages",
  "inboxes",
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
      const rows = sql.raw(`select * from ${table} order by 1, 2, 3`);
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
    for (const decision of ["allowed", "denied"]) {
      const sums = `select sum(reads) from sluice_feed_minutes where decision = '${decision}'`;
      expect(await one(opened, sums), decision).toEqual(await read(decision));
    }
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

  test("tells of each override in the audit log, as it is; and of no wait where waiting does not help", async () => {
    const opened = await seeded();
    const told = `select count(*), sum(version = json_extract(after, '$.version')) from sluice_overrides o join sluice_audit_log l
      on l.subject = o.user_id and json_extract(l.after, '$.limit') = o.limit_name and json_extract(l.after, '$.note') = o.note
      where l.id = (select max(id) from sluice_audit_log where subject = o.user_id)`;
    expect(await one(opened, told)).toEqual([3, 3]);
    const order =
      "select count(*) from sluice_audit_log a join sluice_audit_log b on a.id < b.id and a.at_ms > b.at_ms";
    expect(await one(opened, order)).toEqual([0]);
    expect(
      await one(opened, "select count(*) from sluice_audit_log where action = 'login.refused' and who <> 'nobody'"),
    ).toEqual([0]);
    const blocked = "select count(*) > 0, count(retry_after_ms) from sluice_user_denials where limit_units = 0";
    expect(await one(opened, blocked)).toEqual([1, 0]);
    opened.close();
  });

  test("of mail keeps each limit, is of no day that the limits count, and is as far in its warm-ups as it has sent", async () => {
    const opened = await seeded();
    const most = async (by: string) =>
      (await one(opened, `select max(n) from (select count(*) n from messages ${by})`))[0];
    expect(await most("group by sent_at_ms / 3600000")).toBeLessThanOrEqual(20);
    expect(await most("group by sent_at_ms / 86400000")).toBeLessThanOrEqual(80);
    expect(await most("group by sent_at_ms / 86400000")).toBeGreaterThan(20);
    const [today = 0] = await one(
      opened,
      `select count(*) from messages where sent_at_ms >= ${nowMs - (nowMs % dayMs)}`,
    );
    expect(today).toBe(0);
    for (const inbox of await startedInboxes(opened.db, nowMs)) {
      const own = `from messages where inbox_id = '${inbox.id}'`;
      const [days = 0, last = 0] = await one(opened, `select count(distinct sent_date), max(sent_at_ms) ${own}`);
      expect(days).toBeGreaterThanOrEqual(1);
      expect(inbox.lastActiveDate).toBe(localDate(last, inbox.timeZone));
      expect(inbox.activeDays).toBeGreaterThan(days);
      const { schedule } = quotaInbox(inbox).warmup ?? {};
      for (let ago = 0; ago < days; ago++) {
        const dates = `select count(*) ${own} group by sent_date order by sent_date desc limit 1 offset ${ago}`;
        const [sent = 0] = await one(opened, dates);
        expect(sent, inbox.id).toBeLessThanOrEqual(schedule?.limitOn(inbox.activeDays - ago) ?? 20);
      }
    }
    // What is counted by the minute are the same mails.
    const counted = "select sum(calls) from sluice_outbound_minutes where kind = 'limit' and name = 'send.hour'";
    expect(await one(opened, counted)).toEqual(await one(opened, "select count(*) from messages"));
    opened.close();
  });

  test("of today's mail is what the limits have counted, and no more than they let through", async () => {
    const opened = await seeded();
    const { db } = opened;
    const backend = memory();
    const { quota, inboxes } = outboundParts({ db, backend });
    const used = async () => {
      const { hour, day, inboxes: each } = (await quota?.usage((await inboxes?.())?.map(({ inbox }) => inbox))) ?? {};
      return [hour?.used, day?.used, each?.reduce((sum, inbox) => sum + inbox.used, 0)];
    };
    const atMs = Date.now();
    const rows = () => one(opened, `select count(*) from messages where sent_at_ms = ${atMs} and status = 'sent'`);
    expect(await seedMails(db, backend, atMs)).toBe(9);
    expect([await used(), await rows()]).toEqual([[9, 9, 9], [9]]);
    const [active = 0] = await one(opened, `select sum(active_days) from inboxes`);
    expect(active).toBeGreaterThan(6 + 2 + 5 + 40 + 4);
    // A second demo on these counts gets what is left of them, and what is held stays held.
    await quota?.pause({ reason: "bounces", by: "ada" });
    expect(await seedMails(db, backend, atMs)).toBe(0);
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
