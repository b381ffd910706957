import { createServer, type Server } from "node:net";
import { type Charge, per, policy } from "@sluice/core/engine";
import { redis } from "@sluice/core/redis";
import { hasRedis, type RedisServer, startCluster, startRedis } from "@sluice/test-services/redis";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lossyProxy } from "./redis-proxy.ts";

const secret = "alice@example.com";
const charge: Charge = { policy: policy("api", per("1h", 5)), key: secret, cost: 1 };
const deadlineMs = 200;

let server: RedisServer;
const ended: (() => unknown)[] = [];

function ioredis(url: string, options = {}): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, ...options });
  client.on("error", () => {});
  ended.push(() => client.disconnect());
  return client;
}

async function nodeRedis(url: string) {
  const client = createClient({ url, socket: { reconnectStrategy: 50 } });
  client.on("error", () => {});
  ended.push(() => client.destroy());
  client.connect().catch(() => {});
  return client;
}

/** Keeps the server busy with a script that ends when the server does. */
async function busy(admin: Redis): Promise<void> {
  await admin.config("SET", "busy-reply-threshold", "10");
  ioredis(server.url)
    .eval("while true do end", 0)
    .catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 100));
}

/** Asks, and gives the error's code; it has to come in time and may not tell whose key it was. */
async function failure(client: Parameters<typeof redis>[0], asked: Charge = charge): Promise<string> {
  const began = performance.now();
  const error = await Promise.resolve(redis(client, { deadlineMs, denyCache: false }).consume([asked])).then(
    ({ allowed }) => new Error(`was decided: ${allowed}`),
    (thrown: Error) => thrown,
  );
  expect(performance.now() - began).toBeLessThan(3 * deadlineMs);
  expect(error.message).not.toContain(secret);
  expect(JSON.stringify(error)).not.toContain(secret);
  return (error as { code?: string }).code ?? error.message;
}

describe.skipIf(!hasRedis)("a Redis that cannot decide", () => {
  beforeEach(async () => {
    server = await startRedis();
  });

  afterEach(async () => {
    for (const end of ended.splice(0)) await end();
    await server.stop();
  });

  it.each(["ioredis", "node-redis"])(
    "is dead at the start, through %s, and is found when it is there",
    async (name) => {
      await server.kill();
      const client = name === "ioredis" ? ioredis(server.url) : await nodeRedis(server.url);
      expect(await failure(client)).toMatch(/^SLUICE_BACKEND_(UNREACHABLE|TIMEOUT)$/);
      await server.start();
      const backend = redis(client, { deadlineMs: 5_000 });
      const { decisions } = await backend.consume([charge]);
      // What was asked while it was away was not sent afterwards.
      expect(decisions[0]?.remaining).toBe(4);
    },
  );

  it.each(["ioredis", "node-redis"])("dies in between, through %s", async (name) => {
    const client = name === "ioredis" ? ioredis(server.url) : await nodeRedis(server.url);
    await redis(client, { deadlineMs: 5_000 }).consume([charge]);
    await server.kill();
    expect(await failure(client)).toMatch(/^SLUICE_BACKEND_(UNREACHABLE|TIMEOUT)$/);
  });

  it("has been away for a while, which is told without waiting each time", async () => {
    await server.kill();
    const client = ioredis(server.url);
    const backend = redis(client, { deadlineMs, denyCache: false });
    const ask = async (): Promise<unknown> => await backend.consume([charge]);
    await expect(ask()).rejects.toMatchObject({ name: "BackendError" });
    await new Promise((resolve) => setTimeout(resolve, deadlineMs));
    const began = performance.now();
    for (let i = 0; i < 10; i++) await expect(ask()).rejects.toMatchObject({ code: "SLUICE_BACKEND_UNREACHABLE" });
    // One deadline for ten, instead of one for each.
    expect(performance.now() - began).toBeLessThan(3 * deadlineMs);
  });

  it.each(["ioredis", "node-redis"])("takes the connection and never answers, through %s", async (name) => {
    const silent: Server = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const address = silent.address();
    const url = `redis://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    ended.push(() => silent.close());
    expect(await failure(name === "ioredis" ? ioredis(url) : await nodeRedis(url))).toBe("SLUICE_BACKEND_TIMEOUT");
  });

  it.each<[string, string, (admin: Redis) => Promise<unknown>]>([
    ["is a replica", "REFUSED", (admin) => admin.replicaof("127.0.0.1", 1)],
    ["is out of memory", "REFUSED", (admin) => admin.config("SET", "maxmemory", "1")],
    ["allows no scripts", "REFUSED", (admin) => admin.acl("SETUSER", "default", "-@scripting")],
    ["has no replica to write to", "REFUSED", (admin) => admin.config("SET", "min-replicas-to-write", "1")],
    ["runs somebody's script for ever", "OVERLOADED", busy],
  ])("%s", async (_, code, break_) => {
    const admin = ioredis(server.url);
    const client = ioredis(server.url);
    await redis(client, { denyCache: false, deadlineMs: 5_000 }).consume([charge]);
    await break_(admin);
    expect(await failure(client)).toBe(`SLUICE_BACKEND_${code}`);
  });

  it.each<[string, number, (url: string) => Promise<Parameters<typeof redis>[0]>]>([
    ["node-redis", 2, nodeRedis],
    ["ioredis, told not to send again", 2, async (url) => ioredis(url)],
    // What docs/backends/redis.md warns of.
    [
      "ioredis as it comes",
      3,
      async (url) => ioredis(url, { maxRetriesPerRequest: 20, autoResendUnfulfilledCommands: true }),
    ],
  ])("loses an answer to %s, which charges %d times", async (_, charged, connected) => {
    const proxy = await lossyProxy(server.port);
    ended.push(proxy.close);
    const client = await connected(proxy.url);
    await redis(client, { denyCache: false, deadlineMs: 5_000 }).consume([charge]);
    proxy.loseAnswer();
    const told = await failure(client);
    if (charged === 2) expect(told).toMatch(/^SLUICE_BACKEND_(UNREACHABLE|TIMEOUT)$/);
    // Time enough to connect again and do what was left to do.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { decisions } = await redis(ioredis(server.url), { deadlineMs: 5_000 }).consume([{ ...charge, cost: 0 }]);
    expect(Math.ceil(5 - (decisions[0]?.remaining ?? 0))).toBe(charged);
  });

  it("wants a password", async () => {
    await ioredis(server.url).config("SET", "requirepass", "word");
    // Neither client becomes ready without it.
    expect(await failure(ioredis(server.url))).toMatch(/^SLUICE_BACKEND_(UNREACHABLE|TIMEOUT)$/);
    expect(await failure(await nodeRedis(server.url))).toMatch(/^SLUICE_BACKEND_(UNREACHABLE|TIMEOUT|REFUSED)$/);
  });

  it("is a Cluster behind a client that knows only one server", async () => {
    const [node, ...others] = await startCluster();
    ended.push(async () => {
      for (const one of [node, ...others]) await one?.stop();
    });
    const client = ioredis(node?.url ?? "");
    const both = ["a", "b"].map((key) => ({ ...charge, key }));
    const alone = redis(client, { deadlineMs, denyCache: false });
    await expect(alone.consume(both)).rejects.toMatchObject({
      code: "SLUICE_BACKEND_REFUSED",
      message: expect.stringContaining("cluster: true"),
    });
    const answers = await Promise.allSettled(
      ["a", "b", "c", "d", "e", "f"].map(async (key) => await failure(client, { ...charge, key })),
    );
    expect(answers.map((one) => (one.status === "fulfilled" ? one.value : one.reason.message))).toContain(
      "SLUICE_BACKEND_REFUSED",
    );
  });

  it("was never connected to by its client", async () => {
    await expect(
      redis(createClient({ url: server.url }), { denyCache: false }).consume([charge]),
    ).rejects.toMatchObject({
      code: "SLUICE_BACKEND_UNREACHABLE",
      message: expect.stringContaining("await its connect()"),
    });
    const lazy = ioredis(server.url, { lazyConnect: true, enableOfflineQueue: false });
    expect((await redis(lazy, { deadlineMs: 5_000 }).consume([charge])).allowed).toBe(true);
  });

  it("has a key of another type in the place, which stays as it is, and others are decided", async () => {
    const client = ioredis(server.url);
    const backend = redis(client, { denyCache: false });
    await backend.consume([charge]);
    const [name = ""] = await client.keys("*");
    await client.del(name);
    await client.hset(name, "somebody", "else");
    const other: Charge = { ...charge, key: "other" };
    const [mine, theirs] = await Promise.allSettled([backend.consume([charge]), backend.consume([other])]);
    expect(mine).toMatchObject({ status: "rejected", reason: { code: "SLUICE_BACKEND_REFUSED" } });
    expect(theirs).toMatchObject({ status: "fulfilled", value: { allowed: true } });
    expect(await failure(client, charge)).toBe("SLUICE_BACKEND_REFUSED");
    expect(await client.hgetall(name)).toEqual({ somebody: "else" });
  });

  it("was flushed of its scripts, which are brought again", async () => {
    const client = ioredis(server.url);
    const backend = redis(client, { denyCache: false });
    await backend.consume([charge]);
    await client.script("FLUSH");
    expect((await backend.consume([charge])).decisions[0]?.charged).toBe(1);
  });
});
