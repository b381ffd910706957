import { startUpstream, type Upstream, type UpstreamRequest } from "@sluice/test-services/upstream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningWorker, startWorker } from "./worker.ts";

const hourMs = 3_600_000;

/** What is used of D1. */
interface D1 {
  exec(sql: string): Promise<unknown>;
  prepare(sql: string): { all(): Promise<{ readonly results: readonly Readonly<Record<string, unknown>>[] }> };
}

const asked: UpstreamRequest[] = [];
let elsewhere: Upstream;
let worker: RunningWorker;
beforeAll(async () => {
  const item = (n: number) => `<item><title>Entry ${n}</title><guid>${n}</guid></item>`;
  const body = `<rss><channel><title>Elsewhere</title>${Array.from({ length: 120 }, (_, n) => item(n)).join("")}</channel></rss>`;
  elsewhere = await startUpstream({
    answer(request) {
      asked.push(request);
      if (request.headers["if-none-match"] === '"1"') return { status: 304 };
      return { headers: { ETag: '"1"', "Cache-Control": "max-age=3000" }, body };
    },
  });
  worker = await startWorker({ vars: { ALLOW_PRIVATE_FETCH: "1" } });
}, 60_000);
afterAll(async () => {
  await worker?.harness.close();
  await elsewhere?.stop();
});

// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used.
async function api(user: string, path: string, body?: object): Promise<any> {
  const headers = { Authorization: `Bearer demo-${user}`, "Content-Type": "application/json" };
  return (
    await fetch(new URL(path, worker.url), { headers, ...(body && { method: "POST", body: JSON.stringify(body) }) })
  ).json();
}

test("feeds elsewhere are fetched by the cron trigger into D1, once for all who subscribe, and then only for news", async () => {
  // No redirects here: wrangler's harness follows them by itself, which workerd does not.
  const subscription = { url: `${elsewhere.url}/feed`, feed: "news" };
  const { id } = await api("pro", "/api/subscriptions", subscription);
  await api("free", "/api/subscriptions", subscription);
  const hour = Math.floor(Date.now() / hourMs) * hourMs;
  const run = (atMs: number) => {
    const scheduledTime = new Date(atMs);
    return worker.harness.getWorker("sluice-feeds").scheduled({ cron: "*/5 * * * *", scheduledTime });
  };
  expect(await run(hour)).toMatchObject({ outcome: "ok" });
  expect(asked.map(({ path }) => path)).toEqual(["/feed"]);
  expect(await api("pro", `/api/subscriptions/${id}`)).toMatchObject({
    ...{ title: "Elsewhere", lastStatus: 200, lastError: null },
  });
  for (const user of ["pro", "free"]) {
    const { entries } = await api(user, "/api/feeds/news/entries?limit=100");
    expect(entries[0]).toMatchObject({ title: "Entry 0" });
    expect(entries.filter(({ title }: { title: string }) => title.startsWith("Entry"))).toHaveLength(100);
  }

  const { DB } = await worker.harness.getWorker<{ readonly DB: D1 }>("sluice-feeds").getEnv();
  await DB.exec("update subscriptions set next_fetch_at_ms = 0");
  expect(await run(hour + 5 * 60_000)).toMatchObject({ outcome: "ok" });
  expect(asked.slice(1).map(({ path, headers }) => [path, headers["if-none-match"]])).toEqual([["/feed", '"1"']]);
  expect(await api("pro", `/api/subscriptions/${id}`)).toMatchObject({ lastStatus: 304, lastError: null });

  // Every hour the old ones are forgotten that no reader is served. They are listed still, and come no more.
  await DB.exec("update entries set published_at_ms = published_at_ms - 3456000000");
  expect(await run(hour + hourMs)).toMatchObject({ outcome: "ok" });
  const left = "from entries where feed_id in (select feed_id from subscriptions) group by feed_id";
  const gathered = async () => (await DB.prepare(`select count(origin) as gathered ${left}`).all()).results;
  expect(await gathered()).toEqual([{ gathered: 50 }, { gathered: 50 }]);
  await DB.exec("update subscriptions set next_fetch_at_ms = 0, etag = null");
  expect(await run(hour + hourMs + 5 * 60_000)).toMatchObject({ outcome: "ok" });
  expect(asked).toHaveLength(3);
  expect(await gathered()).toEqual([{ gathered: 50 }, { gathered: 50 }]);
  expect(worker.log().filter((line) => /error|warn/.test(line))).toEqual([]);
}, 60_000);
