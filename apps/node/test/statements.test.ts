import * as schema from "@sluice/feeds/schema";
import { describe, expect, test } from "vitest";
import { startFeeds } from "./feeds.ts";

const feed = (n: number) => ({ slug: `feed-${n}`, title: `Feed ${n}` });
const entry = { title: "An entry", content: "<p>Some words</p>" };

/** What each route costs once the user's plan is known. Whoever changes a number here should know why. */
const routes: [method: string, path: string, body: unknown, status: number, statements: number][] = [
  ["GET", "/health", undefined, 200, 0],
  ["GET", "/api/me", undefined, 200, 1],
  ["GET", "/api/feeds?limit=100", undefined, 200, 2],
  ["POST", "/api/feeds", { slug: "fresh", title: "Fresh" }, 201, 2],
  ["POST", "/api/feeds", { slug: "news", title: "Twice" }, 409, 2],
  ["POST", "/api/feeds", { slug: "NO" }, 400, 1],
  ["GET", "/api/feeds/news", undefined, 200, 2],
  ["GET", "/api/feeds/news/entries?limit=100", undefined, 200, 3],
  ["GET", "/api/feeds/olds/entries", undefined, 404, 2],
  ["POST", "/api/feeds/news/entries", entry, 201, 3],
  ["GET", "/api/feeds/news/entries/5eed0000-0000-8000-8000-000100000002", undefined, 200, 3],
  ["GET", "/api/prospects?limit=100", undefined, 200, 2],
  ["POST", "/api/prospects", { prospects: [{ name: "One" }, { name: "Two" }] }, 201, 2],
  // It has to be found out why nothing was added.
  ["POST", "/api/prospects", { name: "One" }, 409, 3],
  ["GET", "/api/subscriptions?limit=100", undefined, 200, 2],
  ["POST", "/api/subscriptions", { url: "https://news.example/", feed: "news" }, 201, 3],
  ["POST", "/api/subscriptions", { url: "https://news.example/", feed: "news" }, 409, 4],
  ["POST", "/api/subscriptions", { url: "https://news.example/", feed: "olds" }, 404, 2],
  ["POST", "/api/subscriptions", { url: "http://127.0.0.1/", feed: "news" }, 400, 1],
  ["GET", "/api/subscriptions/5eed0000-0000-8000-8000-000100000002", undefined, 404, 2],
  // The feed and its entries.
  ["GET", "/public/pro/news", undefined, 200, 2],
  ["GET", "/public/pro/news.json", undefined, 200, 2],
  ["GET", "/public/pro/olds", undefined, 404, 1],
  ["GET", "/public/pro/NO", undefined, 404, 0],
];

async function counted(many: boolean) {
  const feeds = await startFeeds();
  const { db, as, send, flush, statements } = feeds;
  if (many) {
    const [owner] = (await db.select().from(schema.feeds)).filter(({ id }) => id.endsWith("000100000001"));
    if (owner === undefined) throw new Error("the demo data has changed");
    for (let n = 0; n < 120; n++) {
      const id = crypto.randomUUID();
      await db.insert(schema.feeds).values({ ...feed(n), id, ownerId: owner.ownerId, description: "", createdAtMs: n });
      const published = { ...entry, id, feedId: owner.id, summary: "", publishedAtMs: n };
      await db.insert(schema.entries).values(published);
      const override = {
        limitName: `limit-${n}`,
        units: n,
        note: "-",
        grantedBy: "admin",
        createdAtMs: n,
        reviewedAtMs: n,
        reviewedBy: "admin",
      };
      await db.insert(schema.overrides).values({ ...override, userId: owner.ownerId });
    }
  }
  // The plan is looked up once, here; afterwards nobody waits for it.
  await as("pro", "/api/me");
  const counts = new Map<string, number>();
  for (const [method, path, body, status] of routes) {
    statements.length = 0;
    const response = path.startsWith("/api") ? await as("pro", path, body) : await send(path, { method });
    expect(response.status, `${method} ${path}`).toBe(status);
    counts.set(`${method} ${path} ${status}`, statements.length);
  }
  // What was recorded of all of them is written together, later.
  statements.length = 0;
  await flush();
  expect(statements.length).toBeGreaterThan(0);
  expect(statements.length).toBeLessThanOrEqual(10);
  return counts;
}

describe("every route issues a fixed number of statements", () => {
  const expected = new Map(routes.map(([method, path, , status, count]) => [`${method} ${path} ${status}`, count]));

  test("with few rows", async () => {
    expect(await counted(false)).toEqual(expected);
  });

  test("with many rows", async () => {
    expect(await counted(true)).toEqual(expected);
  });

  test("and one more for a plan that is not known yet, whether or not there are overrides; the first reads the plans", async () => {
    const { as, statements } = await startFeeds();
    await as("pro", "/api/me");
    expect(statements).toHaveLength(3);
    statements.length = 0;
    await as("free", "/api/me");
    expect(statements).toHaveLength(2);
  });

  test("refused or not, a reader costs no statement on the request's time but the feed's own", async () => {
    const { send, statements } = await startFeeds();
    for (let n = 0; n < 17; n++) await send("/public/free/news");
    statements.length = 0;
    expect((await send("/public/free/news")).status).toBe(429);
    expect(statements).toHaveLength(1);
  });
});
