import * as schema from "@sluice/feeds/schema";
import type { UpstreamAnswer } from "@sluice/test-services/upstream";
import { describe, expect, test } from "vitest";
import { publicFetch } from "../src/public-fetch.ts";
import { hourMs, reading, upstream } from "./reading.ts";
import { rss, subscribed } from "./subscribed.ts";

describe("a host", () => {
  test("that says 429 is left alone with all its feeds, and others are not", async () => {
    const { subscribe, elsewhere, run, requests, rows, now } = await reading(() => ({
      status: 429,
      headers: { "Retry-After": "7200" },
    }));
    const other = await upstream(() => ({ body: rss([{ title: "Other" }]) }));
    for (let n = 0; n < 5; n++) await subscribe(`${elsewhere.url}/${n}`);
    await subscribe(`${other.url}/feed`);
    expect(await run()).toEqual({ fetched: 1, entries: 1, failed: 1, postponed: 4 });
    expect(requests).toHaveLength(1);
    const theirs = (await rows()).filter(({ url }) => url.startsWith(elsewhere.url));
    for (const { nextFetchAtMs } of theirs) expect(nextFetchAtMs - now()).toBeGreaterThan(2 * hourMs - 5_000);
    await run(hourMs);
    expect(requests).toHaveLength(1);
  });

  test("is asked one feed at a time, at a pace, and no more of them in one run than its share", {
    timeout: 60_000,
  }, async () => {
    const paceMs = 25;
    const { elsewhere, run, db, rows, subscribe } = await reading(rss([{ title: "A" }]), { paceMs });
    const other = await upstream(() => ({ body: rss([{ title: "Other" }]) }));
    await subscribe(`${elsewhere.url}/0`);
    const [first] = await rows();
    if (first === undefined) throw new Error("there is none");
    for (let n = 1; n < 500; n++)
      await db.insert(schema.subscriptions).values({ ...first, id: `${n}`, url: `${elsewhere.url}/${n}` });
    // It comes last, and need not wait for the others.
    await db
      .insert(schema.subscriptions)
      .values({ ...first, id: "other", url: other.url, nextFetchAtMs: first.nextFetchAtMs + 1 });
    let busiest = 0;
    const watching = setInterval(() => {
      busiest = Math.max(busiest, elsewhere.connections().busy);
    }, 5);
    expect(await run(1)).toMatchObject({ fetched: 51, failed: 0, postponed: 0 });
    clearInterval(watching);
    expect(other.counts().requests).toBe(1);
    expect(elsewhere.counts().requests).toBe(50);
    expect(busiest).toBeLessThanOrEqual(1);
    // A request that is late on its way may meet the one after it.
    expect(elsewhere.mostWithin(10 * paceMs)).toBeLessThanOrEqual(11);
    const left = (await rows()).filter(({ lastFetchAtMs }) => lastFetchAtMs === null);
    expect(left).toHaveLength(450);
  });

  test("that fails for every feed is not asked for all of them", async () => {
    const { subscribe, elsewhere, run, requests } = await reading(() => ({ status: 500 }));
    for (let n = 0; n < 40; n++) await subscribe(`${elsewhere.url}/${n}`, n < 20 ? "pro" : "enterprise");
    const { failed, postponed } = await run();
    expect(failed).toBe(requests.length);
    expect(failed).toBeLessThan(20);
    expect(failed + postponed).toBe(40);
  });
});

describe("redirects", () => {
  const to = (location: string, status = 302): UpstreamAnswer => ({ status, headers: { Location: location } });

  test("are followed five times, and remembered if all are for good", async () => {
    const { subscribe, elsewhere, run, requests, answer, titles, row } = await reading(({ path }) => {
      const hop = Number(path.slice(1));
      if (hop === 5) return { body: rss([{ title: "A" }]), headers: { ETag: '"5"' } };
      return to(`/${hop + 1}#x`, hop < 2 ? 301 : hop === 2 ? 308 : 302);
    });
    const id = await subscribe(`${elsewhere.url}/0`);
    expect(await run()).toMatchObject({ fetched: 1, entries: 1 });
    expect(requests.map(({ path }) => path)).toEqual(["/0", "/1", "/2", "/3", "/4", "/5"]);
    // Up to the first that is not for good.
    expect(await row()).toMatchObject({ id, url: `${elsewhere.url}/3`, etag: '"5"' });
    answer(rss([{ title: "A" }, { title: "B" }]));
    expect(await run(2 * hourMs)).toMatchObject({ fetched: 1, entries: 1 });
    expect(requests.at(-1)).toMatchObject({ path: "/3", headers: { "if-none-match": '"5"' } });
    expect(await titles()).toEqual(["B", "A"]);
  });

  test("to a feed that is subscribed to already are followed, and not remembered", async () => {
    const { subscribe, elsewhere, run, rows } = await reading(({ path }) =>
      path === "/old" ? to("/new", 301) : { body: rss([{ title: "A" }]) },
    );
    for (const name of ["old", "new"]) await subscribe(`${elsewhere.url}/${name}`);
    expect(await run()).toMatchObject({ fetched: 2, failed: 0 });
    expect((await rows()).map(({ url }) => url.slice(elsewhere.url.length)).sort()).toEqual(["/new", "/old"]);
  });

  test.each<[why: string, location: string, error: RegExp]>([
    ["for ever", "/again", /redirects more than 5 times/],
    ["nowhere", "http://[", /what is no address/],
    ["to a file", "file:///etc/passwd", /redirects to what is not an http or https address/],
    ["with a password", "http://me:secret@127.0.0.1/", /not an address without user and password/],
  ])("%s fail", async (_, location, error) => {
    const { subscribe, url, run, row, requests } = await reading(() => to(location));
    await subscribe(url);
    expect(await run()).toMatchObject({ fetched: 0, failed: 1 });
    expect(requests.length).toBeLessThanOrEqual(6);
    expect((await row()).lastError).toMatch(error);
    expect((await row()).lastError).not.toContain("secret");
  });

  test.each([
    "http://127.0.0.1:1/",
    "http://[::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://localhost/",
    "http://0x7f.1/",
  ])("from a public feed to %s are refused", async (location) => {
    const real = publicFetch({ allowPrivate: false });
    const asked: string[] = [];
    // The first answer is a stranger's, who needs no server for it.
    const fetch: typeof real = async (...call) => {
      asked.push(String(call[0]));
      if (asked.length > 1) return real(...call);
      return new Response(null, { status: 301, headers: { Location: location } });
    };
    const { subscribe, run, rows } = await subscribed({ allowPrivate: false, fetch });
    await subscribe("http://news.example/");
    expect(await run()).toMatchObject({ failed: 1 });
    expect(asked).toEqual(["http://news.example/"]);
    const [row] = await rows();
    expect(row).toMatchObject({
      url: "http://news.example/",
      lastError: "It redirects to what is not an address of the public Internet.",
    });
  });
});

describe("without the switch", () => {
  test("what is not public is not asked, however it came to be subscribed to", async () => {
    const { subscribe, url, run, requests, row } = await reading(rss([{ title: "A" }]), { allowPrivate: false });
    await subscribe(url);
    expect(await run()).toMatchObject({ fetched: 0, failed: 1 });
    expect(requests).toEqual([]);
    expect(await row()).toMatchObject({ lastStatus: null, lastError: "It is not an address of the public Internet." });
  });

  test("nor is a name that leads to it", async () => {
    const { elsewhere, url } = await reading(rss([{ title: "A" }]));
    const fetch = publicFetch({
      allowPrivate: false,
      resolve: (_, __, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
    });
    const { subscribe, run, rows } = await subscribed({ allowPrivate: false, fetch });
    await subscribe(`http://news.example:${new URL(url).port}/feed.xml`);
    expect(await run()).toMatchObject({ failed: 1 });
    expect(elsewhere.counts().requests).toBe(0);
    const [row] = await rows();
    expect(row?.lastError).toBe("Its address is not one of the public Internet.");
  });
});
