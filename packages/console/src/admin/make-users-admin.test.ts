/** What users are granted: with a note, until an end, as it was read, and taken back without a trace of the number. */

import { describe, expect, it } from "vitest";
import { administered, refusal, start } from "../../test/administered.ts";
import { planOf } from "../../test/query-plan.ts";

const draft = { units: 1_000, note: "migration week" };

describe("an override", () => {
  it("holds for its limit until it expires, to the millisecond; the plan's number holds again", async () => {
    const { users, clock } = await administered();
    await users.setOverride("1", "api", { ...draft, expiresAtMs: start + 1_000 }, 0, "root");
    const holds = async () => (await users.read("1")).limits;
    clock.ms += 999;
    expect(await holds()).toEqual({
      api: { units: 1_000, from: "override" },
      publicFeed: { units: 17, from: "plan" },
      export: { units: 1, from: "plan" },
    });
    clock.ms += 1;
    expect((await holds())["api"]).toEqual({ units: 60, from: "plan" });
    expect((await users.read("1")).overrides).toMatchObject([{ limit: "api", isExpired: true }]);
  });

  it("is replaced, reviewed and removed as it was read; whoever comes second is told", async () => {
    const { users, audit, clock, everything } = await administered();
    const read = async () => (await users.read("1")).overrides[0];
    await users.setOverride("1", "api", draft, 0, "ann");
    const first = await read();
    expect(first).toEqual({
      ...{ limit: "api", ...draft, grantedBy: "ann", createdAtMs: start, isExpired: false },
      ...{ reviewedAtMs: start, reviewedBy: "ann", version: first?.version },
    });
    expect(await refusal(users.setOverride("1", "api", draft, 0, "ben"))).toMatchObject({ code: "stale" });
    clock.ms += 5;
    await users.reviewOverride("1", "api", first?.version ?? 0, "ben");
    expect(await read()).toMatchObject({
      ...draft,
      grantedBy: "ann",
      createdAtMs: start,
      reviewedAtMs: start + 5,
      reviewedBy: "ben",
    });
    const before = everything();
    for (const tried of [
      users.setOverride("1", "api", { ...draft, units: 1 }, first?.version ?? 0, "cem"),
      users.removeOverride("1", "api", first?.version ?? 0, "cem"),
      users.reviewOverride("1", "api", first?.version ?? 0, "cem"),
    ]) {
      expect(await refusal(tried)).toMatchObject({ code: "stale" });
    }
    expect(everything()).toEqual(before);
    await users.setOverride("1", "api", { units: "unlimited", note: "n" }, (await read())?.version ?? 0, "dan");
    expect((await users.read("1")).limits["api"]).toEqual({ units: "unlimited", from: "override" });
    await users.removeOverride("1", "api", (await read())?.version ?? 0, "eve");
    expect(await read()).toBeUndefined();
    const { items } = await audit.list({ limit: 100, subject: "1" });
    expect(items.map(({ action, who }) => [action, who])).toEqual([
      ["override.remove", "eve"],
      ["override.set", "dan"],
      ["override.review", "ben"],
      ["override.set", "ann"],
    ]);
    expect(items[1]).toMatchObject({
      note: "n",
      before: { units: 1_000, limit: "api" },
      after: { units: "unlimited" },
    });
  });

  it("that is set at once by many is set by one of them", async () => {
    const { users, audit } = await administered();
    const tried = await Promise.allSettled(
      [1, 2, 3].map((units) => users.setOverride("1", "api", { ...draft, units }, 0, "root")),
    );
    expect(tried.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
    expect((await audit.list({ limit: 10 })).items).toHaveLength(1);
  });

  it("removed and set anew is another one: whoever read the first is told", async () => {
    const { users } = await administered();
    const version = async () => (await users.read("1")).overrides[0]?.version ?? 0;
    await users.setOverride("1", "api", draft, 0, "root");
    const first = await version();
    await users.removeOverride("1", "api", first, "root");
    await users.setOverride("1", "api", draft, 0, "root");
    expect(await refusal(users.removeOverride("1", "api", first, "root"))).toMatchObject({ code: "stale" });
  });

  it.each<[string, string, unknown, string]>([
    ["negative units", "api", { ...draft, units: -1 }, "units"],
    ["absurd units", "api", { ...draft, units: 1e9 + 1 }, "units"],
    ["half a unit", "api", { ...draft, units: 0.5 }, "units"],
    ["no units", "api", { note: "n" }, "units"],
    ["units of null", "api", { ...draft, units: null }, "units"],
    ["no note", "api", { units: 5 }, "note"],
    ["an empty note", "api", { ...draft, note: " \n " }, "note"],
    ["an overlong note", "api", { ...draft, note: "x".repeat(501) }, "note"],
    ["a note with a null byte", "api", { ...draft, note: "a\0b" }, "note"],
    ["a note that is no text", "api", { ...draft, note: { toString: () => "x" } }, "note"],
    ["an end in the past", "api", { ...draft, expiresAtMs: start }, "expiresAtMs"],
    ["an end as text", "api", { ...draft, expiresAtMs: "2099-01-01" }, "expiresAtMs"],
    ["an end that is no date", "api", { ...draft, expiresAtMs: 8.64e15 + 1 }, "expiresAtMs"],
    ["a limit there is not", "apl", draft, "limit"],
    ["the name of a block", "*", draft, "limit"],
    ["the name of what every object has", "toString", draft, "limit"],
    ["nothing", "api", undefined, ""],
  ])("of %s is refused with its field, and changes nothing", async (_, limit, bad, field) => {
    const { users, everything } = await administered();
    const before = everything();
    expect(await refusal(users.setOverride("1", limit, bad as never, 0, "root"))).toMatchObject({
      code: "invalid",
      field,
    });
    expect(everything()).toEqual(before);
  });

  it("of somebody there is not is refused, and so is one there is not", async () => {
    const { users, everything } = await administered();
    const before = everything();
    for (const tried of [
      users.setOverride("9", "api", draft, 0, "root"),
      users.block("9", start + 1, "spam", "root"),
      users.setPlan("9", "pro", "free", "root"),
      users.read("9"),
      users.removeOverride("1", "api", 0, "root"),
      users.reviewOverride("1", "api", 7, "root"),
      users.unblock("1", "root"),
    ]) {
      expect(await refusal(tried)).toMatchObject({ code: "unknown" });
    }
    expect(everything()).toEqual(before);
  });
});

describe("a user's plan", () => {
  it("is changed from what it was, to one there is; nothing is written where nothing changes", async () => {
    const { users, audit, everything, changes } = await administered();
    await users.setPlan("1", "pro", "free", "root");
    expect((await users.read("1")).limits["api"]).toEqual({ units: 180, from: "plan" });
    const after = everything();
    expect(await refusal(users.setPlan("1", "pro", "free", "late"))).toMatchObject({ code: "stale" });
    expect(await refusal(users.setPlan("1", "gold", "pro", "root"))).toMatchObject({ code: "unknown", field: "plan" });
    await users.setPlan("1", "pro", "pro", "root");
    expect(everything()).toEqual(after);
    expect(changes()).toBe(1);
    const { items } = await audit.list({ limit: 10 });
    expect(items).toMatchObject([
      { action: "user.plan", subject: "1", before: { plan: "free" }, after: { plan: "pro" } },
    ]);
  });

  it("that there is not is the default plan, as the limiters have it", async () => {
    const { users, sqlite } = await administered();
    sqlite.exec("update users set plan = 'gone' where id = '1'");
    const { isPlanKnown, plan, limits } = await users.read("1");
    expect([isPlanKnown, plan, limits["api"]]).toEqual([false, "gone", { units: 60, from: "default" }]);
  });

  it("is as the code says while there is no plan in the database, and where a row lacks a limit", async () => {
    const { users, sqlite } = await administered();
    sqlite.exec("update sluice_plans set more_limits = '{}'");
    expect((await users.read("2")).limits["export"]).toEqual({ units: 10, from: "plan" });
    sqlite.exec("delete from sluice_plans");
    expect((await users.read("2")).limits["api"]).toEqual({ units: 180, from: "plan" });
  });
});

describe("a block", () => {
  it("makes every limit 0 until its end, and overrides come back", async () => {
    const { users, clock } = await administered();
    await users.setOverride("1", "api", draft, 0, "root");
    await users.block("1", start + 1_000, "spam", "root");
    const { blocked, limits, overrides } = await users.read("1");
    expect(blocked).toEqual({ untilMs: start + 1_000, note: "spam", by: "root" });
    expect(Object.values(limits)).toEqual(Array(3).fill({ units: 0, from: "block" }));
    expect(overrides).toHaveLength(1);
    const version = overrides[0]?.version ?? 0;
    expect(await refusal(users.removeOverride("1", "*", version, "root"))).toMatchObject({ code: "unknown" });
    clock.ms += 1_000;
    expect((await users.read("1")).blocked).toBeUndefined();
    expect((await users.read("1")).limits["api"]).toEqual({ units: 1_000, from: "override" });
    await users.block("1", clock.ms + 1, "again", "root");
    await users.unblock("1", "root");
    expect((await users.read("1")).limits["api"]).toEqual({ units: 1_000, from: "override" });
  });

  it.each([
    [start, "spam", "untilMs"],
    [Number.NaN, "spam", "untilMs"],
    [start + 1, "", "note"],
    [start + 1, "x".repeat(501), "note"],
  ])("until %s with the note %j is refused", async (untilMs, note, field) => {
    const { users } = await administered();
    expect(await refusal(users.block("1", untilMs, note, "root"))).toMatchObject({ code: "invalid", field });
  });
});

describe("a user who is forgotten", () => {
  it("leaves neither overrides nor denials, but the log; and nobody else's go", async () => {
    const { users, audit, sqlite, database } = await administered();
    for (const id of ["1", "2"]) await users.setOverride(id, "api", draft, 0, "root");
    await users.block("1", start + 1, "spam", "root");
    sqlite.exec(`insert into sluice_user_denials (user_id, at_ms, limiter, limit_units, times)
      values ('1', 1, 'api', 60, 1), ('2', 1, 'api', 60, 1)`);
    sqlite.exec(`insert into sluice_denied_keys select h.value * 3600000, l.value, k.value, k.value like 'anon-%', 5, 0
      from json_each('[1,2,9]') h, json_each('["api","public-feed","export"]') l,
        json_each('["api:1","publicFeed:1","export:1","api:2","api:11","anon-0011223344556677"]') k`);
    sqlite.exec("delete from users where id = '1'");
    database.statements.length = 0;
    await users.forget("1", "root");
    for (const statement of database.statements) {
      expect(planOf(database, statement)).not.toMatch(
        /SCAN (?:sluice_(?!versions)\w+|denied)(?! USING COVERING INDEX)/,
      );
    }
    const left = sqlite.prepare(`select limiter, "key", count(*) as hours from sluice_denied_keys
      where "key" glob '*:1' group by limiter, "key"`);
    expect(left.all().map(({ limiter, key, hours }) => `${limiter} ${key} ${hours}`)).toEqual([
      ...["api export:1 3", "api publicFeed:1 3", "export api:1 3", "export publicFeed:1 3"],
      ...["public-feed api:1 3", "public-feed export:1 3"],
    ]);
    expect(sqlite.prepare("select count(*) as n from sluice_denied_keys").get()).toEqual({ n: 54 - 9 });
    for (const table of ["sluice_overrides", "sluice_user_denials"]) {
      expect(sqlite.prepare(`select user_id from ${table}`).all()).toEqual([{ user_id: "2" }]);
    }
    await users.forget("1", "root");
    const { items } = await audit.list({ limit: 10, subject: "1" });
    expect(items.map(({ action, canUndo }) => [action, canUndo])).toEqual([
      ["user.forget", false],
      ["user.block", false],
      ["override.set", false],
    ]);
  });
});
