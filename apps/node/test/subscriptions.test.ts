import * as schema from "@sluice/feeds/schema";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { startFeeds } from "./feeds.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used.
const json = async (response: Response): Promise<any> => await response.json();
const path = "/api/subscriptions";
const url = "https://news.example/feed.xml";

describe("subscriptions", () => {
  test("are begun, found at their Location, listed, and ended", async () => {
    const { as, send } = await startFeeds();
    const made = await as("pro", path, { url: " HTTPS://News.Example/feed.xml#top ", feed: "news" });
    expect(made.status).toBe(201);
    const subscription = await json(made);
    expect(subscription).toEqual({
      ...{ id: expect.any(String), url, feed: "news", title: null },
      ...{ lastStatus: null, lastError: null, lastFetchAt: null },
      nextFetchAt: "2026-06-01T00:00:00.000Z",
      createdAt: "2026-06-01T00:00:00.000Z",
    });
    const location = made.headers.get("Location") ?? "";
    expect(location).toBe(`${path}/${subscription.id}`);
    expect(await json(await as("pro", location))).toEqual(subscription);
    expect(await json(await as("pro", path))).toEqual({ subscriptions: [subscription], nextCursor: null });

    const end = { method: "DELETE", headers: { Authorization: "Bearer demo-pro" } };
    const ended = await send(location, end);
    expect(ended.status).toBe(204);
    expect(await ended.text()).toBe("");
    expect((await send(location, end)).status).toBe(404);
    expect((await as("pro", location)).status).toBe(404);
    expect(await json(await as("pro", path))).toEqual({ subscriptions: [], nextCursor: null });
    expect((await as("pro", path, { url, feed: "news" })).status).toBe(201);
  });

  test("are one for each address, whichever feed it is for", async () => {
    const { as } = await startFeeds();
    await as("pro", "/api/feeds", { slug: "other", title: "Other" });
    expect((await as("pro", path, { url, feed: "news" })).status).toBe(201);
    const again = await as("pro", path, { url, feed: "other" });
    expect(again.status).toBe(409);
    expect((await json(again)).detail).toBe(`You already subscribe to ${url}.`);
    expect((await as("free", path, { url, feed: "news" })).status).toBe(201);
  });

  test("are into one's own feeds, and nobody else's business", async () => {
    const { as, send } = await startFeeds();
    await as("pro", "/api/feeds", { slug: "cider", title: "Cider" });
    const none = await as("free", path, { url, feed: "cider" });
    expect(none.status).toBe(404);
    expect((await json(none)).detail).toBe("You have no feed of this slug.");
    const { id } = await json(await as("pro", path, { url, feed: "cider" }));
    expect((await as("free", `${path}/${id}`)).status).toBe(404);
    const headers = { Authorization: "Bearer demo-free" };
    expect((await send(`${path}/${id}`, { method: "DELETE", headers })).status).toBe(404);
    expect((await as("pro", `${path}/${id}`)).status).toBe(200);
    expect((await json(await as("free", path))).subscriptions).toEqual([]);
    expect((await send(path)).status).toBe(401);
    expect((await send(`${path}/${id}`, { method: "DELETE" })).status).toBe(401);
  });

  test("are at most a hundred, also where many are begun at once", async () => {
    const { as } = await startFeeds();
    const begin = (n: number) =>
      as("enterprise", path, { url: `https://news.example/${n}`, feed: "news" }, `192.0.2.${n}`);
    const statuses = await Promise.all(Array.from({ length: 110 }, (_, n) => begin(n).then(({ status }) => status)));
    expect(statuses.filter((status) => status === 201)).toHaveLength(100);
    expect(statuses.filter((status) => status === 409)).toHaveLength(10);
    // That somebody else subscribes to it is no news to this user.
    await as("free", path, { url: "https://news.example/200", feed: "news" });
    const full = await begin(200);
    expect((await json(full)).detail).toMatch(/^You have 100 subscriptions, and there can be no more/);
  });

  test("come in pages that skip and repeat nothing, even those of one instant", async () => {
    const { as } = await startFeeds();
    for (let n = 0; n < 7; n++) await as("pro", path, { url: `https://news.example/${n}`, feed: "news" });
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: { subscriptions: { url: string }[]; nextCursor: string | null } = await json(
        await as("pro", `${path}?limit=3${cursor && `&cursor=${cursor}`}`),
      );
      seen.push(...page.subscriptions.map((one) => one.url));
      cursor = page.nextCursor;
    }
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
  });

  test("end with the feed they are for", async () => {
    const { as, db } = await startFeeds();
    await as("pro", path, { url, feed: "news" });
    const [row] = await db.select().from(schema.subscriptions);
    await db.delete(schema.feeds).where(eq(schema.feeds.id, row?.feedId ?? ""));
    expect(await db.select().from(schema.subscriptions)).toEqual([]);
  });

  test("spend the user's quota as every request does", async () => {
    const { as } = await startFeeds();
    for (let n = 0; n < 60; n++) expect((await as("free", path)).status).toBe(200);
    const refused = await as("free", path, { url, feed: "news" });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("RateLimit")).toContain('"api";r=0');
  });
});

describe("what cannot be subscribed to is refused with the name of the field", () => {
  test.each<[title: string, body: unknown, fields: string[]]>([
    ["nothing", {}, ["url", "feed"]],
    ["no feed", { url }, ["feed"]],
    ["no slug", { url, feed: "NEWS" }, ["feed"]],
    ["a number", { url: 1, feed: "news" }, ["url"]],
    ["no address", { url: "news.example", feed: "news" }, ["url"]],
    ["another scheme", { url: "ftp://news.example/", feed: "news" }, ["url"]],
    ["a file", { url: "file:///etc/passwd", feed: "news" }, ["url"]],
    ["a script", { url: "javascript:alert(1)", feed: "news" }, ["url"]],
    ["a user", { url: "https://me@news.example/", feed: "news" }, ["url"]],
    ["a password", { url: "https://me:secret@news.example/", feed: "news" }, ["url"]],
    ["a long address", { url: `https://news.example/${"x".repeat(2_048)}`, feed: "news" }, ["url"]],
    [
      "an address that is long once it is escaped",
      { url: `https://news.example/${"é".repeat(1_000)}`, feed: "news" },
      ["url"],
    ],
    ["this machine", { url: "http://localhost:8787/", feed: "news" }, ["url"]],
    ["this machine by number", { url: "http://2130706433/", feed: "news" }, ["url"]],
    ["this machine by IPv6", { url: "http://[::ffff:7f00:1]/", feed: "news" }, ["url"]],
    ["the metadata of a cloud", { url: "http://169.254.169.254/latest/", feed: "news" }, ["url"]],
    ["something more", { url, feed: "news", etag: "x" }, [""]],
  ])("%s", async (_, body, fields) => {
    const { as, db } = await startFeeds();
    const response = await as("pro", path, body);
    expect(response.status).toBe(400);
    const problem = await json(response);
    expect(problem.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
    expect(JSON.stringify(problem)).not.toContain("secret");
    expect(await db.select().from(schema.subscriptions)).toEqual([]);
  });

  test.each(["limit=0", "limit=101", "cursor=x", "cursor=1_'or'1'='1"])("a page by %s", async (query) => {
    const { as } = await startFeeds();
    expect((await as("pro", `${path}?${query}`)).status).toBe(400);
  });

  test("a path that cannot exist is none", async () => {
    const { as, send } = await startFeeds();
    expect((await as("pro", `${path}/x`)).status).toBe(404);
    const headers = { Authorization: "Bearer demo-pro" };
    expect((await send(`${path}/x'--`, { method: "DELETE", headers })).status).toBe(404);
  });

  test("but for what is private, where that is allowed", async () => {
    const { as } = await startFeeds({ allowPrivateFetch: true });
    expect((await as("pro", path, { url: "http://localhost:8787/", feed: "news" })).status).toBe(201);
    expect((await as("pro", path, { url: "http://me@localhost:8787/", feed: "news" })).status).toBe(400);
  });
});

test("scripts of every origin may end subscriptions", async () => {
  const { send } = await startFeeds();
  const headers = { Origin: "https://elsewhere.example", "Access-Control-Request-Method": "DELETE" };
  const preflight = await send(`${path}/x`, { method: "OPTIONS", headers });
  expect(preflight.headers.get("Access-Control-Allow-Methods")).toContain("DELETE");
});
