import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import * as schema from "@sluice/feeds/schema";
import { and, desc, eq, isNotNull, isNull } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { forgetOldEntries } from "../../feeds/src/gathering/old-entries.ts";
import { migrations } from "./feeds.ts";
import { dayMs, hourMs, reading } from "./reading.ts";
import { rss } from "./subscribed.ts";

const { signal } = new AbortController();
const { entries, feeds } = schema;

/** As many items without dates, the newest first. */
const items = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => ({ title: `${to - n}` }));

/** A feed of the demo data, in which so many entries from elsewhere appeared, one a minute up to an instant. */
async function gathered({ db }: Awaited<ReturnType<typeof reading>>, count: number, upToMs: number) {
  const [feed] = await db.select().from(feeds).where(eq(feeds.title, "Small Orchard"));
  const feedId = feed?.id ?? "";
  for (let n = 0; n < count; n++) {
    const text = { title: `${n}`, summary: "", content: "<p>x</p>", url: null };
    const publishedAtMs = upToMs - n * 60_000;
    await db.insert(entries).values({ ...text, id: `gathered-${n}`, feedId, publishedAtMs, origin: `${feedId} ${n}` });
  }
  return feedId;
}

describe("entries from elsewhere", () => {
  test("are forgotten when they are older than thirty days and no reader is served them", async () => {
    const product = await reading(rss([]));
    const { db, send } = product;
    const nowMs = product.now();
    const feedId = await gathered(product, 450, nowMs - 29 * dayMs);
    await db
      .update(entries)
      .set({ publishedAtMs: nowMs - 900 * dayMs })
      .where(isNull(entries.origin));
    const own = await db.$count(entries, isNull(entries.origin));
    expect(await forgetOldEntries(db, nowMs, signal)).toBe(0);

    // A day later the oldest are older than thirty days, and the first fifty are served whatever their age.
    const laterMs = nowMs + dayMs - 60 * 60_000;
    expect(await forgetOldEntries(db, laterMs, signal)).toBe(450 - 60);
    const document = await (await send("/public/pro/orchard.json")).text();
    expect(await forgetOldEntries(db, laterMs + 99 * dayMs, signal)).toBe(10);
    const left = and(eq(entries.feedId, feedId), isNotNull(entries.origin));
    const titles = (await db.select().from(entries).where(left).orderBy(desc(entries.publishedAtMs))).map(
      ({ title }) => title,
    );
    expect(titles).toEqual(Array.from({ length: 50 }, (_, n) => `${n}`));
    expect(await (await send("/public/pro/orchard.json")).text()).toBe(document);
    // What their owners wrote nobody forgets.
    expect(await db.$count(entries, isNull(entries.origin))).toBe(own);
  });

  test("are told apart where all of them are of one instant", async () => {
    const product = await reading(rss([]));
    const { db, now } = product;
    await gathered(product, 120, 0);
    await db.update(entries).set({ publishedAtMs: 0 });
    expect(await forgetOldEntries(product.db, now(), signal)).toBeGreaterThanOrEqual(70);
    expect(await db.$count(entries, isNotNull(entries.origin))).toBeLessThanOrEqual(50);
    expect(await forgetOldEntries(product.db, now(), signal)).toBe(0);
  });

  test("are forgotten by an index, at most 200 with a statement, until it is told to stop", async () => {
    const product = await reading(rss([]));
    const { db, statements } = product;
    await db.update(entries).set({ publishedAtMs: 0 });
    await gathered(product, 700, 1e12);
    statements.length = 0;
    const stopped = new AbortController();
    const stopping = forgetOldEntries(db, product.now(), stopped.signal);
    setTimeout(() => stopped.abort(), 0);
    expect(await stopping).toBe(200);
    expect(await forgetOldEntries(db, product.now(), AbortSignal.abort())).toBe(0);
    expect(await forgetOldEntries(db, product.now(), signal)).toBe(450);
    const sqlite = migrated("~");
    const plan = (statement: string) => {
      const values = Array.from(statement.matchAll(/\?/g), () => 1);
      return sqlite.prepare(`explain query plan ${statement}`).all(...values);
    };
    const deleting = statements.filter((one) => one.startsWith("delete"));
    expect(deleting).toHaveLength(4);
    const steps = deleting.flatMap(plan).map(({ detail }) => String(detail));
    expect(steps.filter((step) => /^SCAN (?!given)/.test(step) || /TEMP B-TREE/.test(step))).toEqual([]);
    expect(steps).toContain("SEARCH old USING INDEX entries_gathered (feed_id=? AND published_at_ms<?)");
    expect(steps).toContain("SEARCH entries USING COVERING INDEX entries_feed_published (feed_id=?)");
    sqlite.close();
  });
});

describe("what is forgotten here and still listed there", () => {
  test("does not come again", async () => {
    const { subscribe, url, run, answer, db, now, titles } = await reading(rss(items(1, 100)));
    await subscribe(url);
    expect((await run()).entries).toBe(100);
    expect((await run(40 * dayMs)).entries).toBe(0);
    const forgotten = await forgetOldEntries(db, now(), signal);
    expect(forgotten).toBeGreaterThanOrEqual(50);
    const before = await titles();
    expect(before.length).toBe(100 - forgotten);
    expect((await run(2 * hourMs)).entries).toBe(0);
    // One is new, for which the last of the hundred makes room.
    answer(rss(items(2, 101)));
    expect((await run(2 * hourMs)).entries).toBe(1);
    expect(await titles()).toEqual(["101", ...before]);
  });

  test("also where it was not listed for a while: by mistake, or among what came meanwhile", async () => {
    const { subscribe, url, run, answer, db, now } = await reading(rss(items(1, 100)));
    await subscribe(url);
    await run();
    for (const [document, fresh] of [
      [rss([]), 0],
      [rss(items(90, 100)), 0],
      [rss(items(101, 200)), 100],
      [rss(items(201, 300)), 100],
    ] as const) {
      answer(document);
      expect((await run(20 * dayMs)).entries).toBe(fresh);
    }
    await forgetOldEntries(db, now() + 40 * dayMs, signal);
    expect(await db.$count(entries, isNotNull(entries.origin))).toBeLessThanOrEqual(50);
    answer(rss(items(1, 100)));
    expect((await run(40 * dayMs)).entries).toBe(0);
    const [row] = await db.select().from(schema.subscriptions);
    expect(row?.listed).toHaveLength(300);
  });

  test("is known after the migration, too", () => {
    const sqlite = migrated("0003");
    sqlite.exec(`
      insert into users (id, username, plan, role, token_hash, created_at_ms) values ('u', 'u', 'free', 'member', '', 0);
      insert into feeds (id, owner_id, slug, title, description, created_at_ms) values ('f', 'u', 'f', '', '', 0);
      insert into subscriptions (id, user_id, url, feed_id, next_fetch_at_ms, created_at_ms) values ('s', 'u', 'x', 'f', 0, 0);
      insert into entries (id, feed_id, title, summary, content, published_at_ms, origin)
        values ('1', 'f', '', '', '', 1, 'older'), ('2', 'f', '', '', '', 2, 'newer'), ('3', 'f', '', '', '', 3, null);`);
    sqlite.exec(readFileSync(`${migrations}0004_gathered.sql`, "utf8"));
    const [row] = sqlite.prepare("select listed from subscriptions").all();
    expect(JSON.parse(String(row?.["listed"]))).toEqual(["newer", "older"]);
    sqlite.close();
  });
});

/** A database with the app's migrations up to those that begin so. */
function migrated(upTo: string): DatabaseSync {
  const sqlite = new DatabaseSync(":memory:");
  const files = readdirSync(migrations).filter((name) => name.endsWith(".sql") && name.slice(0, 4) <= upTo);
  for (const file of files.sort()) sqlite.exec(readFileSync(`${migrations}${file}`, "utf8"));
  return sqlite;
}
