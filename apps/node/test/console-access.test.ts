/** Who may come into the console of the product, and into a user's own page: what a session is worth when its user changes. */

import { noop } from "@sluice/core/noop";
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

test("wrong tokens are counted while limits are off, of both logins together, and lock nobody else", async () => {
  const feeds = await startFeeds({ backend: noop() });
  for (let n = 0; n < 4; n++) expect((await login(feeds, "/usage", "a guess")).status).toBe(401);
  expect((await login(feeds, "/admin", "demo-free")).status).toBe(429);
  expect((await login(feeds, "/usage", "demo-free")).status).toBe(429);
  expect((await login(feeds, "/usage", "demo-free", {}, "192.0.2.2")).status).toBe(303);
  expect(JSON.stringify(feeds.log)).not.toMatch(/a guess|demo-free/);
});
