/** The audit log offers an Undo exactly where it will be taken, and finds a kind of change by its index. */

import { describe, expect, it } from "vitest";
import { administered, pro, refusal, start } from "../../test/administered.ts";
import { addNumbers, planOf } from "../../test/query-plan.ts";

type Admins = Awaited<ReturnType<typeof administered>>;

describe("what can be undone", () => {
  const draft = { units: 1_000, note: "migration week" };
  const prepared: [string, boolean, (admins: Admins) => unknown][] = [
    ["a change as it was left", true, ({ users }) => users.setPlan("1", "pro", "free", "root")],
    [
      "a block that was written down without its version, as by a script",
      false,
      ({ audit, sqlite }) => {
        sqlite.exec(`insert into sluice_overrides values ('1', '*', 0, 'spam', 'seed', 0, ${start + 9}, 0, 'seed', 1)`);
        const after = { limit: "*", units: 0, note: "spam", grantedBy: "seed", createdAtMs: 0, reviewedAtMs: 0 };
        return audit.add({ who: "seed", action: "user.block", subject: "1", after: { ...after, reviewedBy: "seed" } });
      },
    ],
    [
      "an entry that says nothing",
      false,
      ({ audit }) => audit.add({ who: "seed", action: "plan.update", subject: "free", before: { name: "Free" } }),
    ],
    [
      "a user's plan that the app has changed since",
      false,
      async ({ users, sqlite }) => {
        await users.setPlan("1", "pro", "free", "root");
        sqlite.exec("update users set plan = 'free' where id = '1'");
      },
    ],
    [
      "a user's plan of which the one before is gone",
      false,
      async ({ users, sqlite }) => {
        await users.setPlan("1", "pro", "free", "root");
        sqlite.exec("delete from sluice_plans where id = 'free'");
      },
    ],
    [
      "an override that was taken from a user who is gone",
      false,
      async ({ users, sqlite }) => {
        await users.setOverride("1", "api", draft, 0, "root");
        await users.removeOverride("1", "api", (await users.read("1")).overrides[0]?.version ?? 0, "root");
        sqlite.exec("delete from users where id = '1'");
      },
    ],
    [
      "an override that a user has who is gone",
      true,
      async ({ users, sqlite }) => {
        await users.setOverride("1", "api", draft, 0, "root");
        sqlite.exec("delete from users where id = '1'");
      },
    ],
    [
      "a removed plan",
      true,
      async ({ plans }) => plans.remove("gold", (await plans.create("gold", pro, "root")).version, "root"),
    ],
  ];

  it.each(prepared)("%s: %s", async (_, canUndo, prepare) => {
    const admins = await administered();
    await prepare(admins);
    const { audit } = admins;
    const [row] = (await audit.list({ limit: 1 })).items;
    expect(row?.canUndo).toBe(canUndo);
    const undone = audit.undo(row?.id ?? 0, "root");
    if (canUndo) await undone;
    else expect((await refusal(undone)).code).toMatch(/^(?:stale|unsupported|invalid)$/);
  });
});

describe("a log of 400 days", () => {
  it("gives one kind of change, or several, in one statement that reads no other rows", async () => {
    const { audit, database } = await administered();
    addNumbers(database, 50_000);
    database.sqlite.exec(`insert into sluice_audit_log (at_ms, who, action, subject)
      select value, 'ann', case value % 10000 when 7 then 'plan.update' when 8 then 'plan.create' else 'login' end, 'free' from numbers`);
    for (const [action, found] of [
      ["plan", 10],
      ["plan.update", 5],
      ["nothing", 0],
    ] as const) {
      database.statements.length = 0;
      const { items } = await audit.list({ limit: 100, action });
      expect(items.map(({ id }) => id)).toEqual(items.map(({ id }) => id).sort((a, b) => b - a));
      expect(items).toHaveLength(found);
      expect(database.statements).toHaveLength(1);
      const plan = planOf(database, database.statements[0] as string);
      expect(plan).toMatch(/SEARCH entry USING COVERING INDEX sluice_audit_log_action/);
      expect(plan).not.toMatch(/SCAN (?:sluice|entry|later)/);
    }
    const ids: number[] = [];
    for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
      const page = await audit.list({ limit: 3, action: "plan", after });
      ids.push(...page.items.map(({ id }) => id));
      after = page.next;
    }
    expect(ids).toEqual((await audit.list({ limit: 100, action: "plan" })).items.map(({ id }) => id));
  });
});
