import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { memory } from "@sluice/core/memory";
import { feedsJobs } from "@sluice/feeds";
import { systemTime } from "@sluice/outbound";
import type { UpstreamOptions } from "@sluice/test-services/upstream";
import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { publicFetch } from "../src/public-fetch.ts";
import { hourMs, reading, upstream } from "./reading.ts";
import { minuteMs, rss, subscribed } from "./subscribed.ts";

describe("what no reader should suffer from", () => {
  const padded = (bytes: number) =>
    rss(
      [{ title: "A" }],
      `<title>x</title><!--${"x".repeat(bytes - rss([{ title: "A" }], "<title>x</title><!---->").length)}-->`,
    );

  test("two megabytes are read, and not a byte more", async () => {
    const { subscribe, url, run, answer, row, elsewhere } = await reading(padded(2_000_000));
    await subscribe(url);
    expect(await run()).toMatchObject({ fetched: 1, entries: 1 });
    answer(padded(2_000_001));
    expect(await run(2 * hourMs)).toMatchObject({ failed: 1 });
    expect((await row()).lastError).toBe("It is longer than 2000000 bytes.");
    await expect.poll(() => elsewhere.connections().open).toBe(0);
  });

  test("a bomb is not unpacked", async () => {
    const bomb = gzipSync(Buffer.from(padded(300_000_000)));
    const server = createServer((_, outgoing) => outgoing.writeHead(200, { "Content-Encoding": "gzip" }).end(bomb));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { subscribe, run, rows } = await subscribed();
    await subscribe(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const before = process.memoryUsage().rss;
    expect(await run()).toMatchObject({ failed: 1 });
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
    expect((await rows())[0]?.lastError).toBe("It is longer than 2000000 bytes.");
    server.closeAllConnections();
    server.close();
  });

  test.each<[fault: NonNullable<ReturnType<NonNullable<UpstreamOptions["fault"]>>>, error: RegExp]>([
    ["hang", /did not answer in time/],
    ["stall", /did not answer in time/],
    ["drop", /could not be fetched: ECONNRESET/],
    ["half", /could not be fetched/],
    [502, /status 502/],
  ])("an answer that is %s", async (fault, error) => {
    const { subscribe, url, run, row, elsewhere } = await reading(rss([{ title: "A" }]), { patienceMs: 300 });
    elsewhere.change({ fault: () => fault });
    await subscribe(url);
    const begun = performance.now();
    expect(await run()).toMatchObject({ fetched: 0, failed: 1 });
    expect(performance.now() - begun).toBeLessThan(3_000);
    expect((await row()).lastError).toMatch(error);
    await expect.poll(() => elsewhere.connections().open).toBe(0);
  });

  test.each([
    ["a page", "<!doctype html><html><body>Not found</body></html>", /It is a page/],
    ["nothing", "", /nothing in it/],
    ["other JSON", '{"error":"no"}', /no JSON Feed/],
    ["half a feed", rss([{ title: "A" }]).slice(0, 90), /not well-formed/],
  ])("%s instead of a feed", async (_, body, error) => {
    const { subscribe, url, run, row, titles } = await reading(body);
    await subscribe(url);
    expect(await run()).toMatchObject({ failed: 1 });
    expect(await row()).toMatchObject({ lastStatus: 200, failures: 1, lastError: expect.stringMatching(error) });
    expect(await titles()).toEqual([]);
  });

  test("a server that is not there", async () => {
    const { subscribe, url, run, row, elsewhere } = await reading("");
    await elsewhere.stop();
    await subscribe(url);
    expect(await run()).toMatchObject({ failed: 1 });
    expect((await row()).lastError).toBe("It could not be fetched: ECONNREFUSED.");
  });
});

describe("the job", () => {
  test("that is stopped has lost nothing, and goes on the next time", async () => {
    const stopping = new AbortController();
    const { subscribe, elsewhere, run, rows, answer, titles } = await reading(({ path }) => {
      if (path === "/3") stopping.abort();
      return { body: rss([{ title: path.slice(1) }]) };
    });
    for (let n = 0; n < 6; n++) await subscribe(`${elsewhere.url}/${n}`);
    await run(0, stopping.signal);
    const before = (await rows()).filter(({ lastFetchAtMs }) => lastFetchAtMs === null);
    expect(before).toHaveLength(3);
    answer(({ path }) => ({ body: rss([{ title: path.slice(1) }]) }));
    expect(await run(minuteMs)).toMatchObject({ fetched: 3, entries: 3 });
    expect((await titles()).sort()).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  test("writes the entries of a feed and how far it is at once, or neither", async () => {
    const { subscribe, url, run, db, row, titles, errors } = await reading(rss([{ title: "A" }]));
    await subscribe(url);
    await db.run(sql`create trigger broken before insert on entries begin select raise(abort, 'disk'); end`);
    expect(await run()).toMatchObject({ fetched: 0, failed: 1 });
    expect(await row()).toMatchObject({ title: null, lastFetchAtMs: null, etag: null });
    expect(errors).toHaveLength(1);
    await db.run(sql`drop trigger broken`);
    expect(await run(minuteMs)).toMatchObject({ fetched: 1, entries: 1 });
    expect(await titles()).toEqual(["A"]);
  });

  test("asks nobody more where nothing can be written down", async () => {
    const { subscribe, elsewhere, run, db, rows, requests, errors } = await reading(rss([{ title: "A" }]));
    for (let n = 0; n < 10; n++) await subscribe(`${elsewhere.url}/${n}`);
    await db.run(sql`create trigger broken before update on subscriptions begin select raise(abort, 'disk'); end`);
    await expect(run()).rejects.toThrow();
    expect(requests).toHaveLength(3);
    expect(errors).toHaveLength(3);
    expect((await rows()).every(({ lastFetchAtMs }) => lastFetchAtMs === null)).toBe(true);
  });

  test("fails as a whole where its backend does, and blames no feed", async () => {
    const { subscribe, url, deps, row } = await reading(rss([{ title: "A" }]));
    await subscribe(url);
    const { fetchDue } = await import("../../feeds/src/jobs/fetch.ts");
    const { hostClients } = await import("../../feeds/src/gathering/hosts.ts");
    const { faulty } = await import("@sluice/core/testing");
    const backend = faulty(memory());
    const clientOf = hostClients({ backend, fetch: publicFetch({ allowPrivate: true }), time: systemTime });
    backend.faults.down();
    await expect(fetchDue({ ...deps, clientOf }, new AbortController().signal)).rejects.toThrow();
    expect(await row()).toMatchObject({ failures: 0, lastError: null });
  });

  test("runs every five minutes where a platform can fetch, and elsewhere is not there", async () => {
    const elsewhere = await upstream(() => ({ body: rss([{ title: "A" }]) }));
    const { db, subscribe, titles, now } = await subscribed();
    await subscribe(elsewhere.url);
    const deps = { db, backend: memory(), transports: {}, logger: { info() {}, warn() {}, error() {} } };
    const slot = Math.floor(now() / (5 * minuteMs)) * 5 * minuteMs;
    const names = async (more: object) => (await feedsJobs({ ...deps, ...more }).runDue(slot)).map(({ name }) => name);
    expect(await names({})).not.toContain("fetch");
    expect(await names({ publicFetch: publicFetch({ allowPrivate: true }), allowPrivateFetch: true })).toContain(
      "fetch",
    );
    expect(await titles()).toEqual(["A"]);
  });
});
