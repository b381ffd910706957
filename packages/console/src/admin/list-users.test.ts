/** The list of users: whole, in order, by index, and in as many statements for ten users as for a hundred thousand. */

import { describe, expect, it } from "vitest";
import { administered, refusal, start } from "../../test/administered.ts";
import { planOf } from "../../test/query-plan.ts";
import type { UserRow, UsersQuery } from "./users-admin.ts";

const dayMs = 86_400_000;

type Admins = Awaited<ReturnType<typeof administered>>;

/** All parts of a list. */
async function all({ users }: Admins, query: Partial<UsersQuery>): Promise<UserRow[]> {
  const rows: UserRow[] = [];
  for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
    const page = await users.list({ limit: 7, ...query, after });
    expect(page.items.length).toBeLessThanOrEqual(query.limit ?? 7);
    rows.push(...page.items);
    after = page.next;
  }
  return rows;
}

const ids = (rows: readonly UserRow[]) => rows.map(({ id }) => id);

/** Users 10 to 59 beside ada and bob: five of a name, every second on pro. */
async function many(): Promise<Admins> {
  const admins = await administered();
  admins.sqlite.exec("drop index users_username; create index users_username on users (username)");
  const insert = admins.sqlite.prepare("insert into users values (?, ?, ?)");
  for (let i = 10; i < 60; i++) insert.run(`${i}`, `name ${Math.floor(i / 5)}`, i % 2 === 0 ? "free" : "pro");
  return admins;
}

describe("the list of users", () => {
  it("has everybody once, by name and then id, whatever the part's size", async () => {
    const admins = await many();
    const rows = admins.sqlite.prepare("select id from users order by username, id").all();
    const expected = rows.map(({ id }) => id);
    for (const limit of [1, 3, 7, 100]) expect(ids(await all(admins, { limit }))).toEqual(expected);
  });

  it("goes on where it was, though somebody came or went meanwhile; where that one is gone, it says so", async () => {
    const admins = await many();
    const { items, next } = await admins.users.list({ limit: 10 });
    admins.sqlite.exec("insert into users values ('0', 'a', 'free'); delete from users where id = '30'");
    const rest = await all(admins, {});
    const more = await admins.users.list({ limit: 100, after: next });
    expect(ids(more.items)).toEqual(ids(rest).slice(11));
    admins.sqlite.prepare("delete from users where id = ?").run(items.at(-1)?.id ?? "");
    expect(await refusal(admins.users.list({ limit: 10, after: next }))).toMatchObject({
      code: "invalid",
      field: "after",
    });
  });

  it("carries no name in its cursor", async () => {
    const { users } = await many();
    const { next } = await users.list({ limit: 10 });
    expect(atob(next ?? "")).not.toContain("name");
  });

  it("is searched by the beginning of a name or a whole id, which comes first and once", async () => {
    const admins = await many();
    expect(ids(await all(admins, { search: "name 11" }))).toEqual(["55", "56", "57", "58", "59"]);
    expect(await all(admins, { search: "name 1" })).toHaveLength(10);
    admins.sqlite.exec("insert into users values ('name 2', 'zoe', 'free'), ('x', 'name 2', 'pro')");
    const found = await all(admins, { search: " name 2 ", limit: 3 });
    expect(found[0]?.name).toBe("zoe");
    expect(new Set(ids(found)).size).toBe(found.length);
    expect(found.slice(1).every(({ name }) => name.startsWith("name 2"))).toBe(true);
    expect(ids(await all(admins, { search: "x", limit: 1 }))).toEqual(["x"]);
    expect(ids(await all(admins, { search: "x", plan: "free" }))).toEqual([]);
    for (const search of ["%", "_", "'", '"', "\0", "\u{10ffff}", "name%"])
      expect(await all(admins, { search })).toEqual([]);
    const long = admins.users.list({ limit: 1, search: "x".repeat(201) });
    expect(await refusal(long)).toMatchObject({ code: "invalid", field: "search" });
  });

  it("is filtered by plan and by what was granted, counting only what holds", async () => {
    const admins = await many();
    const { users, clock } = admins;
    const note = "n";
    await users.setOverride("10", "api", { units: 1, note }, 0, "root");
    await users.setOverride("11", "api", { units: 1, note, expiresAtMs: start + 200 * dayMs }, 0, "root");
    clock.ms += 95 * dayMs;
    await users.setOverride("12", "api", { units: 1, note, expiresAtMs: clock.ms + 14 * dayMs }, 0, "root");
    await users.setOverride("12", "export", { units: 1, note, expiresAtMs: clock.ms + 20 * dayMs }, 0, "root");
    await users.setOverride("13", "api", { units: 1, note, expiresAtMs: clock.ms + 14 * dayMs + 1 }, 0, "root");
    await users.setOverride("14", "api", { units: 1, note, expiresAtMs: clock.ms + 1 }, 0, "root");
    await users.block("15", clock.ms + 5 * dayMs, note, "root");
    await users.block("16", clock.ms + 1, note, "root");
    clock.ms += 1;
    const by = async (query: Partial<UsersQuery>) => ids(await all(admins, query));
    expect(await by({ filter: "override" })).toEqual(["10", "11", "12", "13"]);
    expect(await by({ filter: "expiring" })).toEqual(["12", "13"]);
    expect(await by({ filter: "unreviewed" })).toEqual(["10", "11"]);
    expect(await by({ filter: "blocked" })).toEqual(["15"]);
    expect(await by({ filter: "override", plan: "pro", search: "name 2" })).toEqual(["11", "13"]);
    expect((await all(admins, { plan: "pro" })).every(({ plan }) => plan === "pro")).toBe(true);
    const rows = await all(admins, {});
    expect(rows.find(({ id }) => id === "12")).toEqual({
      ...{ id: "12", name: "name 2", plan: "free", overrides: 2, isBlocked: false },
      nextExpiryMs: clock.ms - 1 + 14 * dayMs,
    });
    expect(rows.find(({ id }) => id === "15")).toMatchObject({ overrides: 0, isBlocked: true });
    expect(rows.find(({ id }) => id === "16")).toMatchObject({ overrides: 0, isBlocked: false });
    const strange = users.list({ limit: 1, filter: "toString" as never });
    expect(await refusal(strange)).toMatchObject({ code: "invalid", field: "filter" });
  });
});

describe("with a hundred thousand users and four thousand overrides", () => {
  it("every list is by index, and has a fixed number of statements", { timeout: 60_000 }, async () => {
    const { users, plans, audit, sqlite, database } = await administered();
    sqlite.exec(`begin;
      with recursive n(i) as (select 10 union all select i + 1 from n where i < 100009)
        insert into users select i, 'user ' || ((i * 7919) % 100003) || ' ' || i, case i % 50 when 0 then 'pro' else 'free' end from n;
      insert into sluice_overrides select id, 'api', 5, 'n', 'root', ${start}, case id % 100 when 0 then ${start + dayMs} end,
        ${start} - (id % 200) * ${dayMs}, 'root', 1 from users where id % 25 = 0;
      insert into sluice_audit_log (at_ms, who, action, subject, after)
        select ${start}, 'root', 'user.plan', id, '{"plan":"pro"}' from users;
      commit; analyze`);
    const queries: Partial<UsersQuery>[] = [
      {},
      { plan: "pro" },
      { plan: "free" },
      { search: "user 5" },
      ...(["override", "expiring", "unreviewed", "blocked"] as const).map((filter) => ({ filter })),
    ];
    const took: Record<string, number> = {};
    for (const query of queries) {
      for (const limit of [1, 100]) {
        const first = await users.list({ limit, ...query });
        database.statements.length = 0;
        const since = performance.now();
        await users.list({ limit, ...query, after: first.next });
        took[JSON.stringify({ ...query, limit })] = Math.round(performance.now() - since);
        const most = 2 + (first.next === undefined ? 0 : 1) + (query.search === undefined ? 0 : 1);
        expect(database.statements).toHaveLength(most);
        for (const statement of database.statements) {
          // Whoever has an override is asked of all of them; every other question goes by an index.
          const whole = query.filter === "override" ? /SCAN users/ : /SCAN (users|sluice_\w+)/;
          expect(planOf(database, statement), `${JSON.stringify(query)}: ${statement}`).not.toMatch(whole);
        }
      }
    }
    database.statements.length = 0;
    for (const query of [{}, { subject: "5000" }]) await audit.list({ limit: 100, ...query });
    await plans.list();
    await users.read("5000");
    expect(database.statements).toHaveLength(2 + 1 + 3);
    for (const statement of database.statements) {
      const plan = planOf(database, statement);
      expect(plan, statement).not.toMatch(/SCAN (users|sluice_overrides)/);
      if (statement.includes("subject")) expect(plan).toContain("sluice_audit_log_subject");
    }
    expect(Math.max(...Object.values(took)), JSON.stringify(took)).toBeLessThan(500);
    if (process.env["SHOW"]) console.log(took);
  });
});
