import { Redis as UpstashClient } from "@upstash/redis";
import { describe, expect, it } from "vitest";
import { type ConfigError, isConfigError } from "../engine/errors.ts";
import { type RedisClient, type RedisOptions, redis } from "./redis.ts";
import { isCluster } from "./redis-client.ts";

const call = async (): Promise<unknown> => 0;
const ioredis = { status: "wait", evalsha: call, eval: call, connect: async () => {}, on: () => {} };
const nodeRedis = { evalSha: call, eval: call, withCommandOptions: () => nodeRedis };

function mistake(client: unknown, options?: unknown): ConfigError {
  try {
    redis(client as RedisClient, options as RedisOptions);
  } catch (error) {
    if (isConfigError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("what redis() is told", () => {
  it("may be a client of either library, for one server or a Cluster", () => {
    for (const client of [ioredis, nodeRedis]) {
      expect(redis(client)).toMatchObject({ name: "redis", features: { scope: "global", acrossShards: true } });
    }
    const clusters = [
      { ...ioredis, isCluster: true },
      { ...nodeRedis, getSlotMaster: () => {} },
    ];
    for (const client of clusters) expect(redis(client).features.acrossShards).toBe(false);
    expect(redis(ioredis, { cluster: true }).features.acrossShards).toBe(false);
    expect(isCluster(nodeRedis)).toBe(false);
    expect(redis(ioredis, { cluster: true, denyCache: false }).features).toMatchObject({ block: true, lease: true });
  });

  it.each([
    [undefined, undefined, "SLUICE_OPTION_MISSING", "createClient"],
    [null, undefined, "SLUICE_OPTION_TYPE", "createClient"],
    ["redis://:hunter2@host", undefined, "SLUICE_OPTION_TYPE", "createClient"],
    [{ get() {}, set() {} }, undefined, "SLUICE_OPTION_TYPE", "ioredis or of node-redis"],
    [new UpstashClient({ url: "https://x.upstash.io", token: "t" }), undefined, "SLUICE_OPTION_TYPE", "upstash()"],
    [ioredis, { prefix: "app{1}" }, "SLUICE_OPTION_TYPE", "without braces"],
    [ioredis, { prefix: 7 }, "SLUICE_OPTION_TYPE", "prefix"],
    [ioredis, { deadlineMs: 0 }, "SLUICE_OPTION_TYPE", "deadlineMs"],
    [ioredis, { deadlineMs: 2 ** 31 }, "SLUICE_OPTION_TYPE", "deadlineMs"],
    [ioredis, { cluster: "yes" }, "SLUICE_OPTION_TYPE", "cluster"],
    [ioredis, { denyCache: { maxMs: 0 } }, "SLUICE_OPTION_TYPE", "maxMs"],
    [ioredis, { keyPrefix: "x" }, "SLUICE_OPTION_UNKNOWN", "keyPrefix"],
    [ioredis, null, "SLUICE_OPTION_TYPE", "object of options"],
  ])("is refused by name: %o, %j", (client, options, code, words) => {
    const error = mistake(client, options);
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(`${error.message}${JSON.stringify(error.value)}`).not.toContain("hunter2");
  });

  it("is not used before it is asked", () => {
    const untouched = new Proxy(ioredis, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return () => {
          throw new Error(`${String(name)} was called`);
        };
      },
    });
    expect(redis(untouched).name).toBe("redis");
  });
});
