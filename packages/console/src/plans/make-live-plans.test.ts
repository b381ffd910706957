/** Live plans: an edit holds here at once and elsewhere within five seconds, and spent units stay spent. */

import { byUser, rateLimit } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { book, limits, pro, start } from "../../test/administered.ts";
import { testDatabase, userDirectory } from "../../test/database.ts";
import { closeProcesses, holds, type Processes, setApi, twoProcesses } from "../../test/two-processes.ts";
import { announcePlanEdit } from "../records/edit.ts";
import { livePlans } from "./make-live-plans.ts";

afterEach(closeProcesses);

describe("an edit", () => {
  it("holds at once where it was made, and within five seconds elsewhere", async () => {
    const processes = await twoProcesses();
    const { one, two, clock } = processes;
    expect([await holds(one), await holds(two)]).toEqual([60, 60]);
    await setApi(processes, 5);
    expect(await holds(one)).toBe(5);
    clock.ms += 1_999;
    expect(await holds(two), "fresh").toBe(60);
    clock.ms += 2_002;
    expect(await holds(two), "4,001 ms after it asked, it waits").toBe(5);
  });

  it("is seen in the background between two and four seconds, and nobody waits for it", async () => {
    const processes = await twoProcesses();
    const { two, clock } = processes;
    await holds(two);
    await setApi(processes, 5);
    clock.ms += 2_000;
    const kept: Promise<unknown>[] = [];
    const limit = two.limit("api")("1", { waitUntil: (work) => void kept.push(work) });
    expect(limit, "at once").toEqual(book.free.api);
    expect(kept).toHaveLength(1);
    await Promise.all(kept);
    expect(await holds(two)).toBe(5);
  });

  it("made while a process was idle for an hour holds for its first request", async () => {
    const processes = await twoProcesses();
    const { two, clock, users } = processes;
    await holds(two);
    await holds(two, "2");
    clock.ms += 3_600_000;
    await setApi(processes, 7);
    await users.setPlan("2", "free", "pro", "root");
    expect([await holds(two), await holds(two, "2")]).toEqual([7, 7]);
  });

  it("of a user, an override and a block is seen as well; a block ends by itself, and the override is back", async () => {
    const processes = await twoProcesses();
    const { one, two, clock, users } = processes;
    const both = async (name = "api") => [await holds(one, "1", name), await holds(two, "1", name)];
    await both();
    await users.setOverride("1", "api", { units: 1_000, note: "n" }, 0, "root");
    clock.ms += 4_001;
    expect(await both()).toEqual([1_000, 1_000]);
    const end = clock.ms + 10_000;
    await users.block("1", end, "spam", "root");
    clock.ms += 4_001;
    expect([await both(), await both("publicFeed"), await both("export")]).toEqual(Array(3).fill([0, 0]));
    clock.ms = end - 1;
    expect(await both()).toEqual([0, 0]);
    clock.ms = end;
    expect([await both(), await both("publicFeed")]).toEqual([
      [1_000, 1_000],
      [17, 17],
    ]);
    await users.setPlan("1", "pro", "free", "root");
    clock.ms += 4_001;
    expect([await both(), await both("publicFeed"), await both("export")]).toEqual([
      [1_000, 1_000],
      [167, 167],
      ["unlimited", "unlimited"],
    ]);
  });

  it("makes a plan that holds elsewhere for whoever is on it, though it was unheard of", async () => {
    const { two, plans, users, errors } = await twoProcesses();
    await holds(two, "2");
    await plans.create("constructor", { ...pro, limits: { ...pro.limits, api: 999 } }, "root");
    await users.setPlan("1", "constructor", "free", "root");
    expect(await holds(two), "at its first sight").toBe(999);
    expect(two.planOf("1")).toBe("constructor");
    expect(errors).toEqual([]);
  });

  it("is asked for no more often because many users are on a plan that there is not", async () => {
    const { here, there, two, errors } = await twoProcesses();
    await holds(two);
    here.sqlite.exec("insert into users select 'u' || value, 'u' || value, 'gone' from json_each('[1,2,3,4,5,6,7,8]')");
    there.statements.length = 0;
    for (let n = 1; n <= 8; n++) expect(await holds(two, `u${n}`)).toBe(60);
    expect(there.statements).toHaveLength(8);
    expect(errors).toEqual(["SLUICE_PLAN_UNKNOWN"]);
  });

  it("by the app itself is announced", async () => {
    const { here, two, clock } = await twoProcesses();
    await holds(two);
    here.sqlite.exec("update users set plan = 'pro' where id = '1'");
    await announcePlanEdit(here.db);
    clock.ms += 4_001;
    expect(await holds(two)).toBe(180);
  });

  it("is enforced elsewhere within five seconds of real time, whoever keeps asking", { timeout: 30_000 }, async () => {
    const processes = await twoProcesses(Date.now);
    const { two } = processes;
    await holds(two);
    const edited = performance.now();
    await setApi(processes, 5);
    while ((await holds(two)) !== 5) {
      expect(performance.now() - edited, "three times what is promised").toBeLessThan(15_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(performance.now() - edited).toBeLessThan(15_000);
  });
});

describe("units that were spent", () => {
  it("stay spent: 5 of 60, then 5 a minute refuses at once, here and elsewhere; raised again, the rest is there", async () => {
    const processes = await twoProcesses();
    const { one, two, clock } = processes;
    const backend = memory({ clock: { now: () => start } });
    const app = (live: Processes["one"]) =>
      new Hono()
        .use(rateLimit({ backend, limiters: [byUser({ user: () => "1", limit: live.limit("api") })] }))
        .get("/", (c) => c.text("ok"));
    const [first, second] = [app(one), app(two)];
    for (let i = 0; i < 5; i++) expect((await first.request("/")).status).toBe(200);
    expect((await second.request("/")).status).toBe(200);
    await setApi(processes, 5);
    const refused = await first.request("/");
    expect([refused.status, refused.headers.get("RateLimit")]).toEqual([429, expect.stringContaining("r=0")]);
    clock.ms += 4_001;
    expect((await second.request("/")).status).toBe(429);
    await setApi(processes, 60);
    const passed = await first.request("/");
    expect([passed.status, passed.headers.get("RateLimit")]).toEqual([200, expect.stringContaining("r=53")]);
  });

  it("do not matter to somebody blocked, who is refused without a count", async () => {
    const { one, users, clock } = await twoProcesses();
    const app = new Hono()
      .use(rateLimit({ backend: memory(), limiters: [byUser({ user: () => "1", limit: one.limit("api") })] }))
      .get("/", (c) => c.text("ok"));
    expect((await app.request("/")).status).toBe(200);
    await users.block("1", clock.ms + 1_000, "spam", "root");
    const answer = await app.request("/");
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([403, null]);
    // Neither the note nor the end.
    expect(await answer.json()).toMatchObject({ detail: "This account is blocked (api)." });
    clock.ms += 1_000;
    expect((await app.request("/")).status).toBe(200);
  });
});

describe("mistakes are named where they are made", () => {
  const { db } = testDatabase();
  const good = { db, users: userDirectory, limits, defaults: book, default: "free" };
  it.each<[string, object, string]>([
    ["no database", { ...good, db: undefined }, "SLUICE_OPTION_MISSING"],
    ["a database without a batch", { ...good, db: {} }, "SLUICE_OPTION_TYPE"],
    ["users without a plan", { ...good, users: { ...userDirectory, plan: undefined } }, "SLUICE_OPTION_TYPE"],
    ["a default that is no plan", { ...good, default: "gold" }, "SLUICE_PLAN_UNKNOWN"],
    ["an option there is not", { ...good, ttlMs: 5 }, "SLUICE_OPTION_UNKNOWN"],
  ])("%s", (_, options, code) => {
    expect(() => livePlans(options as typeof good)).toThrow(expect.objectContaining({ code }));
  });

  it("and nothing is asked before somebody asks", () => {
    const { db: quiet, statements } = testDatabase();
    livePlans({ ...good, db: quiet }).limit("api");
    expect(statements).toEqual([]);
    expect(() => livePlans(good).limit("apl")).toThrow(expect.objectContaining({ code: "SLUICE_PLAN_UNKNOWN" }));
  });
});
