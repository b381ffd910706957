import { outboundAdmin, type PlanLimits, quotaAdmin } from "@sluice/console";
import { forwarded, perMinute, policy } from "@sluice/core";
import { outboundParts, seedWhenEmpty } from "@sluice/feeds";
import { sendQuota } from "@sluice/outbound";
import { hasRedis, type RedisServer, startRedis } from "@sluice/test-services/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenBackend } from "../../src/backend.ts";
import { openRedis } from "../../src/backend-redis.ts";
import { openDatabase } from "../../src/database.ts";
import { migrations, startFeeds } from "../feeds.ts";

const logger = { info() {}, warn() {}, error() {} };
const audit = { add: async () => 1 };
const limits: PlanLimits = {
  api: {
    ...{ label: "API requests", policy: "api", unit: "requests per minute", rate: perMinute },
    counter: (userId) => ({ key: `api:${userId}`, shard: userId }),
    userOf: (key) => key.slice("api:".length),
  },
};

describe.skipIf(!hasRedis)("the console on Redis", { timeout: 60_000 }, () => {
  let server: RedisServer;
  let [one, other]: readonly OpenBackend[] = [];
  beforeAll(async () => {
    server = await startRedis();
    [one, other] = await Promise.all([openRedis(server.url, logger), openRedis(server.url, logger)]);
  });
  afterAll(async () => {
    await Promise.all([one?.close(), other?.close()]);
    await server.stop();
  });
  const opened = () => ({ here: one as OpenBackend, elsewhere: other as OpenBackend });

  test("sees and resets what another process has counted", async () => {
    const { here, elsewhere } = opened();
    const charge = { policy: policy("api", perMinute(60)), key: "api:u1", shard: "u1", cost: 60 };
    const quota = quotaAdmin({ backend: here.backend, limits, unitsOf: async () => ({ api: 60 }), audit });
    expect(await elsewhere.backend.consume([charge])).toMatchObject({ allowed: true });
    const [spent] = await quota.read("u1");
    expect(spent?.used).toBeGreaterThan(50);
    expect(spent?.resetAfterMs).toBeGreaterThan(50_000);
    await quota.reset("u1", "api", "ada");
    expect(await quota.read("u1")).toEqual([{ limit: "api", units: 60, used: 0, remaining: 60, resetAfterMs: 0 }]);
    expect(await elsewhere.backend.consume([charge])).toMatchObject({ allowed: true });
  });

  test("locks an address out after five wrong tokens, guessed at once and at two processes", async () => {
    const { here, elsewhere } = opened();
    const source = forwarded({ trustedProxies: 1 });
    const apps = await Promise.all(
      [here, elsewhere].map(({ backend }) => startFeeds({ backend, source, now: Date.now })),
    );
    const login = async (token: string, from: string, n = 0) => {
      const init = { method: "POST", body: new URLSearchParams({ token }), headers: { "X-Forwarded-For": from } };
      return (await apps[n % 2]?.send("/admin/login", init)) as Response;
    };
    const guesses = await Promise.all(Array.from({ length: 40 }, (_, n) => login("a guess", "203.0.113.9", n)));
    const statuses = guesses.map(({ status }) => status);
    expect([401, 429].map((each) => statuses.filter((status) => status === each).length)).toEqual([4, 36]);
    for (const n of [0, 1]) {
      const locked = await login("demo-admin", "203.0.113.9", n);
      expect(locked.status).toBe(429);
      expect(Number(locked.headers.get("Retry-After"))).toBeGreaterThan(29 * 60);
      expect((await login("demo-admin", "203.0.113.10", n)).status).toBe(303);
    }
  });

  test("holds mail of another process, until Redis is gone, which is said", async () => {
    const { here, elsewhere } = opened();
    const { db } = openDatabase(":memory:", migrations);
    await seedWhenEmpty(db);
    const admin = outboundAdmin({ parts: outboundParts({ db, backend: here.backend }), db, audit, now: Date.now });
    const sender = sendQuota({ backend: elsewhere.backend });
    const inbox = { id: "news-4", timeZone: "Asia/Kolkata" };
    expect(await sender.reserveSend(inbox)).toMatchObject({ allowed: true });
    await admin.pauseSending({ reason: "bounces of 8 %" }, "ada");
    expect(await sender.reserveSend(inbox)).toMatchObject({ allowed: false, because: "paused" });
    expect((await admin.read()).sending).toMatchObject({ paused: { by: "ada" }, hour: { used: 1 } });
    await server.kill();
    const { sending, queues, troubles } = await admin.read();
    expect(sending).toBeUndefined();
    expect(queues).toHaveLength(3);
    expect(troubles).toHaveLength(2);
    await expect(admin.resumeSending("ada")).rejects.toMatchObject({ code: "unavailable" });
    const quota = quotaAdmin({ backend: here.backend, limits, unitsOf: async () => ({ api: 60 }), audit });
    const because = expect.stringMatching(/^The backend redis does not answer/);
    expect(await quota.read("u1")).toEqual([{ limit: "api", units: 60, because }]);
    await server.start();
  });
});
