import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningWorker, startWorker } from "./worker.ts";

/** What is used of D1. */
interface D1 {
  prepare(sql: string): { all(): Promise<{ readonly results: readonly Readonly<Record<string, unknown>>[] }> };
}

const secret = "a secret of at least 32 characters";
const hourMs = 3_600_000;

let worker: RunningWorker;
beforeAll(async () => {
  // In an isolate's memory nothing would be remembered: jobs and reports count in Durable Objects all the same.
  worker = await startWorker({ vars: { RATE_LIMIT_BACKEND: "memory", BOUNCE_WEBHOOK_SECRET: secret } });
}, 60_000);
afterAll(() => worker?.harness.close());

async function rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { DB } = await worker.harness.getWorker<{ readonly DB: D1 }>("sluice-feeds").getEnv();
  return (await DB.prepare(sql).all()).results;
}

async function trigger(scheduledTime: Date): Promise<string> {
  const { outcome } = await worker.harness.getWorker("sluice-feeds").scheduled({ cron: "*/5 * * * *", scheduledTime });
  return outcome;
}

test("the cron trigger runs the jobs that are due, each instant once", async () => {
  const hour = new Date(Math.floor(Date.now() / hourMs) * hourMs);
  expect(await trigger(hour)).toBe("ok");
  const queued = await rows("select recipient, status, attempts from messages order by recipient");
  expect(queued.map(({ recipient, status }) => `${recipient} ${status}`)).toEqual(
    ["admin", "enterprise", "free", "pro"].map((name) => `${name}@readers.example queued`),
  );
  expect(await rows("select count(*) as lacking from entries where words is null")).toEqual([{ lacking: 0 }]);
  const health = (await (await fetch(new URL("/health", worker.url))).json()) as { jobs: object };
  expect(health.jobs).toMatchObject({
    enabled: true,
    transports: [],
    bounces: true,
    last: { aggregate: { outcome: "ok" }, enrich: { outcome: "ok" }, fetch: { outcome: "ok" } },
  });
  // The platform's trigger may come twice.
  const before = worker.log().length;
  expect(await trigger(hour)).toBe("ok");
  expect(worker.log().slice(before)).toEqual([]);
  // Mail has no way out here, so it waits, and the log says so.
  expect(await trigger(new Date(hour.getTime() + 5 * 60_000))).toBe("ok");
  expect(worker.log().join("\n")).toContain("there is no way out for mail: messages wait");
  expect(await rows("select count(*) as waiting from messages where status = 'queued'")).toEqual([{ waiting: 4 }]);
});

test("a signed report is taken in once, whichever isolate hears of it", async () => {
  const body = JSON.stringify({
    id: "1",
    type: "bounce",
    inbox: "news-1@feeds.example",
    recipient: "free@readers.example",
  });
  const t = Math.floor(Date.now() / 1_000);
  const mac = createHmac("sha256", secret).update(`${t}.${body}`).digest("hex");
  const post = async (signature: string): Promise<unknown> => {
    const headers = { "Content-Type": "application/json", "X-Sluice-Signature": signature };
    const answer = await fetch(new URL("/webhooks/bounces", worker.url), { method: "POST", headers, body });
    return answer.status === 200 ? await answer.json() : answer.status;
  };
  const signature = `t=${t},v1=${mac}`;
  const answers = [await post(signature), await post(signature), await post(signature.replace("v1=", "v1=0"))];
  expect(answers).toEqual([{ duplicate: false }, { duplicate: true }, 401]);
  expect(await rows("select count(*) as events from bounce_events")).toEqual([{ events: 1 }]);
});
