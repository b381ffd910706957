import * as schema from "@sluice/feeds/schema";
import { describe, expect, test } from "vitest";
import { startFeeds } from "./feeds.ts";

describe("a public feed", () => {
  test.each([
    ["/public/pro/news", {}, "application/rss+xml; charset=utf-8", "<rss "],
    ["/public/pro/news", { Accept: "application/atom+xml" }, "application/atom+xml; charset=utf-8", "<feed "],
    ["/public/pro/news", { Accept: "application/feed+json" }, "application/feed+json; charset=utf-8", "jsonfeed.org"],
    ["/public/pro/news.rss", { Accept: "application/atom+xml" }, "application/rss+xml; charset=utf-8", "<rss "],
    ["/public/pro/news.atom", {}, "application/atom+xml; charset=utf-8", "<feed "],
    ["/public/pro/news.json", {}, "application/feed+json; charset=utf-8", "jsonfeed.org"],
  ])("%s with %j is %s", async (path, headers, type, start) => {
    const { send } = await startFeeds();
    const response = await send(path, { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe(type);
    expect(response.headers.get("Vary")).toBe("Accept");
    expect(response.headers.get("Cache-Control")).toBe("public, max-age=3600");
    expect(response.headers.get("Last-Modified")).toBe("Fri, 27 Mar 2026 06:30:00 GMT");
    expect(response.headers.get("ETag")).toMatch(/^"[0-9a-f]{32}"$/);
    const body = await response.text();
    expect(body).toContain(start);
    expect(body).toContain("Blossom frost");
    expect(Number(response.headers.get("Content-Length"))).toBe(new TextEncoder().encode(body).length);
  });

  test("is the same from every instance", async () => {
    const [one, two] = [await startFeeds(), await startFeeds()];
    const tags = [await one.send("/public/pro/news"), await two.send("/public/pro/news")].map(({ headers }) =>
      headers.get("ETag"),
    );
    expect(tags[0]).toBe(tags[1]);
  });

  test("is not sent again to a reader that has it; the answer repeats what a cache needs", async () => {
    const { send } = await startFeeds();
    const full = await send("/public/pro/news");
    const validators = ["ETag", "Last-Modified", "Cache-Control", "Vary"].map((name) => [name, full.headers.get(name)]);
    for (const headers of [
      { "If-None-Match": full.headers.get("ETag") ?? "" },
      { "If-None-Match": `W/${full.headers.get("ETag")}, "x"` },
      { "If-None-Match": "*" },
      { "If-Modified-Since": full.headers.get("Last-Modified") ?? "" },
    ]) {
      const response = await send("/public/pro/news", { headers });
      expect(response.status).toBe(304);
      expect(await response.text()).toBe("");
      expect(validators.map(([name]) => [name, response.headers.get(name ?? "")])).toEqual(validators);
    }
    const other = { "If-None-Match": '"x"', "If-Modified-Since": full.headers.get("Last-Modified") ?? "" };
    expect((await send("/public/pro/news", { headers: other })).status).toBe(200);
  });

  test("answers HEAD with the headers of GET", async () => {
    const { send } = await startFeeds();
    const [get, head] = [await send("/public/pro/news"), await send("/public/pro/news", { method: "HEAD" })];
    expect(head.status).toBe(200);
    expect(await head.text()).toBe("");
    expect([...head.headers]).toEqual([...get.headers]);
  });

  test("changes its tag when an entry is published", async () => {
    const { send, as, clock } = await startFeeds();
    const etag = (await send("/public/pro/news")).headers.get("ETag") ?? "";
    await as("pro", "/api/feeds/news/entries", { title: "Fresh & new", content: "<p>Today</p>" });
    const response = await send("/public/pro/news", { headers: { "If-None-Match": etag } });
    expect(response.status).toBe(200);
    expect(response.headers.get("Last-Modified")).toBe(new Date(clock.nowMs).toUTCString());
    expect(await response.text()).toContain("Fresh & new");
  });

  test("names the address people use", async () => {
    const { send } = await startFeeds({ publicUrl: "https://feeds.example" });
    const body = await (await send("/public/pro/news")).text();
    expect(body).toContain('href="https://feeds.example/public/pro/news.rss"');
    expect(body).not.toContain("localhost");
  });

  test("shows the newest fifty entries", async () => {
    const { send, as, db, clock } = await startFeeds();
    await as("free", "/api/feeds", { slug: "long", title: "Long" });
    const [feed] = (await db.select().from(schema.feeds)).filter(({ slug }) => slug === "long");
    for (let n = 0; n < 60; n++) {
      const entry = { id: crypto.randomUUID(), feedId: feed?.id ?? "", title: `No. ${n}`, summary: "", content: "x" };
      await db.insert(schema.entries).values({ ...entry, publishedAtMs: clock.nowMs + n });
    }
    const { items } = (await (await send("/public/free/long.json")).json()) as { items: { title: string }[] };
    expect(items).toHaveLength(50);
    expect(items[0]?.title).toBe("No. 59");
  });
});

describe("the access log", () => {
  test("has a line for every read of a feed, refused ones included, and none for feeds that do not exist", async () => {
    const { send, db, flush, clock } = await startFeeds();
    const etag = (
      await send("/public/free/news", { headers: { "User-Agent": "reader/1" } }, "2001:db8::1")
    ).headers.get("ETag");
    await send("/public/free/news", { headers: { "If-None-Match": etag ?? "" } });
    for (let n = 0; n < 20; n++) await send("/public/free/news");
    await send("/public/free/olds");
    await send("/public/pro/news", { headers: { "User-Agent": "x".repeat(2_000) } });
    await flush();
    const rows = await db.select().from(schema.feedAccess);
    const freeId = "5eed0000-0000-8000-8000-000000000001";
    expect(rows[0]).toEqual({
      id: 1,
      feedId: freeId,
      ownerId: "5eed0000-0000-8000-8000-000000000000",
      atMs: clock.nowMs,
      address: "2001:db8::1",
      isPseudonym: false,
      userAgent: "reader/1",
      status: 200,
      decision: "allowed",
    });
    expect(rows[1]).toMatchObject({ address: "192.0.2.1", userAgent: "", status: 304 });
    expect(rows.map(({ status }) => status).filter((status) => status === 429)).toHaveLength(5);
    expect(rows.filter(({ decision }) => decision === "denied").map(({ status }) => status)).toEqual(
      Array(5).fill(429),
    );
    expect(rows.at(-1)?.userAgent).toHaveLength(512);
    expect(rows).toHaveLength(23);
  });

  test("does not delay an answer, and its failure is logged and spoils nothing", async () => {
    const tasks: (() => Promise<void>)[] = [];
    const { send, db, flush, log } = await startFeeds({ background: (task) => tasks.push(task) });
    expect((await send("/public/pro/news")).status).toBe(200);
    expect((await send("/public/pro/news")).status).toBe(200);
    expect(await db.select().from(schema.feedAccess)).toHaveLength(0);
    await flush();
    expect(await db.select().from(schema.feedAccess)).toHaveLength(2);

    await db.run("alter table sluice_feed_access rename to elsewhere");
    expect((await send("/public/pro/news")).status).toBe(200);
    await flush();
    expect(log.filter(({ level }) => level === "error")).toMatchObject([{ message: "records are in trouble" }]);
    await db.run("alter table elsewhere rename to sluice_feed_access");
    await flush();
    expect(await db.select().from(schema.feedAccess)).toHaveLength(3);
  });
});
