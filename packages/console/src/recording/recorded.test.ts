/** What counts, and what is kept of denials and reads of feeds. */

import { byUser, perMinute, rateLimit } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { counts, decided, histogram, recording, rows } from "../../test/recorded.ts";
import { lastDenialsOf } from "../records/user-denials.ts";

describe("what counts", () => {
  /** A real mount: what core says of shadows, refusals and each other's denials. */
  function mounted() {
    const database = testDatabase();
    const { recorder } = recording(database);
    const app = new Hono();
    app.use(
      rateLimit({
        backend: memory(),
        log: false,
        onError: () => {},
        onDecision: recorder.onDecision,
        onDenied: recorder.onDenied,
        limiters: [
          byUser({ user: ({ request }) => request.headers.get("x-user") ?? undefined, limit: () => perMinute(3) }),
          byUser({
            name: "shadow",
            user: ({ request }) => request.headers.get("x-user") ?? undefined,
            limit: perMinute(1),
            shadow: true,
          }),
          byUser({
            name: "paid",
            user: ({ request }) => request.headers.get("x-forbidden") ?? undefined,
            limit: perMinute(0),
          }),
        ],
      }),
    );
    app.get("/", (c) => c.text("ok"));
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await app.request("/", { headers })).status;
    return { database, recorder, ask };
  }

  it("a shadow's denial is none, neither of a request that passes nor of one that another limiter denies", async () => {
    const { database, recorder, ask } = mounted();
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push(await ask({ "x-user": "f1" }));
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    await recorder.flush();
    const all = counts(database).map(({ limiter, plan, outcome, count }) => [limiter, plan, outcome, count]);
    expect(all).toEqual([
      ["api", "free", "allowed", 3],
      ["api", "free", "denied", 2],
      ["shadow", "", "allowed", 3],
    ]);
    expect(rows(database, "select limiter, key, denials from sluice_denied_keys")).toEqual([
      { limiter: "api", key: "api:f1", denials: 2 },
    ]);
    const units = histogram(database).map(({ limiter, keys, hundredths }) => [limiter, keys, hundredths]);
    expect(units).toEqual([
      ["api", 1, 500],
      ["shadow", 1, 300],
    ]);
    database.close();
  });

  it("a refusal without a question is a denial of the limiter and its key, and nobody else is charged or counted", async () => {
    const { database, recorder, ask } = mounted();
    expect(await ask({ "x-user": "f1", "x-forbidden": "f2" })).toBe(403);
    await recorder.flush();
    const all = counts(database).map(({ limiter, plan, outcome, count }) => [limiter, plan, outcome, count]);
    expect(all).toEqual([["paid", "", "denied", 1]]);
    expect(rows(database, "select limiter, key, denials from sluice_denied_keys")).toEqual([
      { limiter: "paid", key: "api:f2", denials: 1 },
    ]);
    database.close();
  });

  it("a refusal of somebody unknown has no key", async () => {
    const database = testDatabase();
    const { recorder } = recording(database);
    recorder.onDenied({ refused: [{ limiter: "ip" }], decisions: [] });
    await recorder.flush();
    expect(counts(database)).toMatchObject([{ limiter: "ip", plan: "", outcome: "denied", count: 1 }]);
    expect(rows(database, "select * from sluice_denied_keys")).toEqual([]);
    database.close();
  });

  it("costs of 0 are not asked for, and begin no task", () => {
    const database = testDatabase();
    const { recorder, tasks } = recording(database);
    recorder.onDecision({ allowed: true, decisions: [decided("api", "api:f1", { cost: 0 })] });
    expect([tasks.length, recorder.counters().decisions]).toEqual([0, []]);
    database.close();
  });

  it("many that pass are all there whenever somebody looks, and one that cannot be counted takes no other with it", async () => {
    const database = testDatabase();
    const planOf = (userId: string): string => {
      if (userId === "odd") throw new Error("whose plan?");
      return "free";
    };
    const { recorder, heard } = recording(database, { planOf });
    for (let n = 1; n <= 600; n++) {
      recorder.onDecision({ allowed: true, decisions: [decided("api", n === 300 ? "api:odd" : `api:f${n % 7}`)] });
      if (n === 100 || n === 512)
        expect(recorder.counters().decisions).toMatchObject([{ count: n === 100 ? 100 : 511 }]);
    }
    await recorder.flush();
    expect(counts(database)).toMatchObject([{ plan: "free", outcome: "allowed", count: 599 }]);
    expect(heard).toEqual([expect.stringContaining("whose plan?")]);
    database.close();
  });
});

describe("denials", () => {
  it("of a blocked user are that user's, of the user's plan, and a request each", async () => {
    const database = testDatabase();
    const { recorder, clock } = recording(database);
    const app = new Hono();
    const user = ({ request }: { request: Request }) => request.headers.get("x-user") ?? undefined;
    app.use(
      rateLimit({
        ...{ backend: memory(), log: false, onDecision: recorder.onDecision, onDenied: recorder.onDenied },
        limiters: [byUser({ user, limit: (id) => perMinute(id === "p1" ? 0 : 60) })],
      }),
    );
    app.get("/", (c) => c.text("ok"));
    for (const id of ["p1", "p1", "f1"]) await app.request("/", { headers: { "x-user": id } });
    await recorder.flush();
    expect(rows(database, "select * from sluice_user_denials")).toMatchObject([
      { user_id: "p1", at_ms: clock.ms, limiter: "api", limit_units: 0, retry_after_ms: null, times: 2 },
    ]);
    expect(rows(database, "select limiter, key, denials from sluice_denied_keys")).toEqual([
      { limiter: "api", key: "api:p1", denials: 2 },
    ]);
    expect(counts(database)).toMatchObject([
      { plan: "free", outcome: "allowed", count: 1 },
      { plan: "pro", outcome: "denied", count: 2 },
    ]);
    expect(histogram(database)).toMatchObject([
      { plan: "free", keys: 1, hundredths: 100 },
      { plan: "pro", keys: 1, hundredths: 200 },
    ]);
    database.close();
  });

  it("of a user: the last twenty rows, one for each limiter and writing", async () => {
    const database = testDatabase();
    const { recorder, clock } = recording(database);
    for (let writingOf = 0; writingOf < 25; writingOf++) {
      clock.ms += 1_000;
      for (const user of ["f1", "f2"]) {
        for (let i = 0; i <= writingOf % 3; i++) {
          recorder.onDecision({ allowed: false, decisions: [decided("api", `api:${user}`, { allowed: false })] });
        }
      }
      await recorder.flush();
    }
    const of = (user: string) =>
      rows(
        database,
        `select at_ms, limiter, limit_units, retry_after_ms, times from sluice_user_denials where user_id = '${user}' order by id desc`,
      );
    expect(of("f1")).toHaveLength(20);
    expect(of("f2")).toHaveLength(20);
    expect(of("f1")[0]).toEqual({ at_ms: clock.ms, limiter: "api", limit_units: 60, retry_after_ms: 1_000, times: 1 });
    expect(
      of("f1")
        .map(({ times }) => times)
        .slice(0, 4),
    ).toEqual([1, 3, 2, 1]);
    database.close();
  });

  it("of a user are in order of time, also those of one writing", async () => {
    const database = testDatabase();
    const { recorder, clock } = recording(database);
    const deny = (limiter: string, key: string): void => {
      clock.ms += 10;
      recorder.onDecision({ allowed: false, decisions: [decided(limiter, key, { allowed: false })] });
    };
    // What is met first and last has the time of its last denial.
    deny("api", "api:f1");
    deny("public-feed", "publicFeed:f1");
    deny("api", "api:f1");
    await recorder.flush();
    const of = rows(database, "select limiter, at_ms from sluice_user_denials order by id");
    expect(of).toEqual([
      { limiter: "public-feed", at_ms: clock.ms - 10 },
      { limiter: "api", at_ms: clock.ms },
    ]);
    database.sqlite.exec(`insert into sluice_user_denials (user_id, at_ms, limiter, limit_units, times)
      values ('f1', ${clock.ms - 5}, 'elsewhere', 1, 1)`);
    const last = await lastDenialsOf(database.db, "f1");
    expect(last.map(({ limiter }) => limiter)).toEqual(["api", "elsewhere", "public-feed"]);
    database.close();
  });

  it("of keys: the two hundred greatest of an hour and limiter, and only what this hour touched is trimmed", async () => {
    const database = testDatabase();
    const { recorder, clock } = recording(database);
    const deny = (key: string, times: number): void => {
      for (let i = 0; i < times; i++)
        recorder.onDecision({ allowed: false, decisions: [decided("ip", key, { allowed: false })] });
    };
    for (let at = 0; at < 150; at++) deny(`early-${at}`, 1);
    await recorder.flush();
    clock.ms += 3_600_000;
    for (let at = 0; at < 250; at++) deny(`late-${at}`, at < 10 ? 5 : at < 240 ? 2 : 1);
    await recorder.flush();
    deny("late-3", 4);
    await recorder.flush();
    const kept = rows(database, "select hour_ms, count(*) as n from sluice_denied_keys group by 1 order by 1");
    expect(kept.map(({ n }) => n)).toEqual([150, 200]);
    const most = rows(database, "select key, denials from sluice_denied_keys order by denials desc, key limit 2");
    expect(most).toEqual([
      { key: "late-3", denials: 9 },
      { key: "late-0", denials: 5 },
    ]);
    expect(
      rows(database, "select count(*) as n from sluice_denied_keys where key >= 'late-240' and denials = 1"),
    ).toEqual([{ n: 0 }]);
    database.close();
  });
});

describe("feed accesses", () => {
  it("are added up by minute and decision, also over several writings, one of which fails", async () => {
    const database = testDatabase();
    const { recorder, clock } = recording(database);
    const minute = clock.ms - (clock.ms % 60_000);
    const read = { feedId: "f", ownerId: "p1", address: "192.0.2.1", userAgent: "", status: 200 };
    for (let i = 0; i < 90; i++) {
      recorder.access({ ...read, atMs: minute + i * 1_000, decision: i % 3 === 0 ? "denied" : "allowed" });
      database.failWith(i === 40 ? new Error("locked") : undefined);
      if (i % 20 === 0) await recorder.flush();
    }
    await recorder.flush();
    expect(rows(database, "select * from sluice_feed_minutes order by 1, 2")).toEqual([
      { minute_ms: minute, decision: "allowed", reads: 40 },
      { minute_ms: minute, decision: "denied", reads: 20 },
      { minute_ms: minute + 60_000, decision: "allowed", reads: 20 },
      { minute_ms: minute + 60_000, decision: "denied", reads: 10 },
    ]);
    database.close();
  });

  it("are a row each, with texts of strangers cut and made storable", async () => {
    const database = testDatabase();
    const { recorder, clock } = recording(database);
    recorder.access({
      feedId: "feed-1\ud800",
      ownerId: "p1",
      atMs: clock.ms,
      address: "192.0.2.1",
      userAgent: `<script>\0\ud800${"é".repeat(600)}`,
      status: 200,
      decision: "allowed",
    });
    await recorder.flush();
    const [row] = rows(database, "select * from sluice_feed_access");
    expect(row).toMatchObject({
      id: 1,
      feed_id: "feed-1\u{fffd}",
      owner_id: "p1",
      at_ms: clock.ms,
      address: "192.0.2.1",
      is_pseudonym: 0,
      status: 200,
      decision: "allowed",
    });
    const agent = String(row?.["user_agent"]);
    expect(agent).toHaveLength(512);
    expect(agent.startsWith("<script>\u{fffd}\u{fffd}éé")).toBe(true);
    database.close();
  });
});
