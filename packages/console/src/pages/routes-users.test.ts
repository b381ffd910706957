/** The forms of users, sent as a browser without script sends them, over the real console. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { followed, page } from "../../test/page-reading.ts";
import { type ConsoleApp, consoleApp } from "../../test/pages-app.ts";

let the: ConsoleApp;
beforeEach(() => {
  the = consoleApp();
});
afterEach(() => the.database.close());

const row = (sql: string) => the.database.sqlite.prepare(sql).get() as Record<string, unknown> | undefined;

describe("users", () => {
  it("are found by name, plan and what was granted, and a page says so when nobody is", async () => {
    expect((await page(the.get("/admin/users?search=A"))).text).toContain("Ada u1");
    expect((await page(the.get("/admin/users?plan=pro"))).text).toContain("Carol u3");
    expect((await page(the.get("/admin/users?filter=blocked"))).text).toContain("Nobody fits.");
    // A filter that there is not is none.
    expect((await page(the.get("/admin/users?filter=__proto__"))).text).toContain("Ada u1");
    expect((await the.get("/admin/users?after=%00hostile")).status).toBe(422);
  });

  it("are read once for their page, however many parts of it tell of them", async () => {
    for (const path of ["/admin/users/u1", "/usage"]) {
      the.database.statements.length = 0;
      expect((await the.get(path)).status).toBe(200);
      expect(the.database.statements.filter((text) => /from "sluice_overrides"/.test(text))).toHaveLength(1);
    }
  });

  it("are granted another number with a note and an end, which is reviewed and removed again, and undone", async () => {
    const path = "/admin/users/u1/limits/api";
    const draft = { units: "500", note: "for the trial", expiresAtMs: "2026-12-24T18:00", version: "0" };
    const granted = await followed(the, the.post(`${path}/grant`, draft));
    expect(granted.text).toContain("for the trial");
    expect(row("select * from sluice_overrides")).toMatchObject({
      ...{
        user_id: "u1",
        limit_name: "api",
        units: 500,
        granted_by: "alice",
        expires_at_ms: Date.UTC(2026, 11, 24, 18),
      },
    });
    expect(granted.field("override.api.expiresAtMs")).toBe("2026-12-24T18:00");
    expect((await page(the.get("/admin/users?filter=override"))).text).toContain("1 override");
    the.clock.advance(1_000);
    const reviewed = await followed(the, the.post(`${path}/review`, { version: granted.version(`${path}/review`) }));
    expect(row("select * from sluice_overrides")).toMatchObject({
      reviewed_at_ms: the.clock.now(),
      reviewed_by: "alice",
    });
    const removed = await followed(the, the.post(`${path}/remove`, { version: reviewed.version(`${path}/remove`) }));
    expect(row("select * from sluice_overrides")).toBeUndefined();
    await followed(the, the.post(removed.actions.find((action) => /\/undo$/.test(action)) ?? "", {}));
    expect(row("select * from sluice_overrides")).toMatchObject({ units: 500 });
  });

  it.each([
    [{ units: "x" }, "override.api.units", "whole number"],
    [{ note: "" }, "override.api.note", "1 to 500"],
    [{ note: "n".repeat(501) }, "override.api.note", "1 to 500"],
    [{ expiresAtMs: "2020-01-01T00:00" }, "override.api.expiresAtMs", "future"],
    [{ expiresAtMs: "tomorrow" }, "override.api.expiresAtMs", "UTC"],
  ])("are refused %j at the field", async (wrong, id, words) => {
    const draft = { units: "500", note: "typed and kept", expiresAtMs: "", version: "0", ...wrong };
    const refused = await page(the.post("/admin/users/u1/limits/api/grant", draft));
    expect(refused.status).toBe(422);
    expect(refused.error(id)).toContain(words);
    expect(refused.field("override.api.note")).toBe(draft.note);
    expect(row("select * from sluice_overrides")).toBeUndefined();
  });

  it("are told of another's override before theirs replaces it", async () => {
    const path = "/admin/users/u1/limits/api/grant";
    await the.post(path, { units: "500", note: "first", version: "0" });
    const second = await page(the.post(path, { units: "700", note: "second", version: "0" }));
    expect(second.status).toBe(409);
    expect(second.text).toContain("500");
    expect(second.text).toContain("first");
    expect([second.field("override.api.units"), second.field("override.api.note")]).toEqual(["700", "second"]);
  });

  it("are blocked for a while or until a date, and let in again", async () => {
    const forms = { "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000 };
    for (const [length, ms] of Object.entries(forms)) {
      await followed(the, the.post("/admin/users/u2/block", { for: length, note: "abuse" }));
      expect(row("select * from sluice_overrides")).toMatchObject({
        limit_name: "*",
        expires_at_ms: the.clock.now() + ms,
      });
    }
    await followed(the, the.post("/admin/users/u2/block", { for: "date", untilMs: "2026-11-30T08:30", note: "abuse" }));
    const blocked = await page(the.get("/admin/users/u2"));
    expect(blocked.text).toContain("all limits are 0 until 30 Nov 2026, 08:30 UTC");
    const { text } = await page(the.get("/admin/audit?action=user.block"));
    expect(text).toContain("limitallunits0");
    // Once in each of the four lines.
    expect(text.match(/abuse/g)).toHaveLength(4);
    expect((await page(the.post("/admin/users/u2/block", { for: "date", note: "x" }))).error("block.untilMs")).toBe(
      "Say until when.",
    );
    expect((await page(the.post("/admin/users/u2/block", { for: "1h", note: " " }))).error("block.note")).toContain(
      "1 to 500",
    );
    expect(
      (await page(the.post("/admin/users/u2/block", { for: "toString", note: "x" }))).error("block.for"),
    ).toContain("how long");
    await followed(the, the.post("/admin/users/u2/unblock", {}));
    expect((await page(the.get("/admin/users/u2"))).text).toContain("Not blocked.");
    expect((await page(the.post("/admin/users/u2/unblock", {}))).text).toContain("This user is not blocked.");
  });

  it("change their plan, unless somebody else was quicker", async () => {
    await followed(the, the.post("/admin/users/u1/plan", { plan: "pro", was: "free" }));
    expect(row("select plan from users where id = 'u1'")).toEqual({ plan: "pro" });
    const stale = await page(the.post("/admin/users/u1/plan", { plan: "spare", was: "free" }));
    expect([stale.status, stale.field("plan.plan")]).toEqual([409, "spare"]);
    const same = await page(the.post("/admin/users/u1/plan", { plan: "pro", was: "pro" }));
    expect([same.status, same.error("plan.plan")]).toEqual([422, "This user is on that plan already."]);
    const none = await page(the.post("/admin/users/u1/plan", { plan: "none", was: "pro" }));
    expect([none.status, none.error("plan.plan")]).toEqual([404, "There is no plan of this id."]);
  });

  it("see what is used live, and can have it made whole", async () => {
    const policy = { name: "api", limit: 60, algorithm: "token-bucket", windowMs: 60_000 } as const;
    await the.backend.consume([{ policy, key: "api:u1", shard: "u1", cost: 45 }]);
    expect((await page(the.get("/admin/users/u1"))).text).toContain("45 of 60");
    await followed(the, the.post("/admin/users/u1/limits/api/reset", {}));
    expect((await page(the.get("/admin/users/u1"))).text).toContain("0 of 60");
  });

  it("are nobody's whom there is not, and nothing is done to what has no name", async () => {
    for (const path of ["/admin/users/none", "/admin/users/u1/limits/none/grant", "/admin/users/u1/constructor"]) {
      expect((await (path.endsWith("none") ? the.get(path) : the.post(path, {}))).status).toBe(404);
    }
  });

  it("with ids of any letters have a page of their own", async () => {
    const id = "a/b?c#d%2F<é>";
    the.database.sqlite.prepare("insert into users values (?, ?, 'free')").run(id, "Zed <b>");
    const { links } = await page(the.get("/admin/users?search=Zed"));
    const own = links.find((link) => link.startsWith("/admin/users/a")) ?? "";
    expect((await page(the.get(own))).text).toContain("Zed <b>");
    await followed(the, the.post(`${own}/plan`, { plan: "pro", was: "free" }));
    expect(the.database.sqlite.prepare("select plan from users where id = ?").get(id)).toEqual({ plan: "pro" });
  });
});
