import { hasRedis, type RedisServer, startRedis } from "@sluice/test-services/redis";
import { startUpstashFront, type UpstashFront } from "@sluice/test-services/upstash-front";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppProcess, endProcesses, startProcess, stopped } from "../app-process.ts";
import { burst, healthAt } from "../burst.ts";

const timeout = 60_000;
const password = "s3cr3t";
const global = { scope: "global", exact: true };

/** Two apps that count in one place: a burst over both is admitted once, and starting one anew gives nothing back. */
async function countsOnceOverTwo(environment: Readonly<Record<string, string>>): Promise<readonly AppProcess[]> {
  const apps = [startProcess(environment), startProcess(environment)] as const;
  const ports = await Promise.all(apps.map(({ listening }) => listening));
  const both = await burst(ports, 90);
  expect(both.admitted).toBeGreaterThanOrEqual(60);
  expect(both.admitted).toBeLessThanOrEqual(60 + both.refilled());

  expect(await stopped(apps[0])).toMatchObject({ code: 0, stderr: "" });
  const again = startProcess(environment);
  const after = await burst([await again.listening], 90);
  expect(both.admitted + after.admitted, "a restart gives nothing back").toBeLessThanOrEqual(60 + both.refilled());
  expect(after.denied).toBeGreaterThan(0);
  return [again, apps[1]];
}

afterAll(() => endProcesses());

/** What /health says of prospects without keys. */
const without = { enabled: false, because: "GROK_API_KEY and MILLION_VERIFIER_API_KEY are not set" };

describe.skipIf(!hasRedis)("the app on Redis", { timeout }, () => {
  let server: RedisServer;
  let admin: Redis;
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.port, "127.0.0.1");
    await admin.call("ACL", "SETUSER", "app", "on", `>${password}`, "~*", "+@all");
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });
  const settings = (user = `app:${password}`) => ({
    RATE_LIMIT_BACKEND: "redis",
    REDIS_URL: `redis://${user}@127.0.0.1:${server.port}/2`,
  });

  test("counts once over two processes, and remembers when one is started anew", async () => {
    const [app, other] = (await countsOnceOverTwo(settings())) as [AppProcess, AppProcess];
    const redis = { backend: "redis", ...global };
    expect(await healthAt(await app.listening)).toEqual({
      status: "ok",
      limiting: { enabled: true, ...redis, answers: true },
      safety: redis,
      jobs: { enabled: false, transports: [], bounces: false, prospects: without, last: {} },
    });
    const ended = await Promise.all([stopped(app), stopped(other)]);
    for (const { code, stdout, stderr } of ended) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain('"backend":"redis","limits":"ok"');
      expect(stdout).not.toContain(password);
    }
  });

  test("closes its connection when it ends", async () => {
    const clients = async () => [...String(await admin.client("LIST")).matchAll(/ user=app /g)].length;
    const app = startProcess(settings());
    await app.listening;
    expect(await clients()).toBe(1);
    await stopped(app);
    expect(await clients()).toBe(0);
  });

  test("with a wrong password starts, says so, and follows the failure rules", async () => {
    const app = startProcess(settings("app:wr0ng"));
    const port = await app.listening;
    expect(await burst([port], 70)).toMatchObject({ admitted: 70 });
    expect(await healthAt(port)).toMatchObject({ status: "degraded", safety: { backend: "memory" } });
    expect(app.log()).toContainEqual(
      expect.objectContaining({ level: 40, reason: expect.stringMatching(/^WRONGPASS/) }),
    );
    const { code, stdout, stderr } = await stopped(app);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).not.toContain("wr0ng");
  });
});

describe.skipIf(!hasRedis)("a Redis that dies", { timeout }, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const troubles = (app: AppProcess) => app.log().filter(({ msg }) => msg.startsWith("the backend"));

  test("before the start: the app serves by the rules, says so once, and recovers by itself", async () => {
    await server.kill();
    const app = startProcess({ RATE_LIMIT_BACKEND: "redis", REDIS_URL: server.url });
    const port = await app.listening;
    const statuses = await Promise.all([burst([port], 70), burst([port], 20)]);
    expect(statuses.map(({ denied }) => denied)).toEqual([0, 0]);
    expect(await healthAt(port)).toMatchObject({
      status: "degraded",
      limiting: { answers: false, failing: { code: expect.stringMatching(/^SLUICE_BACKEND_/) } },
    });
    expect(troubles(app)).toHaveLength(1);
    expect(app.log().filter(({ msg }) => msg.startsWith("trouble"))).toMatchObject([
      { reason: expect.stringContaining("ECONNREFUSED") },
    ]);

    await server.start();
    await expect.poll(async () => (await healthAt(port)).status, { timeout: 10_000, interval: 200 }).toBe("ok");
    const counted = await burst([port], 90);
    expect(counted.admitted).toBeLessThanOrEqual(60 + counted.refilled());
    expect(troubles(app).map(({ msg }) => msg)).toEqual([
      "the backend fails: the failure rules hold until it answers",
      "the backend answers again",
    ]);
    expect(await stopped(app)).toMatchObject({ code: 0, stderr: "" });
  });

  test("under load: every request is answered in time, and each change is told once", async () => {
    const app = startProcess({ RATE_LIMIT_BACKEND: "redis", REDIS_URL: server.url, TRUSTED_PROXIES: "1" });
    const port = await app.listening;
    const load = requestsAt(port);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await server.kill();
    await expect.poll(async () => (await healthAt(port)).status, { timeout: 5_000, interval: 100 }).toBe("degraded");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await server.start();
    await expect.poll(async () => (await healthAt(port)).status, { timeout: 10_000, interval: 100 }).toBe("ok");
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { statuses, longestMs } = await load.stop();
    // Beside 200 there is 429, of the quota that filled up before the kill; never an error.
    expect([...statuses.keys()].sort()).toEqual([200, 429]);
    expect(longestMs).toBeLessThan(3_000);
    expect(troubles(app)).toMatchObject([{ level: 50 }, { level: 30, troubleMs: expect.any(Number) }]);
    expect(await stopped(app)).toMatchObject({ code: 0, stderr: "" });
  });

  test("does not keep the app from ending", async () => {
    const app = startProcess({ RATE_LIMIT_BACKEND: "redis", REDIS_URL: server.url });
    const port = await app.listening;
    process.kill(server.pid, "SIGSTOP");
    expect((await burst([port], 5)).admitted, "it hangs, so the rule is asked").toBe(5);
    const startedMs = performance.now();
    expect(await stopped(app)).toMatchObject({ code: 0, stderr: "" });
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    process.kill(server.pid, "SIGCONT");
  });
});

describe.skipIf(!hasRedis)("the app on Upstash", { timeout }, () => {
  const token = "t0ken-of-the-database";
  let server: RedisServer;
  let front: UpstashFront;
  beforeAll(async () => {
    server = await startRedis();
    front = await startUpstashFront({ redisUrl: server.url, token });
  });
  afterAll(async () => {
    await front.stop();
    await server.stop();
  });
  const settings = (more = {}) => ({
    RATE_LIMIT_BACKEND: "upstash",
    UPSTASH_REDIS_REST_URL: front.url,
    UPSTASH_REDIS_REST_TOKEN: token,
    ...more,
  });

  test("counts once over two processes, and remembers when one is started anew", async () => {
    const apps = await countsOnceOverTwo(settings());
    for (const app of apps) {
      expect(await healthAt(await app.listening)).toMatchObject({
        status: "ok",
        limiting: { backend: "upstash", ...global },
      });
      const { code, stdout, stderr } = await stopped(app);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).not.toContain(token);
    }
  });

  test("with a token that is refused starts, says so, and follows the failure rules", async () => {
    const app = startProcess(settings({ UPSTASH_REDIS_REST_TOKEN: "an0ther" }));
    const port = await app.listening;
    expect(await burst([port], 70)).toMatchObject({ admitted: 70 });
    expect(await healthAt(port)).toMatchObject({ limiting: { failing: { code: "SLUICE_BACKEND_REFUSED" } } });
    const { code, stdout, stderr } = await stopped(app);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).not.toContain("an0ther");
  });

  test("is degraded while nothing is heard of it, and recovers", async () => {
    const app = startProcess(settings());
    const port = await app.listening;
    expect(await healthAt(port)).toMatchObject({ status: "ok" });
    front.faults.reset();
    expect(await burst([port], 70)).toMatchObject({ admitted: 70 });
    expect(await healthAt(port)).toMatchObject({ status: "degraded" });
    front.faults.heal();
    await expect.poll(async () => (await healthAt(port)).status, { timeout: 10_000, interval: 200 }).toBe("ok");
    await stopped(app);
  });
});

/** Four callers without a pause, from addresses enough that no address is refused; says what they were told. */
function requestsAt(port: number) {
  const statuses = new Map<number, number>();
  let longestMs = 0;
  let on = true;
  const call = async (caller: number): Promise<void> => {
    for (let n = 0; on; n++) {
      const startedMs = performance.now();
      const headers = { Authorization: "Bearer demo-free", "X-Forwarded-For": `192.0.${caller}.${n % 256}` };
      const { status, body } = await fetch(`http://127.0.0.1:${port}/api/me`, { headers });
      await body?.cancel();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      longestMs = Math.max(longestMs, performance.now() - startedMs);
    }
  };
  const calls = Promise.all([1, 2, 3, 4].map(call));
  return {
    async stop() {
      on = false;
      await calls;
      return { statuses, longestMs };
    },
  };
}
