/** An Upstash of their own for the tests of one file: a redis-server, the front before it, and ways to look behind. */

import { type Backend, type Charge, type Outcome, perHour, policy } from "@sluice/core";
import { type UpstashOptions, upstash } from "@sluice/core/upstash";
import { type RedisServer, startRedis } from "@sluice/test-services/redis";
import { startUpstashFront, type UpstashFront } from "@sluice/test-services/upstash-front";
import { Redis } from "ioredis";
import { afterAll, beforeEach } from "vitest";

export const readOnlyToken = "reads-only";

/** 60 units at once and 1 a minute: nothing comes back while a test runs. */
export const api = policy("api", perHour(60));

/** What is there for the tests of a file. */
export interface UpstashFixture {
  readonly server: RedisServer;
  readonly front: UpstashFront;
  /** Behind the front's back; what it does is not in the front's bill. */
  readonly direct: Redis;
  /** A backend on the front, with counters of its own, that asks every time. */
  backend(options?: Partial<UpstashOptions>): Backend;
  /** HTTP requests and billed commands that something took. */
  taken(act: () => unknown): Promise<{ requests: number; commands: number }>;
}

/** Starts all of it; every test begins healed. Await it at the top of a file. */
export async function upstashFixture(): Promise<UpstashFixture> {
  const server = await startRedis();
  const front = await startUpstashFront({ redisUrl: server.url, token: "a-token", readOnlyToken });
  const direct = new Redis(server.url, { protocol: 2, enableReadyCheck: false });
  direct.on("error", () => {});
  let prefixes = 0;
  beforeEach(() => front.faults.heal());
  afterAll(async () => {
    direct.disconnect();
    await front.stop();
    await server.stop();
  });
  return {
    server,
    front,
    direct,
    backend: (options = {}) =>
      upstash({
        url: front.url,
        token: front.token,
        prefix: `test${++prefixes}`,
        denyCache: false,
        // Only tests of the deadline have one that a busy machine could miss.
        deadlineMs: 10_000,
        ...options,
      } as UpstashOptions),
    async taken(act) {
      const [requests, commands] = [front.requests().length, await front.commands()];
      await act();
      return { requests: front.requests().length - requests, commands: (await front.commands()) - commands };
    },
  };
}

/** A charge of 1 unit, unless told otherwise. */
export function charge(details: Partial<Charge> = {}): Charge {
  return { policy: api, key: "user:42", cost: 1, ...details };
}

/** Units left, by a question that books nothing. */
export async function remaining(backend: Backend, details: Partial<Charge> = {}): Promise<number | undefined> {
  const { decisions }: Outcome = await backend.consume([charge({ ...details, cost: 0 })]);
  return decisions[0]?.remaining;
}
