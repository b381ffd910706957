/** What stands around all pages, the audit log and its way back, logins and failures: over the real tables, as a browser asks. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/database.ts";
import { type Element, elements, faultsOf, parsed, textOf } from "../../test/html.ts";
import { type Mounted, mounted } from "../../test/mounted.ts";
import { assets } from "../assets/assets.ts";
import { loginPage } from "./login.tsx";

const now = Date.UTC(2026, 10, 22, 12, 0, 30);
let database: TestDatabase;
let app: Mounted;

beforeEach(() => {
  database = testDatabase();
  app = mounted(database, { now: () => now });
  database.sqlite.exec(`
    insert into users values ('u1', 'amelie', 'free');
    insert into sluice_plans (id, name, api_per_minute, created_at_ms, updated_at_ms) values
      ('free', 'Free', 60, 1, 1), ('pro', 'Pro', 180, 1, 1);
  `);
});

afterEach(() => database.close());

function found(html: string, tag: string, attribute: string, value: string): Element {
  const one = elements(parsed(html), tag).find(({ attributes }) => attributes.get(attribute) === value);
  if (one === undefined) throw new Error(`there is no <${tag} ${attribute}="${value}">`);
  return one;
}

function cookieOf(answer: Response): string {
  return answer.headers.getSetCookie().find((one) => one.startsWith("sluice-flash=")) ?? "";
}

async function edited(): Promise<Response> {
  const answer = await app.post("/users/u1/plan", { plan: "pro", was: "free" });
  expect(answer.status).toBe(303);
  return answer;
}

describe("every page", () => {
  it.each(["", "/plans", "/plans/free", "/users", "/users/u1", "/feeds", "/audit", "/nowhere"])(
    "%s has its landmarks, one h1, the status line first, where it is, and nothing that the CSP would stop",
    async (path) => {
      const html = await (await app.get(path)).text();
      expect(faultsOf(html)).toEqual([]);
      const root = parsed(html);
      expect(elements(root, "h1")).toHaveLength(1);
      expect(elements(root, "title").map(textOf)).toEqual([`${textOf(elements(root, "h1")[0] as Element)} · Sluice`]);
      const main = found(html, "main", "id", "main");
      expect(textOf(main.children[0] as Element)).toContain("Rate limiting: on, memory, process, exact");
      expect(found(html, "a", "class", "skip").attributes.get("href")).toBe("#main");
      const here = elements(root, "a").filter(({ attributes }) => attributes.has("aria-current"));
      expect(here).toHaveLength(path === "/nowhere" ? 0 : 1);
      expect(textOf(found(html, "span", "class", "who"))).toBe("Signed in as ada");
      expect(html).toContain(`/admin/assets/${assets.style.file}`);
    },
  );

  it("shows who is signed in as text", async () => {
    const who = `<b onclick="x">&'`;
    const html = await (await mounted(database, { now: () => now, who }).get("/audit")).text();
    expect(faultsOf(html)).toEqual([]);
    expect(textOf(found(html, "span", "class", "who"))).toBe(`Signed in as ${who}`);
  });

  it("offers no page about what the app does not have", async () => {
    const html = await (await app.get("")).text();
    expect(html).not.toContain('href="/admin/outbound"');
    expect(html).toContain('href="/admin/feeds"');
  });
});

describe("after a form", () => {
  it("goes elsewhere with 303, says once what was done, and offers to undo it", async () => {
    const cookie = cookieOf(await edited());
    expect(cookie).toMatch(/^sluice-flash=user\.plan~\d+; Max-Age=60; Path=\/admin; HttpOnly; SameSite=Strict$/i);
    const answer = await app.get("/users/u1", { Cookie: cookie.split(";")[0] ?? "" });
    expect(cookieOf(answer)).toMatch(/Max-Age=0/);
    const html = await answer.text();
    expect(html).toContain("The user&#39;s plan is changed.");
    const id = /~(\d+)/.exec(cookie)?.[1];
    expect(found(html, "form", "action", `/admin/audit/${id}/undo`)).toBeDefined();
    expect(await (await app.get("/users/u1")).text()).not.toContain("plan is changed.");
  });

  it.each(["<b>text</b>", "user.plan~1<b>", "toString", "constructor~1", "user.plan~99999999999999999999", "nothing"])(
    "says nothing for a cookie that is none of ours: %s",
    async (value) => {
      const html = await (await app.get("/audit", { Cookie: `sluice-flash=${encodeURIComponent(value)}` })).text();
      expect(elements(parsed(html)).filter(({ attributes }) => attributes.get("class")?.includes("notice"))).toEqual(
        [],
      );
    },
  );

  it("offers no undo for what somebody else did in between", async () => {
    database.sqlite.exec(`
      create trigger bob after insert on sluice_audit_log when new.who = 'ada' begin
        insert into sluice_audit_log (at_ms, who, action, subject) values (new.at_ms, 'bob', 'user.plan', 'u1');
      end`);
    expect(cookieOf(await edited())).toMatch(/^sluice-flash=user\.plan;/);
  });
});

describe("the audit log", () => {
  it("says what to do while it is empty, and how to come back from a filter that nothing fits", async () => {
    expect(await (await app.get("/audit")).text()).toContain("Nothing was changed yet");
    const html = await (await app.get("/audit?subject=nobody&action=plan")).text();
    expect(html).toContain("No change fits the filters");
    expect(found(html, "option", "value", "plan").attributes.has("selected")).toBe(true);
    expect(found(html, "input", "name", "subject").attributes.get("value")).toBe("nobody");
  });

  it("shows what was before and what became of it", async () => {
    await edited();
    const html = await (await app.get("/audit?subject=u1")).text();
    const change = textOf(found(html, "dl", "class", "change"));
    expect(change).toContain("free");
    expect(change).toContain("pro");
    expect(elements(parsed(html), "del").map(textOf)).toEqual(["free"]);
    expect(elements(parsed(html), "ins").map(textOf)).toEqual(["pro"]);
  });

  it("undoes, and says so", async () => {
    await edited();
    const html = await (await app.get("/audit")).text();
    const action = elements(parsed(html), "form")
      .map(({ attributes }) => attributes.get("action") ?? "")
      .find((one) => one.endsWith("/undo"));
    const answer = await app.post((action ?? "").replace("/admin", ""), {});
    expect(answer.headers.get("Location")).toBe("/admin/audit");
    expect(cookieOf(answer)).toContain("sluice-flash=undo");
    expect(database.sqlite.prepare("select plan from users").get()).toEqual({ plan: "free" });
  });

  it("says why it does not undo what was changed again", async () => {
    await edited();
    await app.post("/audit/1/undo", {});
    const answer = await app.post("/audit/1/undo", {});
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain("Not undone.");
    expect((await app.post("/audit/4711/undo", {})).status).toBe(404);
    expect((await app.post("/audit/x/undo", {})).status).toBe(404);
  });

  it("keeps what was written by strangers as text", async () => {
    const text = `</dd><script>alert(1)</script>"'>`;
    database.sqlite
      .prepare(
        "insert into sluice_audit_log (at_ms, who, action, subject, note, before, after) values (1, ?, 'user.plan', ?, ?, ?, ?)",
      )
      .run(text, text, text.repeat(99), JSON.stringify({ [text]: text }), JSON.stringify([text]));
    const html = await (await app.get("/audit")).text();
    expect(faultsOf(html)).toEqual([]);
    expect(textOf(parsed(html))).toContain(text);
  });

  it("comes in parts, with the filters that hold", async () => {
    const add = database.sqlite.prepare(
      "insert into sluice_audit_log (at_ms, who, action, subject) values (?, 'ada', 'login', 'ada')",
    );
    for (let i = 0; i < 60; i++) add.run(i);
    const html = await (await app.get("/audit?action=login")).text();
    const next = elements(parsed(html), "a").find(({ attributes }) => attributes.get("rel") === "next");
    const path = next?.attributes.get("href")?.replace("/admin", "") ?? "";
    expect(path).toMatch(/^\/audit\?action=login&after=/);
    const rest = await (await app.get(path)).text();
    expect(elements(parsed(rest), "tr")).toHaveLength(11);
    expect(rest).toContain("To the beginning");
  });

  it("refuses a cursor that is none of ours, in words", async () => {
    const answer = await app.get("/audit?after=%00garbage");
    expect(answer.status).toBe(422);
    expect(faultsOf(await answer.text())).toEqual([]);
  });
});

describe("when a page cannot be", () => {
  it("answers 404 in the same layout", async () => {
    const answer = await app.get("/nowhere");
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain("There is no page of this address.");
  });

  it.each(["", "/audit"])("answers 503 with the status line while the database is away: %s", async (path) => {
    database.failWith(new Error("disk I/O error"));
    const answer = await app.get(path);
    expect(answer.status).toBe(503);
    const html = await answer.text();
    expect(html).toContain("Rate limiting:");
    expect(html).toContain("Limits go on with the plans that were known last");
    expect(html).not.toContain("disk I/O");
  });
});

describe("the login", () => {
  it("has one field with its label, and no navigation", () => {
    const html = loginPage({ base: "/admin" });
    expect(found(html, "form", "action", "/admin/login").attributes.get("method")).toBe("post");
    expect(found(html, "input", "name", "token").attributes.get("type")).toBe("password");
    expect(elements(parsed(html), "nav")).toEqual([]);
    expect(html).not.toContain("Rate limiting");
  });

  it("says at the field that a token is not known, and above the form that there were too many", () => {
    const wrong = loginPage({ base: "", refusal: "wrong-token", message: "This token is not known." });
    expect(textOf(found(wrong, "p", "id", "token-error"))).toBe("This token is not known.");
    expect(found(wrong, "input", "name", "token").attributes.get("aria-invalid")).toBe("true");
    const locked = loginPage({
      base: "",
      refusal: "locked",
      message: "Try again in 30 minutes.",
      retryAfterMs: 1_800_000,
    });
    expect(textOf(found(locked, "div", "role", "alert"))).toContain("Try again in 30 minutes.");
  });
});
