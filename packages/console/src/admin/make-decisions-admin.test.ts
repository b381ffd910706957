/** What administrators read of decisions: series, live counts, denied keys with names, a user's denials. */

import { afterEach, describe, expect, it, vi } from "vitest";
import { testDatabase, userDirectory } from "../../test/database.ts";
import { addNumbers, planOf } from "../../test/query-plan.ts";
import { decided, limits, recording } from "../../test/recorded.ts";
import { decisionsAdmin } from "./make-decisions-admin.ts";

afterEach(() => void vi.useRealTimers());

function administered() {
  const database = testDatabase();
  const { recorder, clock } = recording(database);
  const admin = decisionsAdmin({ db: database.db, limits, users: userDirectory, now: () => clock.ms });
  const ask = (
    limiter: string,
    key: string,
    more: { allowed?: boolean; via?: "open" | "closed"; times?: number } = {},
  ): void => {
    const { allowed = true, via, times = 1 } = more;
    for (let i = 0; i < times; i++)
      recorder.onDecision({ allowed, decisions: [decided(limiter, key, { allowed, via })] });
  };
  return { database, recorder, clock, admin, ask };
}

describe("a series", () => {
  it("is grouped by step and limiter, from the minute asked for on", async () => {
    const { database, recorder, clock, admin, ask } = administered();
    const from = Math.floor(clock.ms / 60_000) * 60_000;
    ask("api", "api:f1", { times: 2 });
    ask("api", "api:p1", { allowed: false });
    clock.ms += 4 * 60_000;
    ask("api", "api:f1", { via: "open" });
    ask("ip", "192.0.2.1", { allowed: false, via: "closed" });
    clock.ms += 60_000;
    ask("api", "api:f1");
    await recorder.flush();
    database.statements.length = 0;
    expect(await admin.series(from + 1, from + 3_600_000, 300_000)).toEqual([
      { atMs: from, limiter: "api", counts: { allowed: 2, denied: 1, open: 1, closed: 0 } },
      { atMs: from, limiter: "ip", counts: { allowed: 0, denied: 0, open: 0, closed: 1 } },
      { atMs: from + 300_000, limiter: "api", counts: { allowed: 1, denied: 0, open: 0, closed: 0 } },
    ]);
    expect(database.statements).toHaveLength(1);
    database.close();
  });

  it.each([
    ["a step that is no whole minute", 0, 3_600_000, 90_000, "stepMs"],
    ["no step", 0, 3_600_000, 0, "stepMs"],
    ["an end before the beginning", 60_000, 0, 60_000, "fromMs"],
    ["no time", Number.NaN, 60_000, 60_000, "fromMs"],
    ["more than 1,500 steps", 0, 1_501 * 60_000, 60_000, "stepMs"],
  ])("of %s is refused in words", async (_, from, to, step, field) => {
    const { database, admin } = administered();
    await expect(admin.series(from, to, step)).rejects.toMatchObject({ code: "invalid", status: 422, field });
    expect(await admin.series(0, 1_500 * 60_000, 60_000)).toEqual([]);
    database.close();
  });
});

describe("live counts", () => {
  it("are those of this minute and the last, asked for once a second however many watch", async () => {
    const { database, recorder, clock, admin, ask } = administered();
    ask("api", "api:f1", { times: 3 });
    clock.ms += 60_000;
    ask("api", "api:f1", { times: 2 });
    ask("api", "api:f1", { via: "open" });
    ask("api", "api:f1", { allowed: false });
    ask("api", "api:f1", { allowed: false, via: "closed" });
    await recorder.flush();
    database.statements.length = 0;
    const [first, ...others] = await Promise.all(Array.from({ length: 50 }, () => admin.live()));
    const minuteMs = Math.floor(clock.ms / 60_000) * 60_000;
    expect(first).toEqual({
      atMs: clock.ms,
      minuteMs,
      limiters: { api: { allowed: 3, denied: 2 } },
      before: { api: { allowed: 3, denied: 0 } },
    });
    expect(others.every((other) => other === first)).toBe(true);
    clock.ms += 999;
    await admin.live();
    expect(database.statements).toHaveLength(1);
    clock.ms += 1;
    await admin.live();
    expect(database.statements).toHaveLength(2);
    clock.ms -= 3_600_000;
    await admin.live();
    expect(database.statements).toHaveLength(3);
    database.close();
  });

  it("that somebody asks who goes away are asked for anew by one of those who wait", async () => {
    const database = testDatabase();
    // In workerd, what a request has asked is never answered once that has gone.
    const unanswered: object = new Proxy({}, { get: (_, name) => () => (name === "then" ? undefined : unanswered) });
    let questions = 0;
    const db = new Proxy(database.db, {
      get: (target, name) =>
        name === "select" && ++questions === 1 ? () => unanswered : (Reflect.get(target, name) as unknown),
    });
    vi.useFakeTimers({ now: 0 });
    const admin = decisionsAdmin({ db, limits, users: userDirectory, now: Date.now });
    void admin.live();
    const waiting = Promise.all(Array.from({ length: 20 }, () => admin.live()));
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await waiting).map(({ limiters }) => limiters)).toEqual(Array(20).fill({}));
    expect(questions).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
    database.close();
  });

  it("of a database that fails are unavailable, and asked for anew at once", async () => {
    const { database, admin } = administered();
    database.failWith(new Error("no such table: sluice_decision_minutes"));
    await expect(Promise.all([admin.live(), admin.live()])).rejects.toMatchObject({ code: "unavailable", status: 503 });
    await expect(admin.denialsOf("f1")).rejects.toMatchObject({ code: "unavailable" });
    await expect(admin.deniedKeys(5)).rejects.toMatchObject({ code: "unavailable" });
    database.failWith(undefined);
    expect(await admin.live()).toMatchObject({ limiters: {}, before: {} });
    database.close();
  });
});

describe("denials", () => {
  it("of keys, the most first, with the names of users, in two statements", async () => {
    const { database, recorder, clock, admin, ask } = administered();
    database.sqlite.exec("insert into users values ('f1', 'Ann <b>', 'free'), ('p1', 'Pat', 'pro')");
    ask("ip", "198.51.100.7", { allowed: false, times: 9 });
    await recorder.flush();
    clock.ms += 24 * 3_600_000;
    ask("api", "api:f1", { allowed: false, times: 2 });
    ask("public-feed", "publicFeed:gone", { allowed: false, times: 5 });
    await recorder.flush();
    clock.ms += 3_600_000;
    ask("api", "api:f1", { allowed: false, times: 4 });
    ask("ip", "192.0.2.1", { allowed: false });
    await recorder.flush();
    database.statements.length = 0;
    expect(await admin.deniedKeys(500)).toEqual([
      {
        limiter: "api",
        key: "api:f1",
        isPseudonym: false,
        userId: "f1",
        userName: "Ann <b>",
        denials: 6,
        lastAtMs: clock.ms,
      },
      {
        limiter: "public-feed",
        key: "publicFeed:gone",
        isPseudonym: false,
        userId: "gone",
        denials: 5,
        lastAtMs: clock.ms - 3_600_000,
      },
      { limiter: "ip", key: "192.0.2.1", isPseudonym: false, denials: 1, lastAtMs: clock.ms },
    ]);
    expect(database.statements).toHaveLength(2);
    expect(await admin.deniedKeys(1)).toHaveLength(1);
    database.close();
  });

  it("of one user, the newest first", async () => {
    const { database, recorder, clock, admin, ask } = administered();
    ask("api", "api:f1", { allowed: false, times: 3 });
    ask("api", "api:p1", { allowed: false });
    await recorder.flush();
    clock.ms += 5_000;
    ask("public-feed", "publicFeed:f1", { allowed: false });
    await recorder.flush();
    expect(await admin.denialsOf("f1")).toEqual([
      { atMs: clock.ms, limiter: "public-feed", limitUnits: 60, retryAfterMs: 1_000, times: 1 },
      { atMs: clock.ms - 5_000, limiter: "api", limitUnits: 60, retryAfterMs: 1_000, times: 3 },
    ]);
    database.close();
  });
});

describe("two weeks of minutes", () => {
  it("are read by index, and quickly", async () => {
    const { database, clock, admin } = administered();
    const last = Math.floor(clock.ms / 60_000);
    addNumbers(database, 14 * 1_440);
    database.sqlite.exec(`
      insert into sluice_decision_minutes select (${last} - m.value) * 60000, l.value, 'free', o.value, 7
      from numbers m, json_each('["api","public-feed","ip"]') l, json_each('["allowed","denied"]') o;
      insert into sluice_denied_keys select (${last} / 60 - h.value) * 3600000, l.value, 'api:' || k.value, 0, k.value + 1, 0
      from numbers h, json_each('["api","public-feed","ip"]') l, numbers k where h.value < 48 and k.value < 200;
      insert into sluice_user_denials (user_id, at_ms, limiter, limit_units, times)
      select 'f' || u.value, 0, 'api', 60, 1 from numbers u, numbers n where u.value < 5000 and n.value < 20;
    `);
    const timed = async <T>(what: string, question: () => Promise<T>): Promise<T> => {
      await question();
      clock.ms += 1_000;
      database.statements.length = 0;
      const begun = performance.now();
      const answer = await question();
      const took = performance.now() - begun;
      for (const statement of database.statements)
        expect(planOf(database, statement)).not.toMatch(/SCAN (?:sluice|users)/);
      console.log(`${what}: ${took.toFixed(1)} ms`);
      return answer;
    };
    const to = (last + 1) * 60_000;
    const hours = await timed("14 days by the hour", () => admin.series(to - 14 * 86_400_000, to, 3_600_000));
    expect(hours).toHaveLength(14 * 24 * 3);
    expect(hours.every(({ counts }) => counts.allowed === 420 && counts.denied === 420)).toBe(true);
    expect(await timed("3 hours by the minute", () => admin.series(to - 10_800_000, to, 60_000))).toHaveLength(540);
    expect((await timed("live", () => admin.live())).limiters["ip"]).toEqual({ allowed: 7, denied: 7 });
    expect(await timed("denied keys", () => admin.deniedKeys(50))).toHaveLength(50);
    expect(await timed("a user's denials", () => admin.denialsOf("f77"))).toHaveLength(20);
    database.close();
  });
});
