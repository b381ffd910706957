/** The usage page: a user's own numbers, nobody else's, and nothing that administrators wrote. */

import { isConfigError } from "@sluice/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TestConsole, testConsole, token } from "../test/whole-console.ts";
import { type UsageOptions, usage } from "./usage.ts";

let it: TestConsole;
beforeEach(async () => {
  it = await testConsole();
});
afterEach(() => it.close());

const as = (user: string, path = "/usage/api", init: RequestInit = {}) =>
  it.app.request(path, { ...init, headers: { "x-user": user, ...init.headers } });

describe("usage", () => {
  test("tells a user the plan, limits with what is custom, live numbers and reads", async () => {
    const policy = { name: "api", limit: 60, algorithm: "token-bucket", windowMs: 60_000 } as const;
    await it.backend.consume([{ policy, key: "api:u1", shard: "u1", cost: 7 }]);
    const expiresAtMs = it.clock.nowMs + 86_400_000;
    const granted = { units: "unlimited", note: "he shouted at us", expiresAtMs, version: 0 };
    expect((await it.ask("PUT", "/users/u1/overrides/publicFeed", granted)).status).toBe(204);
    const answer = await as("u1");
    const { status, headers } = answer;
    expect([status, headers.get("Cache-Control"), headers.get("X-Content-Type-Options")]).toEqual([
      200,
      "no-store",
      "nosniff",
    ]);
    const told = await answer.json();
    expect(told).toMatchObject({ id: "u1", name: "ada", plan: { name: "free", features: ["Feeds"] } });
    expect(told.limits).toEqual({
      api: { label: "API requests", unit: "requests per minute", units: 60, isCustom: false },
      publicFeed: { label: "Feed reads", unit: "reads per minute", units: "unlimited", isCustom: true, expiresAtMs },
    });
    expect(told.quota.find(({ limit }: { limit: string }) => limit === "api")).toMatchObject({
      used: 7,
      remaining: 53,
    });
    const page = await as("u1", "/usage");
    const html = await page.text();
    expect([page.status, page.headers.get("Content-Security-Policy")]).toEqual([
      200,
      expect.stringMatching(/^default-src 'none'/),
    ]);
    expect(html).toContain("custom");
    // Notes, and who granted what, are the administrators'.
    for (const text of [JSON.stringify(told), html]) expect(text).not.toMatch(/shouted|root|grantedBy|note"/);
  });

  test("tells somebody blocked so, until when, and nothing of plans or administrators", async () => {
    const untilMs = it.clock.nowMs + 3_600_000;
    expect((await it.ask("PUT", "/users/u1/block", { untilMs, note: "he shouted at us" })).status).toBe(204);
    const told = await (await as("u1")).json();
    expect(told).toMatchObject({ blockedUntilMs: untilMs, limits: { api: { units: 0 }, publicFeed: { units: 0 } } });
    const html = await (await as("u1", "/usage")).text();
    expect(html).toContain("Your access is blocked.");
    expect(html).toMatch(/Requests are refused, and your public feeds are not served, until\s*<time/);
    expect(html.match(/Nothing while your access is blocked\./g)).toHaveLength(2);
    for (const text of [JSON.stringify(told), html]) expect(text).not.toMatch(/Not part of|shouted|root/);
    // Without a block, 0 is the plan's or an override's.
    const forbidden = { units: 0, note: "-", version: 0 };
    expect((await it.ask("PUT", "/users/u2/overrides/api", forbidden)).status).toBe(204);
    const other = await (await as("u2", "/usage")).text();
    expect(other).toContain("Not part of what you may use now.");
    expect(other).not.toContain("blocked");
  });

  test("tells nobody of somebody else, whatever is asked for", async () => {
    it.database.sqlite.exec(`insert into sluice_feed_access (feed_id, owner_id, at_ms, address, user_agent, status, decision)
      values ('f2', 'u2', ${it.clock.nowMs - 5}, '192.0.2.7', 'x', 200, 'allowed')`);
    const own = await (await as("u1")).text();
    expect(own).not.toMatch(/bob|u2|f2/);
    for (const path of ["?user=u2", "?id=u2", "?userId=u2", "#u2"]) {
      expect(await (await as("u1", `/usage/api${path}`, { headers: { "X-User-Id": "u2" } })).text()).toBe(own);
    }
    for (const path of ["/usage/api/u2", "/usage/u2", "/usage/users/u2"])
      expect((await as("u1", path)).status).toBe(404);
    // What signs in administrators is nothing here, and the other way round.
    expect((await it.app.request("/usage/api", { headers: await it.login() })).status).toBe(401);
    expect((await as("u1", "/admin/api/users/u2")).status).toBe(401);
  });

  test("changes nothing", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      expect([method, (await as("u1", "/usage/api", { method })).status]).toEqual([method, 404]);
    }
  });

  test("asks whoever is not signed in to do that", async () => {
    const api = await it.app.request("/usage/api");
    expect([api.status, api.headers.get("Content-Type")]).toEqual([401, "application/problem+json"]);
    const page = await it.app.request("/usage");
    expect([page.status, await page.text()]).toEqual([401, expect.stringContaining("Sign in first")]);
    expect((await as("nobody")).status).toBe(404);
    expect((await as("nobody", "/usage")).status).toBe(404);
  });

  test("has a login and a way out where it is given a session, and a token alone has none", async () => {
    const nobody = await it.app.request("/mine");
    const { headers } = nobody;
    expect([nobody.status, headers.get("Location"), headers.get("Cache-Control")]).toEqual([
      ...[303, "/mine/login", "no-store"],
    ]);
    for (const [path, Authorization] of [["/mine/api"], ["/mine", "Bearer unknown"]] as const) {
      const told = await it.app.request(path, { headers: { ...(Authorization && { Authorization }) } });
      expect([path, told.status]).toEqual([path, 401]);
    }
    const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      it.app.request(path, { method: "POST", body: new URLSearchParams(fields), headers });
    const entered = await post("/mine/login", { token });
    expect([entered.status, entered.headers.get("Location")]).toEqual([303, "/mine"]);
    const Cookie = entered.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    expect((await it.app.request("/mine/login", { headers: { Cookie } })).headers.get("Location")).toBe("/mine");
    const html = await (await it.app.request("/mine", { headers: { Cookie } })).text();
    const csrf = /action="\/mine\/logout".*?name="csrf" value="([\w-]+)"/s.exec(html)?.[1] ?? "none";
    expect((await post("/mine/logout", {}, { Cookie })).status).toBe(403);
    expect((await post("/mine/logout", { csrf }, { Cookie, Origin: "https://evil.example" })).status).toBe(403);
    const out = await post("/mine/logout", { csrf }, { Cookie });
    expect([out.status, out.headers.get("Location")]).toEqual([303, "/mine/login"]);
    expect(out.headers.get("Set-Cookie")).toMatch(/^sluice-session=; Max-Age=0/);
    expect(await (await as("u1", "/usage")).text()).not.toContain("Log out");
  });

  test("says in words that the database is away, and goes on without the backend", async () => {
    it.database.failWith(new Error("secret.db is locked"));
    for (const path of ["/usage", "/usage/api"]) {
      const answer = await as("u1", path);
      expect([path, answer.status, await answer.text()]).toEqual([path, 503, expect.not.stringMatching(/secret/)]);
    }
    it.database.failWith(undefined);
    const failing = await testConsole({ backend: { ...it.backend, consume: () => Promise.reject(new Error("lost")) } });
    const told = await (await failing.app.request("/usage/api", { headers: { "x-user": "u1" } })).json();
    expect(told.quota[0]).toMatchObject({ limit: "api", units: 60, because: expect.any(String) });
    expect(told.quota[0]).not.toHaveProperty("used");
    failing.close();
  });

  test("names its mistakes", () => {
    const codeOf = (options: object): string | undefined => {
      try {
        usage(options as UsageOptions);
        return undefined;
      } catch (error) {
        return isConfigError(error) ? error.code : String(error);
      }
    };
    expect(codeOf({})).toBe("SLUICE_OPTION_MISSING");
    expect(codeOf({ usr: 1 })).toBe("SLUICE_OPTION_UNKNOWN");
    expect(codeOf({ db: {} })).toBe("SLUICE_OPTION_TYPE");
  });
});
