import * as schema from "@sluice/feeds/schema";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { startFeeds } from "./feeds.ts";

const granted = { grantedBy: "admin", createdAtMs: 0, reviewedAtMs: 0, reviewedBy: "admin" };

const json = async (response: Response) => (await response.json()) as Record<string, unknown>;

describe("the API's limits", () => {
  test("a Free user gets 60 in a burst, then 429 until exactly the promised instant", async () => {
    const { as, clock } = await startFeeds();
    for (let n = 1; n <= 60; n++) expect((await as("free", "/api/me")).status, `request ${n}`).toBe(200);
    const refused = await as("free", "/api/me");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("Content-Type")).toBe("application/problem+json");
    expect(refused.headers.get("Retry-After")).toBe("1");
    expect(await json(refused)).toMatchObject({ status: 429, "violated-policies": ["api"] });
    clock.nowMs += 999;
    expect((await as("free", "/api/me")).status).toBe(429);
    clock.nowMs += 1;
    expect((await as("free", "/api/me")).status).toBe(200);
    expect((await as("free", "/api/me")).status).toBe(429);
  });

  test("a Pro user gets 180, from however many addresses", async () => {
    const { as } = await startFeeds();
    const addresses = ["192.0.2.1", "192.0.2.2"];
    for (let n = 0; n < 180; n++) expect((await as("pro", "/api/feeds", undefined, addresses[n % 2])).status).toBe(200);
    expect((await as("pro", "/api/feeds", undefined, addresses[0])).status).toBe(429);
  });

  test("a 429 can be read by scripts of other origins, and preflights are free", async () => {
    const { as, send } = await startFeeds();
    for (let n = 0; n < 60; n++) await as("free", "/api/me");
    const headers = { Authorization: "Bearer demo-free", Origin: "https://app.example" };
    const refused = await send("/api/me", { headers });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(refused.headers.get("Access-Control-Expose-Headers")).toMatch(/RateLimit.*Retry-After/);
    const asked = { Origin: "https://app.example", "Access-Control-Request-Method": "POST" };
    const preflight = await send("/api/feeds", { method: "OPTIONS", headers: asked });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("RateLimit")).toBeNull();
    expect(preflight.headers.get("Access-Control-Allow-Headers")).toBe("Authorization,Content-Type");
  });

  test("the 101st request of an address is refused before its token is looked at, whatever the others were", async () => {
    const { as, send, statements } = await startFeeds();
    const paths = ["/api/me", "/api/nothing-here", "/api"];
    for (let n = 0; n < 100; n++) expect((await send(paths[n % 3] ?? "")).status).toBe(401);
    statements.length = 0;
    const refused = await as("pro", "/api/me");
    expect(refused.status).toBe(429);
    expect(await json(refused)).toMatchObject({ "violated-policies": ["ip"] });
    expect(statements).toEqual([]);
    expect((await as("pro", "/api/me", undefined, "192.0.2.2")).status).toBe(200);
  });

  test("an override counts instead of the plan, until it expires", async () => {
    const { as, db } = await startFeeds();
    const grant = {
      limitName: "api",
      note: "a fair",
      grantedBy: "admin",
      createdAtMs: 0,
      reviewedAtMs: 0,
      reviewedBy: "admin",
    };
    const { users } = schema;
    const rows = await db.select().from(users);
    const idOf = (name: string) => rows.find(({ username }) => username === name)?.id ?? "";
    await db.insert(schema.overrides).values([
      { ...grant, userId: idOf("free"), units: null },
      { ...grant, userId: idOf("pro"), units: 2 },
      { ...grant, userId: idOf("enterprise"), units: 0 },
      { ...grant, userId: idOf("admin"), units: 1, expiresAtMs: 1 },
      { ...grant, userId: idOf("pro"), limitName: "publicFeed", units: 1 },
    ]);
    for (let n = 0; n < 61; n++) expect((await as("free", "/api/me", undefined, `192.0.2.${n}`)).status).toBe(200);
    expect((await as("pro", "/api/me")).status).toBe(200);
    expect((await as("pro", "/api/me")).status).toBe(200);
    expect((await as("pro", "/api/me")).status).toBe(429);
    expect((await as("enterprise", "/api/me")).status).toBe(403);
    for (let n = 0; n < 3; n++) expect((await as("admin", "/api/me")).status).toBe(200);
    await db.delete(schema.overrides).where(eq(schema.overrides.userId, idOf("free")));
  });
});

describe("a block", () => {
  test("is told to the user as one of the account, and to readers of the feeds not at all", async () => {
    const { as, send, db } = await startFeeds();
    const [user] = await db.select().from(schema.users).where(eq(schema.users.username, "pro"));
    const block = { ...granted, userId: user?.id ?? "", limitName: "*", units: 0, note: "spam", expiresAtMs: 9e12 };
    await db.insert(schema.overrides).values(block);
    const api = await as("pro", "/api/me");
    expect([api.status, await json(api)]).toEqual([
      403,
      {
        type: "about:blank",
        title: "This account is blocked",
        status: 403,
        detail: "This account is blocked (api).",
        "violated-policies": ["api"],
      },
    ]);
    const trpc = await as("pro", "/trpc/me");
    expect([trpc.status, await json(trpc)]).toMatchObject([
      403,
      { error: { message: "This account is blocked (api).", data: { code: "FORBIDDEN", reason: "blocked" } } },
    ]);
    const feed = await send("/public/pro/news");
    expect([feed.status, feed.headers.get("Retry-After"), await feed.text()]).toEqual([
      403,
      null,
      "This feed is not available.\n",
    ]);
  });
});

describe("an override that makes no sense", () => {
  test.each([1.5, 1e15])("%d a minute: the plan's own limit holds, and somebody hears of it", async (perMinute) => {
    const { as, db, log } = await startFeeds();
    const [user] = await db.select().from(schema.users).where(eq(schema.users.username, "enterprise"));
    const override = { limitName: "api", units: perMinute, note: "-", ...granted };
    await db.insert(schema.overrides).values({ ...override, userId: user?.id ?? "" });
    expect((await as("enterprise", "/api/me")).headers.get("RateLimit-Policy")).toContain('"api";q=600;w=60');
    expect(log.filter(({ level }) => level === "error")).toMatchObject([
      { fields: { err: { code: "SLUICE_PLAN_OVERRIDE" } } },
    ]);
  });
});

describe("the public feeds' limits", () => {
  test("the readers of a Free feed get 17 together, then 429 as text, and other owners' readers notice nothing", async () => {
    const { send } = await startFeeds();
    for (let n = 1; n <= 17; n++) expect((await send("/public/free/news", {}, `192.0.2.${n}`)).status).toBe(200);
    const refused = await send("/public/free/news.atom", {}, "192.0.2.99");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("Content-Type")).toMatch(/^text\/plain/);
    expect(refused.headers.get("Retry-After")).toBe("4");
    expect(refused.headers.get("Cache-Control")).toBe("no-store");
    expect((await send("/public/pro/news")).status).toBe(200);
  });

  test("a conditional read that is answered 304 costs a tenth", async () => {
    const { send } = await startFeeds();
    const etag = (await send("/public/free/news")).headers.get("ETag") ?? "";
    const conditional = () => send("/public/free/news", { headers: { "If-None-Match": etag } });
    for (let n = 1; n <= 160; n++) expect((await conditional()).status, `read ${n}`).toBe(304);
    expect((await conditional()).status).toBe(429);
  });

  test("a conditional read that gets a full answer costs the whole unit after all", async () => {
    const { send } = await startFeeds();
    const stale = () => send("/public/free/news", { headers: { "If-None-Match": '"old"' } });
    for (let n = 1; n <= 17; n++) expect((await stale()).status).toBe(200);
    expect((await stale()).status).toBe(429);
  });

  test("guessing names is charged to the guesser's address, reading known feeds is not", async () => {
    const { send, statements } = await startFeeds();
    for (let n = 1; n <= 17; n++) await send("/public/free/news");
    expect((await send("/public/free/news")).status).toBe(429);
    const guesses = ["/public/free/olds", "/public/nobody/news", "/public/free/news.xml", "/public/%00/news.rss"];
    for (let n = 0; n < 100; n++) {
      const guess = await send(guesses[n % 4] ?? "");
      expect(guess.status).toBe(404);
      expect(guess.headers.get("RateLimit")).toMatch(new RegExp(`^"ip";r=${99 - n};`));
    }
    statements.length = 0;
    expect((await send("/public/free/olds")).status).toBe(429);
    expect((await send("/public/pro/news")).status).toBe(200);
    expect((await send("/public/free/olds", {}, "192.0.2.2")).status).toBe(404);
  });
});
