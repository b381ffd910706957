/** Who may come into the console of the product, and into a user's own page: what a session is worth when its user changes. */

import { DatabaseSync } from "node:sqlite";
import { forwarded } from "@sluice/core";
import { noop } from "@sluice/core/noop";
import { sqlite } from "@sluice/core/sqlite";
import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { startFeeds } from "./feeds.ts";

type Feeds = Awaited<ReturnType<typeof startFeeds>>;

const login = (feeds: Feeds, mount: string, token: string, headers: Record<string, string> = {}, from?: string) =>
  feeds.send(`${mount}/login`, { method: "POST", body: new URLSearchParams({ token }), headers }, from);

const cookieOf = (answer: Response): string => answer.headers.get("Set-Cookie")?.split(";")[0] ?? "";

describe("a session", () => {
  test("is worth what its user may at every request, and no more", async () => {
    const feeds = await startFeeds();
    const Cookie = cookieOf(await login(feeds, "/admin", "demo-admin"));
    const status = async (path: string): Promise<number> => (await feeds.send(path, { headers: { Cookie } })).status;
    expect([await status("/admin/api/plans"), await status("/usage/api")]).toEqual([200, 200]);
    await feeds.db.run(sql`update users set role = 'member' where username = 'admin'`);
    expect([await status("/admin/api/plans"), await status("/usage/api")]).toEqual([401, 200]);
    await feeds.db.run(sql`update users set username = 'gone' where username = 'admin'`);
    expect([await status("/admin/api/plans"), await status("/usage/api")]).toEqual([401, 401]);
  });

  test("of a member opens /usage, and no token opens /admin by itself", async () => {
    const feeds = await startFeeds();
    const Cookie = cookieOf(await login(feeds, "/usage", "demo-free"));
    expect(await (await feeds.send("/usage", { headers: { Cookie } })).text()).toContain('action="/usage/logout"');
    expect((await feeds.send("/admin/api/plans", { headers: { Cookie } })).status).toBe(401);
    for (const user of ["free", "admin"]) expect((await feeds.as(user, "/admin/api/plans")).status).toBe(401);
  });

  test("begins on the address people use, and its cookie is for https alone where that is", async () => {
    const feeds = await startFeeds({ publicUrl: "https://feeds.example" });
    const begun = await login(feeds, "/admin", "demo-admin", { Origin: "https://feeds.example" });
    expect([begun.status, begun.headers.get("Set-Cookie")]).toEqual([303, expect.stringMatching(/^__Host-.*; Secure/)]);
    expect((await login(feeds, "/usage", "demo-free", { Origin: "https://evil.example" })).status).toBe(403);
  });
});

test("while limits are off, the console names what failed logins are counted on, and that it is theirs", async () => {
  const loginBackend = sqlite(new DatabaseSync(":memory:"));
  const feeds = await startFeeds({ backend: noop(), loginBackend });
  const Cookie = cookieOf(await login(feeds, "/admin", "demo-admin"));
  const standings = (await (await feeds.send("/admin/api/standings", { headers: { Cookie } })).json()) as object[];
  expect(standings.at(-1)).toMatchObject({
    ...{ title: "Failed logins, which have a count of their own", limiters: ["login"], backend: "sqlite" },
    // Of the one that decides; the process counts only while that one fails.
    ...{ scope: "machine", exact: true, isEnabled: true },
  });
});

test("wrong tokens are counted while limits are off, of both logins together, and lock nobody else", async () => {
  const feeds = await startFeeds({ backend: noop() });
  for (let n = 0; n < 4; n++) expect((await login(feeds, "/usage", "a guess")).status).toBe(401);
  expect((await login(feeds, "/admin", "demo-free")).status).toBe(429);
  expect((await login(feeds, "/usage", "demo-free")).status).toBe(429);
  expect((await login(feeds, "/usage", "demo-free", {}, "192.0.2.2")).status).toBe(303);
  expect(JSON.stringify(feeds.log)).not.toMatch(/a guess|demo-free/);
});

describe("whoever comes past the proxies, without an address", () => {
  const past = () => startFeeds({ source: forwarded({ trustedProxies: 1 }) });

  test("gets the login and their own page in a browser", async () => {
    const feeds = await past();
    const Cookie = cookieOf(await login(feeds, "/usage", "demo-free"));
    const page = await feeds.send("/usage", { headers: { Cookie } });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('action="/usage/logout"')]);
    const stranger = await feeds.send("/usage");
    expect([stranger.status, stranger.headers.get("Location")]).toEqual([303, "/usage/login"]);
    expect((await feeds.send("/usage/login")).status).toBe(200);
  });

  test("gets no further with a token, nor where programs ask", async () => {
    const feeds = await past();
    for (const answer of [await feeds.as("free", "/usage"), await feeds.send("/usage/api")]) {
      expect([answer.status, await answer.json()]).toEqual([
        403,
        expect.objectContaining({ title: expect.any(String) }),
      ]);
    }
  });

  test("shares one quota with all of them, and reads a sentence when it is spent", async () => {
    const feeds = await past();
    for (let n = 0; n < 100; n++) expect((await feeds.send("/usage/login", {}, `192.0.2.${n}`)).status).toBe(200);
    const refused = await feeds.send("/usage/login");
    expect([refused.status, refused.headers.get("Content-Type")]).toEqual([429, "text/plain; charset=utf-8"]);
    expect(await refused.text()).toMatch(/^Too many requests\. Try again in 1 second\.\n$/);
    // Who comes by the proxy has a quota of their own.
    const headers = { "X-Forwarded-For": "198.51.100.7" };
    expect((await feeds.send("/usage/login", { headers })).status).toBe(200);
  });
});
