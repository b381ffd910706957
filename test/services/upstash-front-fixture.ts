/** A front over a redis-server of its own, for the tests of one file. */

import { Redis } from "@upstash/redis";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { type RedisServer, startRedis } from "./redis.ts";
import { startUpstashFront, type UpstashFront } from "./upstash-front.ts";

export const token = "a-token";
export const readOnlyToken = "a-token-that-reads";

/** What is there while the tests of a file run. */
export interface Fixture {
  readonly server: RedisServer;
  readonly front: UpstashFront;
  /** The official client as its makers deliver it, but for telemetry. */
  readonly redis: Redis;
  /** A request as `fetch` makes it, with the token. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** Starts all of it before the first test and stops it after the last; every test begins healed. */
export function fixture(): Fixture {
  let server: RedisServer;
  let front: UpstashFront;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    front = await startUpstashFront({ redisUrl: server.url, token, readOnlyToken });
    redis = new Redis({ url: front.url, token, enableTelemetry: false });
  });
  beforeEach(() => front.faults.heal());
  afterAll(async () => {
    await front?.stop();
    await server?.stop();
  });
  return {
    get server() {
      return server;
    },
    get front() {
      return front;
    },
    get redis() {
      return redis;
    },
    post: (path, body, headers = {}) =>
      fetch(front.url + path, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
  };
}

/** How many HTTP requests and billed commands something took. */
export async function taken(
  front: UpstashFront,
  act: () => Promise<unknown>,
): Promise<{ requests: number; commands: number }> {
  const [requests, commands] = [front.requests().length, await front.commands()];
  await act();
  return { requests: front.requests().length - requests, commands: (await front.commands()) - commands };
}
