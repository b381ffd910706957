/** The forms of plans, sent as a browser without script sends them, over the real console. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { followed, page } from "../../test/page-reading.ts";
import { type ConsoleApp, consoleApp } from "../../test/pages-app.ts";
import { bucketOf } from "../recording/buckets.ts";

let the: ConsoleApp;
beforeEach(() => {
  the = consoleApp();
});
afterEach(() => the.database.close());

const row = (sql: string) => the.database.sqlite.prepare(sql).get() as Record<string, unknown> | undefined;
const plan = {
  name: "Free",
  priceCents: "0",
  features: "1 feed",
  version: "1",
  "limits.api": "60",
  "limits.publicFeed": "17",
};

describe("plans", () => {
  it("are listed with their numbers, and who is on them", async () => {
    const { text, links } = await page(the.get("/admin/plans"));
    expect(text).toContain("Rate limiting: on, memory, process, exact");
    expect(text).toContain("Pro pro18016710.0025 feedsSupport1");
    expect(links).toContain("/admin/users?plan=free");
    expect(text).toContain("unlimited");
    expect(text).toContain("forbidden");
  });

  it("are edited: number, unlimited, price and features, with a way back", async () => {
    const fields = {
      ...plan,
      "limits.api": "1,200",
      "limits.publicFeed.unlimited": "on",
      priceCents: "9.90",
      features: " a \r\n\r\nb",
    };
    const after = await followed(the, the.post("/admin/plans/free", fields));
    expect(after.text).toContain("The plan is saved");
    expect(after.field("plan.limits.api")).toBe("1200");
    expect(after.field("plan.limits.publicFeed.unlimited")).toBe("ticked");
    expect(row("select * from sluice_plans where id = 'free'")).toMatchObject({
      ...{ api_per_minute: 1200, public_feed_per_minute: null, price_cents: 990, features: '["a","b"]', version: 2 },
    });
    const undo = after.actions.find((action) => /\/undo$/.test(action)) ?? "";
    await followed(the, the.post(undo, {}));
    expect(row("select * from sluice_plans where id = 'free'")).toMatchObject({ api_per_minute: 60, price_cents: 0 });
  });

  it("that are saved as they were say so, without a line in the log and a way back", async () => {
    const kept = row("select * from sluice_plans where id = 'free'");
    const { field } = await page(the.get("/admin/plans/free"));
    const names = ["name", "priceCents", "features", "limits.api", "limits.publicFeed"];
    const same = Object.fromEntries(names.map((name) => [name, field(`plan.${name}`) ?? ""]));
    const after = await followed(the, the.post("/admin/plans/free", { ...plan, ...same }));
    expect(after.text).toContain("Nothing was changed");
    expect(after.actions.filter((action) => /\/undo$/.test(action))).toEqual([]);
    expect(row("select * from sluice_plans where id = 'free'")).toEqual(kept);
    expect(row("select count(*) as lines from sluice_audit_log")).toEqual({ lines: 0 });
  });

  it.each([
    ["limits.api", "-1", "whole number"],
    ["limits.api", "", "whole number"],
    ["limits.api", "1e3", "whole number"],
    ["limits.api", "1000000001", "1,000,000,000"],
    ["priceCents", "ten", "price such as"],
    ["name", " ", "1 to 100 characters"],
  ])("refuse %s of %j at the field, and keep what was typed", async (field, value, words) => {
    const before = row("select * from sluice_plans where id = 'free'");
    const refused = await page(the.post("/admin/plans/free", { ...plan, features: "typed and kept", [field]: value }));
    expect(refused.status).toBe(422);
    expect(refused.error(`plan.${field}`)).toContain(words);
    expect(refused.field(`plan.${field}`)).toBe(value);
    expect(refused.field("plan.features")).toBe("typed and kept");
    expect(row("select * from sluice_plans where id = 'free'")).toEqual(before);
  });

  it("tell the second of two administrators what the first has made of it, beside what he typed", async () => {
    await the.post("/admin/plans/free", { ...plan, "limits.api": "5" });
    const second = await page(the.post("/admin/plans/free", { ...plan, "limits.api": "7", name: "Free of charge" }));
    expect(second.status).toBe(409);
    expect(second.text).toContain("Somebody else has changed this plan meanwhile.");
    expect(second.text).toContain("now 5; you typed 7");
    expect(second.text).toContain("now Free; you typed Free of charge");
    expect(second.field("plan.limits.api")).toBe("7");
    expect(row("select * from sluice_plans where id = 'free'")).toMatchObject({ api_per_minute: 5, version: 2 });
    // The form that came back carries the new version: saving it is a decision now.
    const version = second.version("/admin/plans/free");
    await followed(the, the.post("/admin/plans/free", { ...plan, "limits.api": "7", version }));
    expect(row("select * from sluice_plans where id = 'free'")).toMatchObject({ api_per_minute: 7 });
  });

  it("are previewed without being saved", async () => {
    const { sqlite } = the.database;
    const minuteMs = the.clock.now() - 60_000;
    // One key asked 100 times in a minute, 50 of which were denied then.
    sqlite.exec(`
      insert into sluice_key_counts values (${minuteMs}, 'api', 'free', ${bucketOf(10_000)}, 1, 10000);
      insert into sluice_decision_minutes values (${minuteMs}, 'api', 'free', 'allowed', 50), (${minuteMs}, 'api', 'free', 'denied', 50);
    `);
    const preview = await page(the.post("/admin/plans/free", { ...plan, do: "preview", "limits.api": "40" }));
    expect(preview.status).toBe(200);
    expect(preview.text).toMatch(/API requests: 40 ?60 of 100 requests \(60\.0 %\), in at most 1 user-minute /);
    expect(preview.text).toContain("a full bucket would have let a burst pass on top");
    expect(preview.text).toContain("Really denied then: 50 requests, each counted as one.");
    expect(preview.text).toContain("1 of 1,440 minutes have a record");
    expect(preview.field("plan.limits.api")).toBe("40");
    expect(row("select * from sluice_plans where id = 'free'")).toMatchObject({ api_per_minute: 60, version: 1 });
  });

  it("are created once, and deleted while nobody is on them", async () => {
    const draft = { id: "team", ...plan };
    const created = await followed(the, the.post("/admin/plans", draft));
    expect(created.text).toContain("The plan is there.");
    const again = await page(the.post("/admin/plans", draft));
    expect([again.status, again.error("create.id")]).toEqual([409, expect.stringContaining("already")]);
    const used = await page(the.post("/admin/plans/free/remove", { version: "1" }));
    expect(used.status).toBe(409);
    expect(used.text).toContain("Not done.");
    expect((await page(the.get("/admin/plans/free"))).text).toContain("2 users are on it.");
    expect(
      (
        await followed(
          the,
          the.post("/admin/plans/team/remove", { version: created.version("/admin/plans/team/remove") }),
        )
      ).text,
    ).toContain("The plan is gone.");
    expect(row("select * from sluice_plans where id = 'team'")).toBeUndefined();
  });

  it("that are not there, are a page that says so", async () => {
    expect((await the.get("/admin/plans/none")).status).toBe(404);
    expect((await the.post("/admin/plans/none", plan)).status).toBe(404);
  });
});

describe("every form", () => {
  it.each(["/admin/plans/free", "/admin/users/u1/plan", "/admin/outbound/sending/pause"])(
    "%s wants its csrf",
    async (path) => {
      const answer = await the.post(path, {
        ...plan,
        plan: "pro",
        was: "free",
        reason: "x",
        for: "1h",
        csrf: "another",
      });
      expect(answer.status).toBe(403);
      expect(row("select count(*) as lines from sluice_audit_log")).toEqual({ lines: 0 });
    },
  );

  it("says that the database is away, and does nothing by half", async () => {
    the.database.failWith(new Error("locked"));
    expect((await the.post("/admin/plans/free", plan)).status).toBe(503);
    expect((await the.get("/admin/users/u1")).status).toBe(503);
  });
});
