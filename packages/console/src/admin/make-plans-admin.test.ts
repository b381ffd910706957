/** Plans are edited only as they were read, whole or not at all, and every edit is written down. */

import { rateLimitBindings } from "@sluice/core/cloudflare";
import { describe, expect, it } from "vitest";
import { administered, free, pro, refusal, start } from "../../test/administered.ts";

describe("a plan", () => {
  it("is listed with its users, by price and name, in one statement", async () => {
    const { plans, database } = await administered();
    await plans.create("basic", { ...free, name: "Basic" }, "root");
    database.statements.length = 0;
    const rows = await plans.list();
    expect(database.statements).toHaveLength(1);
    expect(rows.map(({ id, users, limits }) => [id, users, limits])).toEqual([
      ["basic", 0, free.limits],
      ["free", 1, free.limits],
      ["pro", 1, pro.limits],
    ]);
  });

  it("is created with a version of its own, once under one id, however many try", async () => {
    const { plans, audit, changes } = await administered();
    const tried = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => plans.create("gold", { ...pro, priceCents: i }, `${i}`)),
    );
    const made = tried.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(made).toHaveLength(1);
    expect(tried.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : []))).toEqual(
      Array(9).fill("exists"),
    );
    const { users: _, servedBy: __, ...read } = await plans.read("gold");
    expect(made[0]).toEqual(read);
    const { items } = await audit.list({ limit: 100 });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      atMs: start,
      action: "plan.create",
      subject: "gold",
      after: { limits: pro.limits, version: read.version },
    });
    expect(changes()).toBe(1);
  });

  it("is updated as it was read; the second of two administrators is told, and changes nothing", async () => {
    const { plans, audit, everything } = await administered();
    const { version } = await plans.read("free");
    const tried = await Promise.allSettled(
      [5, 6, 7].map((api) => plans.update("free", { ...free, limits: { ...free.limits, api } }, version, `${api}`)),
    );
    expect(tried.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
    const after = everything();
    expect(await refusal(plans.update("free", pro, version, "late"))).toMatchObject({ code: "stale" });
    expect(everything()).toEqual(after);
    const { items } = await audit.list({ limit: 100 });
    expect(items).toHaveLength(1);
    const { version: becomes, limits, createdAtMs } = await plans.read("free");
    expect(items[0]).toMatchObject({
      who: String(limits["api"]),
      before: { id: "free", limits: free.limits, version },
      after: { limits, version: becomes },
    });
    expect([createdAtMs, becomes > version]).toEqual([start, true]);
  });

  it("is not written down where nothing in it changes", async () => {
    const { plans, everything } = await administered();
    const { users: _, servedBy: __, ...plan } = await plans.read("free");
    const before = everything();
    const { name, limits, priceCents, features } = plan;
    expect(await plans.update("free", { name, limits, priceCents, features }, plan.version, "a")).toEqual(plan);
    expect(everything()).toEqual(before);
    const changed = await plans.update(
      "free",
      { name, limits, priceCents, features: [...features, "x"] },
      plan.version,
      "a",
    );
    expect(changed.version).toBeGreaterThan(plan.version);
  });

  it("that came past the console gets a number of its own with its first edit", async () => {
    const { plans, sqlite } = await administered();
    sqlite.exec("update sluice_plans set version = 1; delete from sluice_versions");
    const { version } = await plans.update("free", pro, 1, "root");
    expect(version).not.toBe(1);
    expect(await refusal(plans.update("free", free, 1, "late"))).toMatchObject({ code: "stale" });
  });

  it("that users are on, or that is the default, is not removed; another is, and its number is never used again", async () => {
    const { plans, users, sqlite } = await administered();
    const version = async (id: string) => (await plans.read(id)).version;
    expect(await refusal(plans.remove("pro", await version("pro"), "root"))).toEqual({
      code: "in-use",
      message: "One user is on this plan. Move them to another first.",
    });
    sqlite.exec("update users set plan = 'pro'");
    expect(await refusal(plans.remove("free", await version("free"), "root"))).toMatchObject({ code: "in-use" });
    const old = await version("pro");
    for (const id of ["1", "2"]) await users.setPlan(id, "free", "pro", "root");
    await plans.remove("pro", old, "root");
    expect(await refusal(plans.read("pro"))).toMatchObject({ code: "unknown" });
    expect((await plans.create("pro", pro, "root")).version).toBeGreaterThan(old);
    expect(await refusal(plans.remove("pro", old, "root"))).toMatchObject({ code: "stale" });
  });

  it("that somebody moves to meanwhile stays: either the move is refused or the removal", async () => {
    for (let round = 0; round < 20; round++) {
      const { plans, users, sqlite } = await administered();
      const { version } = await plans.create("gold", pro, "root");
      const both = [plans.remove("gold", version, "a"), users.setPlan("1", "gold", "free", "b")];
      const tried = await Promise.allSettled(round % 2 === 0 ? both : both.reverse());
      expect(tried.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const stray = "select count(*) n from users where plan not in (select id from sluice_plans)";
      expect(sqlite.prepare(stray).get()).toEqual({ n: 0 });
    }
  });

  it("is not edited by an unlisted field, and no field but a draft's is taken", async () => {
    const { plans } = await administered();
    const { version } = await plans.read("free");
    const sly = { ...free, id: "pro", version: 99, createdAtMs: 1, users: 5, __proto__: { name: "x" } };
    const plan = await plans.update("free", sly, version, "root");
    expect(Object.keys(plan).sort()).toEqual(
      ["createdAtMs", "features", "id", "limits", "name", "priceCents", "updatedAtMs", "version"].sort(),
    );
    expect(plan).toMatchObject({ id: "free", createdAtMs: start });
    expect((await plans.read("pro")).name).toBe("Pro");
  });
});

describe("bad input", () => {
  const limit = (api: unknown) => ({ ...free, limits: { ...free.limits, api } });
  it.each<[string, unknown, string]>([
    ["a negative limit", limit(-1), "limits.api"],
    ["an absurd limit", limit(1_000_000_001), "limits.api"],
    ["half a unit", limit(1.5), "limits.api"],
    ["no number", limit(Number.NaN), "limits.api"],
    ["without end", limit(Number.POSITIVE_INFINITY), "limits.api"],
    ["a limit as text", limit("60"), "limits.api"],
    ["a limit of null", limit(null), "limits.api"],
    ["a limit left out", { ...free, limits: { api: 1, export: 1 } }, "limits.publicFeed"],
    ["a limit there is not", { ...free, limits: { ...free.limits, apl: 1 } }, "limits.apl"],
    [
      "a limit from the prototype",
      { ...free, limits: JSON.parse('{"api":1,"publicFeed":1,"export":1,"__proto__":5}') },
      "limits.__proto__",
    ],
    ["limits that are a list", { ...free, limits: [1, 2, 3] }, "limits"],
    ["no limits", { ...free, limits: undefined }, "limits"],
    ["no name", { ...free, name: "  " }, "name"],
    ["half of a character", { ...free, name: "a\ud800" }, "name"],
    ["a long name", { ...free, name: "x".repeat(101) }, "name"],
    ["a name of two lines", { ...free, name: "a\nb" }, "name"],
    ["a name that is no text", { ...free, name: 5 }, "name"],
    ["a negative price", { ...free, priceCents: -1 }, "priceCents"],
    ["half a cent", { ...free, priceCents: 0.5 }, "priceCents"],
    ["features that are no list", { ...free, features: "all" }, "features"],
    ["too many features", { ...free, features: Array(51).fill("x") }, "features"],
    ["a feature that is no text", { ...free, features: ["x", {}] }, "features.1"],
    ["nothing", undefined, ""],
    ["text", "free", ""],
  ])("%s is refused with its field, and changes nothing", async (_, draft, field) => {
    const { plans, everything } = await administered();
    const before = everything();
    const { version } = await plans.read("free");
    expect(await refusal(plans.create("gold", draft as never, "root"))).toMatchObject({ code: "invalid", field });
    expect(await refusal(plans.update("free", draft as never, version, "root"))).toMatchObject({
      code: "invalid",
      field,
    });
    expect(everything()).toEqual(before);
  });

  it.each(["", "Gold", "-gold", "g old", "x".repeat(41), "__proto__", "a'b", null, 5])("%j is no id", async (id) => {
    const { plans } = await administered();
    expect(await refusal(plans.create(id as string, free, "root"))).toMatchObject({ code: "invalid", field: "id" });
  });

  it.each([undefined, "1", -1, 1.5, Number.NaN])("%j is no version", async (version) => {
    const { plans } = await administered();
    const tried = plans.update("free", free, version as number, "root");
    expect(await refusal(tried)).toMatchObject({ code: "invalid", field: "version" });
  });

  it("a plan may be called like something every object has", async () => {
    const { plans } = await administered();
    await plans.create("constructor", pro, "root");
    expect((await plans.read("constructor")).limits).toEqual(pro.limits);
  });
});

describe("a database that is away", () => {
  it("is said to be, and nothing is half written", async () => {
    const { plans, users, audit, database, everything } = await administered();
    const { version } = await plans.read("free");
    const before = everything();
    database.failWith(new Error("database is locked"));
    for (const tried of [
      plans.list(),
      plans.update("free", pro, version, "root"),
      plans.create("gold", pro, "root"),
      users.list({ limit: 10 }),
      users.setPlan("1", "pro", "free", "root"),
      users.block("1", start + 1, "spam", "root"),
      audit.list({ limit: 10 }),
      audit.undo(1, "root"),
    ]) {
      expect(await refusal(tried)).toMatchObject({
        code: "unavailable",
        message: expect.not.stringContaining("locked"),
      });
    }
    database.failWith(undefined);
    expect(everything()).toEqual(before);
  });

  it("in the middle of an edit, takes back what came before", async () => {
    const { plans, everything, sqlite } = await administered();
    const { version } = await plans.read("free");
    sqlite.exec("create trigger away before update on sluice_plans begin select raise(abort, 'gone'); end");
    const before = everything();
    expect(await refusal(plans.update("free", pro, version, "root"))).toMatchObject({ code: "unavailable" });
    expect(everything()).toEqual(before);
    sqlite.exec("drop trigger away");
    await plans.update("free", pro, version, "root");
  });
});

describe("numbers that ratelimit bindings cannot serve", () => {
  const binding = { limit: async () => ({ success: true }) };
  const backend = rateLimitBindings({
    tiers: [
      { name: "API_FREE", binding, limit: 60, period: 60, policies: ["api"] },
      { name: "REST", binding: { ...binding }, limit: 1, period: 60 },
    ],
  });

  it("are refused with the lines to add, naming the field; numbers that were there stay", async () => {
    const { plans } = await administered({ backend });
    const draft = { ...free, limits: { ...free.limits, api: 59 } };
    const { code, field, message } = await refusal(plans.create("gold", draft, "root"));
    expect([code, field]).toEqual(["unservable", "limits.api"]);
    expect(message).toContain('"name": "RL_API_59"');
    const { version } = await plans.read("free");
    expect(await refusal(plans.update("free", draft, version, "root"))).toMatchObject({ code: "unservable" });
    await plans.update("free", { ...free, name: "Gratis" }, version, "root");
  });

  it("are shown with the binding that serves them", async () => {
    const { plans } = await administered({ backend });
    expect((await plans.read("pro")).servedBy).toEqual({
      api: { isServed: true, words: "API_FREE: 60 per 60 s, the next lower one" },
      publicFeed: { isServed: true, words: "REST: 1 per 60 s, the next lower one" },
    });
  });
});
