import * as schema from "@sluice/feeds/schema";
import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { type Answer, dayMs, hourMs, reading } from "./reading.ts";
import { minuteMs, rss } from "./subscribed.ts";

describe("entries of elsewhere", () => {
  test("appear in the subscriber's feed: in the API, in public, in digests; each once", async () => {
    const old = { title: "Old", atMs: Date.UTC(2020, 0, 1) };
    const { subscribe, url, run, answer, titles, send, db, now, row, deps } = await reading(rss([{ title: "B" }, old]));
    const id = await subscribe(url);
    expect(await run()).toEqual({ fetched: 1, entries: 2, failed: 0, postponed: 0 });
    expect(await titles()).toEqual(["B", "Old"]);
    expect(await row()).toMatchObject({ id, title: "Elsewhere", lastStatus: 200, lastError: null, failures: 0 });
    const document = await (await send("/public/pro/news.rss")).text();
    expect(document).toContain("About B");

    await db
      .insert(schema.digestFeeds)
      .select(sql`select user_id, ${(await row()).feedId} from digest_subscriptions where true`)
      .onConflictDoNothing();
    const digested = now();
    await db.update(schema.digestSubscriptions).set({ lastDigestAtMs: digested });
    // Dated before the last digest, found after it: it is news all the same.
    answer(
      rss([
        { title: "C", atMs: digested - hourMs },
        { title: "Future", atMs: digested + 900 * dayMs },
        { title: "B" },
        old,
        { title: "Ancient", atMs: 0 },
      ]),
    );
    expect(await run(2 * hourMs)).toEqual({ fetched: 1, entries: 3, failed: 0, postponed: 0 });
    expect(await titles()).toEqual(["C", "Future", "B", "Old", "Ancient"]);
    const entries = await db.select().from(schema.entries);
    expect(entries.filter(({ publishedAtMs }) => publishedAtMs > now())).toEqual([]);

    const { aggregate } = await import("../../feeds/src/jobs/aggregate.ts");
    await aggregate({ db, publicUrl: undefined, now: () => now() + dayMs }, new AbortController().signal);
    const bodies = (await db.select().from(schema.messages)).map(({ body }) => body).join();
    expect(bodies).toContain("* C");
    expect(bodies).not.toContain("* B");
    expect(deps.logger).toBeDefined();
  });

  test("are text, whatever they say they are", async () => {
    const item =
      "<item><title>&lt;script&gt;x&lt;/script&gt;T</title><guid>1</guid><description>&lt;p onclick=x&gt;a&lt;/p&gt;&lt;img src=x onerror=y&gt;&amp;lt;b&amp;gt;</description></item>";
    const { subscribe, url, run, db } = await reading(`<rss><channel>${item}</channel></rss>`);
    await subscribe(url);
    await run();
    const [entry] = await db.select().from(schema.entries).where(eq(schema.entries.title, "T"));
    expect(entry?.content).toBe("<p>a</p><p>&lt;b&gt;</p>");
  });

  test("of a feed that calls two alike are one, and of hundreds the newest hundred come", async () => {
    const many = Array.from({ length: 250 }, (_, n) => ({
      title: `${n}`,
      guid: `${n >> 1}`,
      atMs: Date.UTC(2020, 0, 1) + n * dayMs,
    }));
    const { subscribe, url, run, titles } = await reading(rss(many));
    await subscribe(url);
    expect((await run()).entries).toBe(50);
    expect((await titles())[0]).toMatch(/^24[89]$/);
  });

  test("go to everybody who subscribes, and are fetched once for all", async () => {
    const { subscribe, url, run, titles, requests, rows, answer } = await reading((request) =>
      request.headers["if-none-match"] === '"1"'
        ? { status: 304 }
        : { body: rss([{ title: "A" }]), headers: { ETag: '"1"' } },
    );
    for (const user of ["free", "pro"]) await subscribe(url, user);
    expect(await run()).toMatchObject({ fetched: 1, entries: 2 });
    expect(requests.map(({ headers }) => headers["user-agent"])).toEqual([
      "Sluice-feeds/0.1 (+https://feeds.example; 2 subscribers)",
    ]);
    // Who comes later has nothing yet, so that all of it is asked for, and all have the same schedule from then on.
    await subscribe(url, "enterprise");
    expect(await run(minuteMs)).toMatchObject({ fetched: 1, entries: 1 });
    expect(requests[1]?.headers["if-none-match"]).toBeUndefined();
    expect(new Set((await rows()).map(({ nextFetchAtMs }) => nextFetchAtMs)).size).toBe(1);
    answer((request) => ({ status: request.headers["if-none-match"] === '"1"' ? 304 : 500 }));
    expect(await run(hourMs + minuteMs)).toMatchObject({ fetched: 1, entries: 0 });
    expect(requests).toHaveLength(3);
    for (const user of ["free", "pro", "enterprise"]) expect(await titles(user)).toEqual(["A"]);
  });

  test("come to who subscribes while it is said that nothing is new, too", async () => {
    const { subscribe, url, run, titles, answer, rows } = await reading(() => ({
      body: rss([{ title: "A" }]),
      headers: { ETag: '"1"' },
    }));
    await subscribe(url);
    await run();
    answer(async () => {
      await subscribe(url, "free");
      return { status: 304, headers: { "Cache-Control": "max-age=86400" } };
    });
    expect(await run(hourMs)).toMatchObject({ fetched: 1, entries: 0 });
    expect((await rows()).map(({ lastStatus }) => lastStatus).sort()).toEqual([304, null]);
    answer(rss([{ title: "A" }]));
    expect(await run(5 * minuteMs)).toMatchObject({ fetched: 1, entries: 1 });
    expect(await titles("free")).toEqual(["A"]);
  });

  test("come once, also where a subscription was ended and begun again", async () => {
    const { subscribe, url, run, titles, send } = await reading(rss([{ title: "A" }]));
    const id = await subscribe(url);
    await run();
    await send(`/api/subscriptions/${id}`, { method: "DELETE", headers: { Authorization: "Bearer demo-pro" } });
    expect(await titles()).toEqual(["A"]);
    expect(await subscribe(url)).toBe(id);
    expect(await run()).toMatchObject({ fetched: 1, entries: 0 });
    expect(await titles()).toEqual(["A"]);
  });
});

describe("a feed is asked", () => {
  test("only for what is new, with the validators as they came", async () => {
    const lastModified = "Sat, 21 Nov 2026 09:30:00 GMT";
    const { subscribe, url, run, requests, answer, row } = await reading(() => ({
      body: rss([{ title: "A" }]),
      headers: { ETag: 'W/"a,b"', "Last-Modified": lastModified },
    }));
    await subscribe(url);
    await run();
    answer(() => ({ status: 304, headers: { "Cache-Control": "max-age=10800" } }));
    expect(await run(hourMs)).toEqual({ fetched: 1, entries: 0, failed: 0, postponed: 0 });
    expect(requests[1]?.headers).toMatchObject({ "if-none-match": 'W/"a,b"', "if-modified-since": lastModified });
    expect(await row()).toMatchObject({ lastStatus: 304, etag: 'W/"a,b"', lastModified, failures: 0 });
    // Not before it says so, and then again.
    await run(2 * hourMs);
    expect(requests).toHaveLength(2);
    await run(hourMs);
    expect(requests).toHaveLength(3);
  });

  test("as seldom as the feed itself wants it, also where an answer has no body to say so again", async () => {
    const daily = { body: rss([{ title: "A" }], "<ttl>1440</ttl>"), headers: { ETag: '"1"' } };
    const { subscribe, url, run, requests, answer } = await reading(() => daily);
    await subscribe(url);
    await run();
    answer(() => ({ status: 304 }));
    for (const day of [1, 2]) {
      await run(24 * hourMs - minuteMs);
      expect(requests).toHaveLength(day);
      await run(minuteMs);
      expect(requests).toHaveLength(day + 1);
    }
  });

  test("as seldom as it wants to be", async () => {
    const { subscribe, url, run, answer, restMinutes } = await reading(rss([]));
    await subscribe(url);
    const rest = async (next: Answer | string) => {
      answer(next);
      await run(2 * dayMs);
      return restMinutes();
    };
    expect(await rest(rss([]))).toBe(60);
    expect(await rest(rss([], "<ttl>180</ttl>"))).toBe(180);
    expect(await rest(rss([], "<ttl>1</ttl>"))).toBe(15);
    expect(await rest(() => ({ body: rss([]), headers: { "Cache-Control": "max-age=7200" } }))).toBe(120);
    expect(await rest(() => ({ body: rss([]), headers: { "Retry-After": "14400" } }))).toBe(240);
    expect(await rest(() => ({ body: rss([]), headers: { "Cache-Control": "max-age=99999999" } }))).toBe(24 * 60);
    expect(await rest(() => ({ status: 429, headers: { "Retry-After": "10800" } }))).toBe(180);
    expect(await rest(() => ({ status: 503, headers: { "Retry-After": "18000" } }))).toBe(300);
    expect(await rest(() => ({ status: 503, headers: { "Retry-After": "864000" } }))).toBe(24 * 60);
  });

  test("ever more seldom while it fails, and as before once it does not", async () => {
    const { subscribe, url, run, answer, restMinutes, row } = await reading(() => ({ status: 404 }));
    await subscribe(url);
    const rests: number[] = [];
    for (let n = 0; n < 4; n++) {
      expect(await run(dayMs)).toEqual({ fetched: 0, entries: 0, failed: 1, postponed: 0 });
      rests.push(await restMinutes());
    }
    expect(rests).toEqual([15, 30, 60, 120]);
    expect(await row()).toMatchObject({ lastStatus: 404, failures: 4, lastError: "It answers with the status 404." });
    answer(rss([{ title: "A" }]));
    await run(dayMs);
    expect(await row()).toMatchObject({ lastStatus: 200, failures: 0, lastError: null });
  });

  test("never again once it says that it is gone", async () => {
    const { subscribe, url, run, requests, as } = await reading(() => ({ status: 410 }));
    const id = await subscribe(url);
    await run();
    await run(400 * dayMs);
    expect(requests).toHaveLength(1);
    const told = await (await as("pro", `/api/subscriptions/${id}`)).json();
    expect(told).toMatchObject({
      lastStatus: 410,
      nextFetchAt: null,
      lastError: /gone for good/.source && expect.stringContaining("gone for good"),
    });
  });
});
