/** The audit log tells what was changed, and takes a change back as long as it is the last of its thing. */

import { describe, expect, it } from "vitest";
import { administered, free, pro, refusal, start } from "../../test/administered.ts";

const draft = { units: 1_000, note: "migration week" };

/** Everything that people see of a plan or a user, without the numbers of edits. */
async function seen({ plans, users }: Awaited<ReturnType<typeof administered>>) {
  const rows = { plans: await plans.list(), ada: await users.read("1"), bob: await users.read("2") };
  return JSON.parse(
    JSON.stringify(rows, (name, value) => (["version", "updatedAtMs"].includes(name) ? undefined : value)),
  );
}

type Admins = Awaited<ReturnType<typeof administered>>;
const versionOf = async ({ users }: Admins) => (await users.read("1")).overrides[0]?.version ?? 0;

describe("undo", () => {
  const changes: [string, (admins: Admins) => Promise<unknown>, (admins: Admins) => Promise<unknown>][] = [
    [
      "an edited plan",
      async () => {},
      async ({ plans }) => plans.update("free", pro, (await plans.read("free")).version, "root"),
    ],
    [
      "a removed plan",
      ({ plans }) => plans.create("gold", pro, "root"),
      async ({ plans, clock }) => {
        clock.ms += 5;
        await plans.remove("gold", (await plans.read("gold")).version, "root");
      },
    ],
    ["a user's plan", async () => {}, ({ users }) => users.setPlan("1", "pro", "free", "root")],
    ["a new override", async () => {}, ({ users }) => users.setOverride("1", "api", draft, 0, "root")],
    [
      "a replaced override",
      ({ users }) => users.setOverride("1", "api", { ...draft, expiresAtMs: start + 9 }, 0, "ann"),
      async (admins) =>
        admins.users.setOverride("1", "api", { units: "unlimited", note: "n" }, await versionOf(admins), "root"),
    ],
    [
      "a removed override",
      ({ users }) => users.setOverride("1", "api", { units: "unlimited", note: "n" }, 0, "ann"),
      async (admins) => admins.users.removeOverride("1", "api", await versionOf(admins), "root"),
    ],
    ["a block", async () => {}, ({ users }) => users.block("1", start + 9, "spam", "root")],
    [
      "the end of a block",
      ({ users }) => users.block("1", start + 9, "spam", "ann"),
      ({ users }) => users.unblock("1", "root"),
    ],
  ];

  it.each(changes)("puts %s back, once, and writes that down", async (_, prepare, change) => {
    const admins = await administered();
    const { audit, changes: count, everything } = admins;
    await prepare(admins);
    const before = await seen(admins);
    await change(admins);
    expect(await seen(admins)).not.toEqual(before);
    const [row] = (await audit.list({ limit: 1 })).items;
    if (row === undefined) throw new Error("nothing was written down");
    expect(row.canUndo).toBe(true);
    const changed = count();
    await audit.undo(row.id, "ben");
    expect(await seen(admins)).toEqual(before);
    expect(count()).toBe(changed + 1);
    const [undone, old] = (await audit.list({ limit: 2 })).items;
    expect(undone).toMatchObject({ action: "undo", who: "ben", subject: row.subject, canUndo: false });
    expect(undone?.note).toContain(String(row.id));
    expect(old).toMatchObject({ id: row.id, canUndo: false });
    const after = everything();
    expect(await refusal(audit.undo(row.id, "ben"))).toMatchObject({ code: "stale" });
    expect(everything()).toEqual(after);
  });

  it("by two at once is done once", async () => {
    const { users, audit } = await administered();
    await users.block("1", start + 9, "spam", "root");
    const tried = await Promise.allSettled([audit.undo(1, "a"), audit.undo(1, "b")]);
    expect(tried.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await audit.list({ limit: 9 })).items).toHaveLength(2);
  });

  it("is refused once the same thing was changed again, even back to what it was", async () => {
    const { users, audit, everything } = await administered();
    await users.setPlan("1", "pro", "free", "root");
    await users.setPlan("1", "free", "pro", "root");
    await users.setPlan("1", "pro", "free", "root");
    const before = everything();
    const { items } = await audit.list({ limit: 10 });
    expect(items.map(({ canUndo }) => canUndo)).toEqual([true, false, false]);
    expect(await refusal(audit.undo(1, "root"))).toMatchObject({ code: "stale" });
    expect(everything()).toEqual(before);
  });

  it("of a removal is refused once it was there again, though it is gone again", async () => {
    const { plans, audit } = await administered();
    for (const name of ["One", "Two"]) {
      const { version } = await plans.create("gold", { ...pro, name }, "root");
      await plans.remove("gold", version, "root");
    }
    const removed = (await audit.list({ limit: 10 })).items.filter(({ action }) => action === "plan.remove");
    expect(removed.map(({ canUndo }) => canUndo)).toEqual([true, false]);
    expect(await refusal(audit.undo(removed[1]?.id ?? 0, "root"))).toMatchObject({ code: "stale" });
    await audit.undo(removed[0]?.id ?? 0, "root");
    expect((await plans.read("gold")).name).toBe("Two");
  });

  it("looks at the same thing alone: another limit, another user, or a plan of the same name do not count", async () => {
    const { users, plans, audit, sqlite } = await administered();
    sqlite.exec("insert into users values ('free', 'free', 'free')");
    await users.setOverride("free", "api", draft, 0, "root");
    await users.setOverride("free", "publicFeed", draft, 0, "root");
    await users.setPlan("free", "pro", "free", "root");
    await users.setPlan("2", "free", "pro", "root");
    await plans.update("free", pro, (await plans.read("free")).version, "root");
    const { items } = await audit.list({ limit: 10 });
    expect(items.map(({ canUndo }) => canUndo)).toEqual([true, true, true, true, true]);
    for (const { id } of items) await audit.undo(id, "root");
  });

  it("sees what the app itself has changed", async () => {
    const { users, audit, sqlite } = await administered();
    await users.setPlan("1", "pro", "free", "root");
    sqlite.exec("update users set plan = 'free' where id = '1'");
    expect(await refusal(audit.undo(1, "root"))).toMatchObject({ code: "stale" });
  });

  it("of what cannot be undone, or of nothing, says so", async () => {
    const { plans, audit } = await administered();
    await plans.create("gold", pro, "root");
    expect(await refusal(audit.undo(1, "root"))).toMatchObject({ code: "unsupported" });
    for (const id of [2, 0, -1, Number.NaN, 1.5]) {
      expect(await refusal(audit.undo(id, "root"))).toMatchObject({ code: "unknown" });
    }
  });
});

describe("the log", () => {
  it("comes in parts, the newest first, by subject and by the beginning of an action", async () => {
    const { audit } = await administered();
    for (let i = 0; i < 25; i++) {
      const action = i % 5 === 0 ? ("api.pause" as const) : ("sending.resume" as const);
      expect(await audit.add({ who: "ann", action, subject: `${i % 2}`, note: `${i}`, after: { i } })).toBe(i + 1);
    }
    const ids: number[] = [];
    for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
      const page = await audit.list({ limit: 10, after });
      ids.push(...page.items.map(({ id }) => id));
      after = page.next;
    }
    expect(ids).toEqual(Array.from({ length: 25 }, (_, i) => 25 - i));
    const by = async (query: object) => (await audit.list({ limit: 100, ...query })).items.length;
    expect([
      await by({ subject: "0" }),
      await by({ action: "api" }),
      await by({ action: "api.pause", subject: "1" }),
    ]).toEqual([13, 5, 2]);
    expect(await by({ action: "%" })).toBe(0);
    expect((await audit.list({ limit: 1 })).items[0]).toEqual({
      ...{ id: 25, atMs: start, who: "ann", action: "sending.resume", subject: "0", note: "24", after: { i: 24 } },
      canUndo: false,
    });
  });

  const json = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "");
  it.each([
    "",
    "x",
    "!",
    "1",
    "' or 1=1 --",
    json(null),
    json(5),
    json([1]),
    json({}),
    json({ row: "1" }),
    json({ row: -1 }),
    json({ row: 1.5 }),
    json({ row: 1e300 }),
    json({ row: 1, more: 1 }),
    json({ user: "1" }),
    btoa('{"row":1,"__proto__":{}}'),
    "A".repeat(100_000),
    "____",
    5,
    null,
    {},
  ])("takes no cursor but its own: %s", async (after) => {
    const { audit, users } = await administered();
    const bad = { code: "invalid", field: "after" };
    expect(await refusal(audit.list({ limit: 10, after: after as string }))).toMatchObject(bad);
    if (after !== json({ user: "1" }))
      expect(await refusal(users.list({ limit: 10, after: after as string }))).toMatchObject(bad);
  });

  it.each([0, 101, -1, 1.5, Number.NaN, "10"])("takes no part of %s entries", async (limit) => {
    const { audit, users } = await administered();
    const bad = { code: "invalid", field: "limit" };
    expect(await refusal(audit.list({ limit: limit as number }))).toMatchObject(bad);
    expect(await refusal(users.list({ limit: limit as number }))).toMatchObject(bad);
  });

  it("tells before and after of a plan as people know it", async () => {
    const { plans, audit } = await administered();
    const { version } = await plans.read("free");
    await plans.update("free", { ...free, limits: { ...free.limits, api: "unlimited" } }, version, "root");
    const [row] = (await audit.list({ limit: 1 })).items;
    expect(row?.before).toEqual({ id: "free", ...free, version, createdAtMs: start });
    expect(row?.after).toEqual({
      id: "free",
      ...free,
      limits: { ...free.limits, api: "unlimited" },
      version: version + 1,
    });
  });
});

describe("a subject", () => {
  it("has the name of the user that it is, also of an undo, and as long as there is one", async () => {
    const admins = await administered();
    const { audit, users, plans, sqlite } = admins;
    // A plan may be called as a user is numbered.
    await plans.create("1", pro, "root");
    await plans.update("1", free, (await plans.read("1")).version, "root");
    await audit.undo((await audit.list({ subject: "1", limit: 1 })).items[0]?.id ?? 0, "root");
    await users.setOverride("1", "api", draft, 0, "root");
    await audit.undo((await audit.list({ subject: "1", limit: 1 })).items[0]?.id ?? 0, "root");
    const named = async () =>
      (await audit.list({ limit: 50 })).items.map(({ action, subjectName }) => [action, subjectName]);
    expect(await named()).toEqual([
      ["undo", "ada"],
      ["override.set", "ada"],
      ["undo", undefined],
      ["plan.update", undefined],
      ["plan.create", undefined],
    ]);
    const of = async (subject: string) => (await audit.list({ subject, limit: 50 })).items.map(({ action }) => action);
    expect([await of("ada"), await of("bob"), await of("nobody")]).toEqual([await of("1"), [], []]);
    expect(await of("1")).toHaveLength(5);
    // What the log has is that, whoever is called the same.
    await plans.create("ada", pro, "root");
    expect(await of("ada")).toEqual(["plan.create"]);
    sqlite.exec("delete from users where id = '1'");
    expect((await named()).flatMap(([, name]) => name ?? [])).toEqual([]);
  });
});
