import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { hasRedis, type RedisServer, startRedis } from "@sluice/test-services/redis";
import { startUpstashFront, type UpstashFront } from "@sluice/test-services/upstash-front";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configuration, type RunningWorker, startWorker } from "./worker.ts";

/** What is used of D1. */
interface D1 {
  exec(lines: string): Promise<unknown>;
  prepare(sql: string): { all(): Promise<{ readonly results: readonly object[] }> };
}

/** A user whose token is the name. */
function userNamed(name: string): string {
  const hash = createHash("sha256").update(name).digest("hex");
  const columns = "id, username, plan, plan_id, role, token_hash, created_at_ms";
  return `insert into users (${columns}) values ('${name}', '${name}', 'free', 'enterprise', 'member', '${hash}', 0);`;
}

// workerd ends what a request has begun when its client goes away: whatever others wait for must not be part of it.
describe.skipIf(!hasRedis)("what requests of one isolate share", () => {
  let redis: RedisServer;
  let front: UpstashFront;
  let worker: RunningWorker;

  beforeAll(async () => {
    redis = await startRedis();
    front = await startUpstashFront({ redisUrl: redis.url, token: "token" });
    const leaver = {
      name: "leaver",
      main: fileURLToPath(new URL("leaver.mjs", import.meta.url)),
      compatibility_date: configuration().compatibility_date,
      services: [{ binding: "APP", service: "sluice-feeds" }],
    };
    const address = { UPSTASH_REDIS_REST_URL: front.url, UPSTASH_REDIS_REST_TOKEN: "token" };
    const main = fileURLToPath(new URL("far-database.mjs", import.meta.url));
    worker = await startWorker({ main, vars: { RATE_LIMIT_BACKEND: "upstash", ...address } }, [leaver]);
  }, 60_000);

  afterAll(async () => {
    await worker?.harness.close();
    await front?.stop();
    await redis?.stop();
  });

  const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(new URL(path, worker.url), { headers: { "accept-encoding": "identity", ...headers } });
  const leave = (path: string, afterMs: number, headers = {}) =>
    get(path, { "x-leave-after": `${afterMs}`, ...headers });

  test("health answers, also when who asked first goes away", async () => {
    expect((await get("/health")).status).toBe(200);
    for (let round = 0; round < 2; round++) {
      await sleep(1_100);
      front.faults.slow(600);
      const left = leave("/health", 200);
      await sleep(100);
      const shared = get("/health");
      expect((await left).status).toBe(299);
      expect((await shared).status).toBe(200);
      expect((await get("/health")).status).toBe(200);
      front.faults.heal();
      expect(await (await get("/health")).json()).toMatchObject({ status: "ok", limiting: { answers: true } });
    }
  });

  test("a plan that is looked up for many is known to all of them, also when who came first goes away", async () => {
    const { DB } = await worker.harness.getWorker<{ readonly DB: D1 }>("sluice-feeds").getEnv();
    const names = Array.from({ length: 10 }, (_, n) => `user-${n}`);
    await DB.exec(names.map(userNamed).join("\n"));
    const me = (name: string, n: number) => ({ authorization: `Bearer ${name}`, "cf-connecting-ip": `198.18.1.${n}` });
    const left = names.map((name, n) => leave("/api/me", 650 + 25 * n, me(name, n)));
    // Signing in is one statement, and the plan the next: by then most of those have left who began to look it up.
    await sleep(60);
    const stay = names.flatMap((name, n) => [1, 2].map((more) => get("/api/me", me(name, 100 * more + n))));
    for (const answer of await Promise.all(stay)) {
      expect([answer.status, answer.headers.get("ratelimit-policy")]).toEqual([
        200,
        '"ip";q=100;w=10, "api";q=600;w=60',
      ]);
    }
    await Promise.all(left);
  });

  test("decisions that are asked for together are given to all who stay", async () => {
    front.faults.slow(300);
    const token = { authorization: "Bearer demo-pro" };
    const left = leave("/api/me", 150, { ...token, "cf-connecting-ip": "198.18.2.1" });
    const stay = Array.from({ length: 12 }, (_, n) =>
      get("/api/me", { ...token, "cf-connecting-ip": `198.18.2.${n + 2}` }),
    );
    const answers = await Promise.all(stay);
    front.faults.heal();
    await left;
    expect(answers.map(({ status, headers }) => [status, headers.has("ratelimit")])).toEqual(
      answers.map(() => [200, true]),
    );
  });

  test("every read is in the access log, once, however many come together", async () => {
    const { DB } = await worker.harness.getWorker<{ readonly DB: D1 }>("sluice-feeds").getEnv();
    const reads = Array.from({ length: 40 }, (_, n) =>
      get("/public/enterprise/news", { "cf-connecting-ip": `198.18.3.${n}` }),
    );
    const left = Array.from({ length: 10 }, (_, n) =>
      leave("/public/enterprise/news", 3 + n, { "cf-connecting-ip": `198.18.4.${n}` }),
    );
    for (const { status } of await Promise.all(reads)) expect(status).toBe(200);
    await Promise.all(left);
    const asked =
      "select count(*) as rows, count(distinct address) as readers from sluice_feed_access where address like '198.18.3.%'";
    await expect
      .poll(async () => (await DB.prepare(asked).all()).results, { timeout: 5_000 })
      .toEqual([{ rows: 40, readers: 40 }]);
  });

  test("and nobody met a promise of somebody else's", () => {
    // A busy machine may well be late for the backend's deadline, which is told, too.
    const amiss = /different request|since ended|never settle|hung|unexpected error|could not be/;
    expect(worker.log().filter((line) => amiss.test(line))).toEqual([]);
  });
});
