/** The console as it is mounted: who gets in where, what every answer carries, and what goes wrong. */

import { type ConfigError, isConfigError } from "@sluice/core";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { afterEach, describe, expect, test } from "vitest";
import { type TestConsole, testConsole, token } from "../test/whole-console.ts";
import { AdminError } from "./admin/admin-error.ts";
import { type ConsoleOptions, console as consoleOf } from "./console.ts";

const open: TestConsole[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function mounted(options: Parameters<typeof testConsole>[0] = {}): Promise<TestConsole> {
  const it = await testConsole(options);
  open.push(it);
  return it;
}

const pages = ["/", "/plans", "/users", "/users/u1", "/feeds", "/outbound", "/audit"];

describe("the console", () => {
  test.each(["/admin", "/", "/deep/in/the/app"])("lets nobody in at %s who has not logged in", async (mount) => {
    const { app, login } = await mounted({ mount });
    const base = mount === "/" ? "" : mount;
    for (const page of pages) {
      const at = page === "/" ? base || "/" : `${base}${page}`;
      const answer = await app.request(at);
      const to = page === "/" ? "" : `?${new URLSearchParams({ to: page })}`;
      expect([at, answer.status, answer.headers.get("Location")]).toEqual([at, 303, `${base}/login${to}`]);
      const inside = await app.request(at, { headers: await login() });
      expect([at, inside.status]).toEqual([at, 200]);
    }
    expect((await app.request(`${base}/login`)).status).toBe(200);
    const again = await app.request(`${base}/login`, { headers: await login() });
    expect([again.status, again.headers.get("Location")]).toEqual([303, base || "/"]);
  });

  test("logs in and out by forms alone", async () => {
    const { app, login } = await mounted();
    const wrong = await app.request("/admin/login", { method: "POST", body: new URLSearchParams({ token: "guess" }) });
    const page = await wrong.text();
    expect(wrong.status).toBe(401);
    expect(page).toContain("This token is not known");
    expect(page).not.toContain("guess");
    const { Cookie, "X-CSRF-Token": csrf } = await login();
    const body = new URLSearchParams({ csrf });
    const out = await app.request("/admin/logout", { method: "POST", headers: { Cookie }, body });
    expect([out.status, out.headers.get("Location")]).toEqual([303, "/admin/login"]);
    expect(out.headers.get("Set-Cookie")).toMatch(/Max-Age=0/);
  });

  test("sends every answer with a policy without inline script, kept nowhere", async () => {
    const { app, login } = await mounted();
    const asked: [string, RequestInit][] = [
      ["/admin", { headers: await login() }],
      ["/admin", {}],
      ["/admin/login", {}],
      ["/admin/api/plans", {}],
      ["/admin/api/plans", { headers: await login() }],
      ["/admin/nothing", { headers: await login() }],
      ["/admin/login", { method: "POST", body: "x".repeat(70_000) }],
    ];
    for (const [at, init] of asked) {
      const { headers } = await app.request(at, init);
      expect(headers.get("Content-Security-Policy")).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("Referrer-Policy")).toBe("no-referrer");
      expect(headers.get("Cache-Control")).toBe("no-store");
    }
  });

  test("refuses a form that cannot be read as its sender's mistake, and tells nobody of it", async () => {
    const { app, login, errors } = await mounted();
    const { Cookie, "X-CSRF-Token": csrf } = await login();
    const sent: [string, Record<string, string>][] = [
      ["/admin/login", {}],
      ["/mine/login", {}],
      // By the check of the token, and by the page behind it.
      ["/admin/plans", { Cookie }],
      ["/admin/plans", { Cookie, "X-CSRF-Token": csrf }],
    ];
    for (const type of ["multipart/form-data", "multipart/form-data; boundary=x"]) {
      for (const [path, headers] of sent) {
        const init = { method: "POST", headers: { ...headers, "Content-Type": type }, body: "--x\r\nnothing" };
        expect([path, type, (await app.request(path, init)).status]).toEqual([path, type, 400]);
      }
    }
    expect(errors).toEqual([]);
  });

  test("serves its own files to anybody, and nothing else there", async () => {
    const { app } = await mounted();
    const login = await (await app.request("/admin/login")).text();
    const files = [...login.matchAll(/(?:href|src)="(\/admin\/assets\/[^"]+)"/g)].map(([, file = ""]) => file);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const answer = await app.request(file);
      expect([file, answer.status, answer.headers.get("Cache-Control")]).toEqual([
        file,
        200,
        expect.stringMatching(/immutable/),
      ]);
    }
    expect((await app.request("/admin/assets/none.js")).status).toBe(404);
    expect((await app.request("/admin/assets/../api/plans")).status).toBe(401);
  });

  test("takes changes from its own pages alone", async () => {
    const { app, login, database } = await mounted();
    const { Cookie, "X-CSRF-Token": csrf } = await login();
    const other = await (await app.request("/admin/login", { method: "POST", body: new URLSearchParams({ token }) }))
      .headers;
    const post = async (fields: Record<string, string>, headers: Record<string, string>): Promise<number> => {
      const body = new URLSearchParams({ plan: "pro", was: "free", ...fields });
      return (await app.request("/admin/users/u1/plan", { method: "POST", body, headers })).status;
    };
    const planOf = () => database.sqlite.prepare("select plan from users where id = 'u1'").get();
    expect(await post({}, { Cookie })).toBe(403);
    expect(await post({ csrf: "" }, { Cookie })).toBe(403);
    expect(await post({ csrf }, { Cookie, Origin: "https://evil.example" })).toBe(403);
    expect(await post({ csrf }, { Cookie, "Sec-Fetch-Site": "cross-site" })).toBe(403);
    expect(await post({ csrf }, { Cookie: other.get("Set-Cookie")?.split(";")[0] ?? "" })).toBe(403);
    expect(await post({ csrf }, {})).toBe(303);
    expect(planOf()).toEqual({ plan: "free" });
    expect(await post({ csrf }, { Cookie, "Sec-Fetch-Site": "same-origin" })).toBe(303);
    expect(planOf()).toEqual({ plan: "pro" });
  });

  test("finds its pages with a slash at the end, and says what is no page", async () => {
    const { app, login } = await mounted();
    const slash = await app.request("/admin/", { headers: await login() });
    expect([slash.status, slash.headers.get("Location")]).toEqual([301, "/admin"]);
    const missing = await app.request("/admin/nothing", { headers: await login() });
    expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining("There is no page")]);
  });

  test("without session() goes by the app's own check, and has no login of its own", async () => {
    const { app } = await mounted({
      session: undefined,
      authorize: (c) => (c.req.header("x-role") === "admin" ? { who: "ada" } : undefined),
    });
    const nobody = await app.request("/admin");
    expect([nobody.status, nobody.headers.get("Content-Type")]).toEqual([401, expect.stringMatching(/^text\/html/)]);
    expect(nobody.headers.has("WWW-Authenticate")).toBe(true);
    expect((await app.request("/admin/login")).status).toBe(401);
    expect((await app.request("/admin", { headers: { "x-role": "admin" } })).status).toBe(200);
    // No cookie says who it is, so no token stands beside it; another site is refused all the same.
    const post = (headers: Record<string, string>) =>
      app.request("/admin/api/users/u1/plan", {
        method: "PUT",
        body: '{"plan":"pro","was":"free"}',
        headers: { "x-role": "admin", "Content-Type": "application/json", ...headers },
      });
    expect((await post({ Origin: "https://evil.example" })).status).toBe(403);
    expect((await post({})).status).toBe(204);
  });

  test("answers what authorize throws: refusals as they are, failures in words and told to the app", async () => {
    let thrown: Error = new HTTPException(403, { message: "You are no administrator." });
    const authorize = (): never => {
      throw thrown;
    };
    const { app, errors } = await mounted({ session: undefined, authorize });
    const refused = await app.request("/admin/api/plans");
    expect([refused.status, await refused.json()]).toEqual([
      403,
      expect.objectContaining({ detail: "You are no administrator." }),
    ]);
    expect((await app.request("/admin")).status).toBe(403);
    thrown = new TypeError("secret details");
    for (const at of ["/admin", "/admin/api/plans", "/admin/live"]) {
      const failed = await app.request(at);
      expect([at, failed.status]).toEqual([at, 500]);
      expect(await failed.text()).not.toMatch(/secret/);
    }
    expect(errors).toEqual([thrown, thrown, thrown]);
    thrown = new AdminError("unavailable", "The database does not answer.");
    const away = await app.request("/admin");
    expect([away.status, away.headers.get("Retry-After")]).toEqual([503, "5"]);
    expect(await away.text()).toContain("The database does not answer.");
  });

  test("shows pages in words while the database is away", async () => {
    const { app, login, database } = await mounted();
    await login();
    database.failWith(new Error("disk I/O error"));
    for (const page of pages) {
      const at = page === "/" ? "/admin" : `/admin${page}`;
      const answer = await app.request(at, { headers: await login() });
      expect([200, 503]).toContain(answer.status);
      expect(await answer.text()).not.toMatch(/disk I\/O/);
    }
  });

  test("leaves the app's other routes alone", async () => {
    const { app } = await mounted();
    const outer = new Hono().get("/health", (c) => c.text("ok")).route("/", app);
    const answer = await outer.request("/health");
    expect([await answer.text(), answer.headers.has("Content-Security-Policy")]).toEqual(["ok", false]);
  });
});

test("console() names its mistakes", async () => {
  const { database, backend } = await mounted();
  const standings = () => [];
  const plans = { limit() {}, invalidate() {}, defaults: {} };
  const { db } = database;
  const users = { table: {}, id: {}, name: {}, plan: {} };
  const good = { db, users, limits: {}, plans, backend, standings, authorize: () => undefined };
  const mistake = (options: object): string | undefined => {
    try {
      consoleOf({ ...good, ...options } as unknown as ConsoleOptions);
      return undefined;
    } catch (error) {
      return isConfigError(error) ? `${(error as ConfigError).code} ${error.message.slice(0, 90)}` : String(error);
    }
  };
  expect(mistake({})).toBeUndefined();
  expect(mistake({ authorize: undefined })).toMatch(/^SLUICE_OPTION_MISSING .*authorize of console\(\)/);
  expect(mistake({ db: undefined })).toMatch(/^SLUICE_OPTION_MISSING .*db of console\(\)/);
  expect(mistake({ authorize: { who: "root" } })).toMatch(/^SLUICE_OPTION_TYPE .*authorize/);
  expect(mistake({ users: { table: {} } })).toMatch(/^SLUICE_OPTION_TYPE .*users/);
  expect(mistake({ session: true })).toMatch(/^SLUICE_OPTION_TYPE .*session/);
  expect(mistake({ backend: { name: "redis" } })).toMatch(/^SLUICE_OPTION_TYPE .*backend/);
  expect(mistake({ pasword: "x" })).toMatch(/^SLUICE_OPTION_UNKNOWN/);
});
