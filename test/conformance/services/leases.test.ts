/** Leases on servers that run Lua: granted as the pure step grants them, kept for as long as they mean something. */

import {
  type Backend,
  isConfigError,
  keptAfterEndMs,
  type LeaseAnswer,
  type LeaseRequest,
  longestHoldMs,
  longestNote,
} from "@sluice/core/engine";
import { redis } from "@sluice/core/redis";
import { fakeClock, fakeStartMs, onClock } from "@sluice/core/testing";
import { hasRedis, startCluster } from "@sluice/test-services/redis";
import { Redis as UpstashClient } from "@upstash/redis";
import fc from "fast-check";
import { Cluster, Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, describe, expect, it } from "vitest";
import { type LeaseState, leaseStep } from "../../../packages/core/src/algorithms/lease.ts";
import { lossyProxy } from "./redis-proxy.ts";
import { upstashFixture } from "./upstash-fixture.ts";

const ask = async (backend: Backend, request: LeaseRequest): Promise<LeaseAnswer> => {
  if (backend.lease === undefined) throw new Error(`${backend.name} has no leases`);
  return await backend.lease(request);
};

const take = (name: string, details: object = {}): LeaseRequest => ({ name, verb: "take", ttlMs: 60_000, ...details });
const look = (name: string): LeaseRequest => ({ name, verb: "look" });

if (hasRedis) {
  const { backend: upstash, front, server, direct, taken } = await upstashFixture();
  const nodes = await startCluster();
  const cluster = new Cluster(nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
  const nodeRedis = createClient({ url: server.url });
  await nodeRedis.connect();
  afterAll(async () => {
    cluster.disconnect();
    await nodeRedis.close();
    for (const node of nodes) await node.stop();
  });

  const clock = fakeClock();
  let made = 0;
  const options = (isTest: boolean) => {
    const plain = { prefix: `leases${++made}:`, denyCache: false as const, deadlineMs: 10_000 };
    return isTest ? onClock(clock, plain) : plain;
  };
  // A user's own client parses what looks like JSON.
  const parsing = new UpstashClient({ url: front.url, token: front.token, retry: { retries: 0 } });
  const kinds: readonly (readonly [string, (isTest: boolean) => Backend])[] = [
    ["redis, ioredis", (isTest) => redis(direct, options(isTest))],
    ["redis, node-redis", (isTest) => redis(nodeRedis, options(isTest))],
    ["redis, Cluster", (isTest) => redis(cluster, options(isTest))],
    ["upstash", (isTest) => upstash(options(isTest))],
    [
      "upstash, own client",
      (isTest) => upstash({ ...options(isTest), redis: parsing, url: undefined, token: undefined }),
    ],
  ];

  /** Names and notes of all kinds, and often of what could mean something on the way. */
  const text = fc.oneof(
    {
      arbitrary: fc.constantFrom("", "a", "{a}", "%7b;", "1:2:3", "null", "7", '{"a":1}', "\ud800", "\0\n😀\udc00"),
      weight: 3,
    },
    fc.string({ unit: "binary", maxLength: 100 }),
  );
  const note = fc.option(text, { nil: undefined });
  const ttlMs = fc.constantFrom(1, 5, 1_000, 60_000, longestHoldMs);
  /** How many fences before the last one, or none. */
  const back = fc.constantFrom(0, 0, 0, 1, 17);
  const step = fc.oneof(
    fc.record({ ms: fc.constantFrom(1, 4, 5, 999, 1_000, 61_000, -3_000) }),
    fc.record({ verb: fc.constant("look" as const) }),
    fc.record({ verb: fc.constant("take" as const), ttlMs, note, back: fc.option(back, { nil: undefined }) }),
    fc.record({ verb: fc.constant("renew" as const), ttlMs: fc.oneof(ttlMs, fc.constant(0)), note, back }),
  );

  describe.each(kinds)("leases of %s", (_kind, make) => {
    it("are granted as the step grants them", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(text, { minLength: 1, maxLength: 2 }),
          fc.array(step, { maxLength: 25, size: "max" }),
          async (names, steps) => {
            clock.set(fakeStartMs);
            const backend = make(true);
            const states = new Map<string, LeaseState | undefined>();
            for (const [i, one] of steps.entries()) {
              if ("ms" in one) {
                clock.advance(one.ms);
                continue;
              }
              const name = names[i % names.length] as string;
              const fence = Math.max(0, (states.get(name)?.fence ?? 0) - ("back" in one ? (one.back ?? 0) : 0));
              const request = {
                ...one,
                name,
                ...(one.verb === "take" && { after: one.back === undefined ? undefined : fence }),
                ...(one.verb === "renew" && { fence }),
              } as LeaseRequest;
              const { state, answer } = leaseStep(states.get(name), request, clock.now());
              states.set(name, state);
              expect(await ask(backend, request)).toEqual(answer);
            }
          },
        ),
        { numRuns: 25 },
      );
    });

    it("keep the longest note and the longest name, whatever is in them, by the server's clock", async () => {
      const backend = make(false);
      for (const unit of ["a", "\0", "\ud83d\ude00", "\ud800", "{", "%", '"']) {
        const long = unit.repeat(longestNote).slice(0, longestNote);
        const before = Date.now();
        const { granted, fence, leftMs, note } = await ask(backend, take(long, { note: long, ttlMs: longestHoldMs }));
        expect([granted, note === long, leftMs]).toEqual([true, true, longestHoldMs]);
        expect(Math.abs(fence - before)).toBeLessThan(5_000);
        expect((await ask(backend, look(long))).note === long).toBe(true);
        expect(await ask(backend, take(long))).toMatchObject({ granted: false, fence });
      }
    });

    it("go to one of many who ask at once", async () => {
      const backend = make(false);
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(backend, take("job"))));
      expect(answers.filter(({ granted }) => granted)).toHaveLength(1);
      expect(new Set(answers.map(({ fence }) => fence)).size).toBe(1);
    });

    it("refuse a request that makes no sense, and ask nobody", async () => {
      const refused = async () => await ask(make(false), take("job", { ttlMs: 0 }));
      await expect(refused()).rejects.toSatisfy((error) => isConfigError(error) && error.code === "SLUICE_LEASE");
    });
  });

  describe("a lease on the server", () => {
    const prefix = "kept:";
    const backend = redis(direct, { prefix, denyCache: false, deadlineMs: 10_000 });

    it("is a key with its name as a hash tag, kept for thirty days after its end", async () => {
      const { fence } = await ask(backend, take("job {1}", { note: "a:b" }));
      const [key = "", ...others] = await direct.keys(`${prefix}*`);
      expect([key, others]).toEqual([`${prefix}lease:{13:job %7b;1%7d;}`, []]);
      expect(await direct.get(key)).toMatch(new RegExp(`^${fence}:\\d+:a:b$`));
      const kept = async (ttl: number) => {
        const left = (await direct.pttl(key)) - ttl - keptAfterEndMs;
        expect(left).toBeLessThanOrEqual(1);
        expect(left).toBeGreaterThan(-5_000);
      };
      await kept(60_000);
      expect(await ask(backend, { name: "job {1}", verb: "renew", ttlMs: 0, fence })).toMatchObject({
        granted: true,
        leftMs: 0,
      });
      await kept(0);
      await ask(backend, take("x".repeat(300)));
      expect(await direct.keys(`${prefix}lease:{#*`)).toEqual([
        expect.stringMatching(/^kept:lease:\{#[0-9a-f]{64}\}$/),
      ]);
    });

    it("is no counter, and no counter is a lease", async () => {
      await ask(backend, take("both"));
      await backend.reset?.({
        policy: { name: "api", algorithm: "token-bucket", limit: 5, windowMs: 1_000 },
        key: "both",
      });
      expect(await ask(backend, look("both"))).toMatchObject({ leftMs: expect.any(Number), granted: true });
      expect((await ask(backend, look("both"))).leftMs).toBeGreaterThan(0);
    });

    it("leaves alone what somebody else has put there, and says so", async () => {
      const key = `${prefix}lease:{7:foreign}`;
      const foreign = async (request: LeaseRequest) =>
        await expect(ask(backend, request)).rejects.toMatchObject({ code: "SLUICE_BACKEND_REFUSED" });
      for (const value of [
        "hello",
        "",
        "1:2",
        ":::",
        "1:2x:",
        "-1:2:",
        "99999999999999999999:1:x",
        "1:9007199254740993:",
      ]) {
        await direct.set(key, value);
        for (const request of [take("foreign"), take("foreign", { after: 1 }), look("foreign")]) await foreign(request);
        expect([await direct.get(key), await direct.pttl(key)]).toEqual([value, -1]);
      }
      await direct.del(key);
      await direct.rpush(key, "somebody's");
      await foreign(take("foreign"));
      expect(await direct.lrange(key, 0, -1)).toEqual(["somebody's"]);
    });

    it("is one call, and costs what it must", async () => {
      await ask(backend, take("warm"));
      const billed = async (request: LeaseRequest) => {
        await direct.config("RESETSTAT");
        await ask(backend, request);
        const stats = await direct.info("commandstats");
        return [...stats.matchAll(/^cmdstat_(\w+):calls=(\d+)/gm)]
          .map(([, name, calls]) => `${calls} ${name}`)
          .filter((line) => !/config|info/.test(line))
          .toSorted();
      };
      expect(await billed(take("one"))).toEqual(["1 evalsha", "1 get", "1 set", "1 time"]);
      expect(await billed(take("one"))).toEqual(["1 evalsha", "1 get", "1 time"]);
      expect(await billed(look("one"))).toEqual(["1 evalsha", "1 get", "1 time"]);
    });

    it("brings its script along once after the server forgot it", async () => {
      await direct.script("FLUSH");
      expect(await ask(backend, take("forgotten"))).toMatchObject({ granted: true });
    });

    it("makes an answer of another script a failure", async () => {
      const lying = (reply: (told: unknown[]) => unknown) =>
        redis(
          Object.assign(Object.create(direct), {
            evalsha: async (...args: Parameters<Redis["evalsha"]>) =>
              reply((await direct.evalsha(...args)) as unknown[]),
          }) as Redis,
          { denyCache: false },
        );
      await ask(backend, take("told", { note: "n" }));
      const replies: ((told: unknown[]) => unknown)[] = [
        ([now, granted, raw]) => [now, 1 - Number(granted), raw],
        ([now, granted]) => [now, granted, "hello"],
        ([now, granted]) => [now, granted, "99999999999999999999:1:x"],
        ([now]) => [now, 1],
        () => "OK",
        () => null,
      ];
      for (const reply of replies) {
        await expect(ask(lying(reply), look("told"))).rejects.toMatchObject({ code: "SLUICE_BACKEND_ANSWER" });
      }
    });
  });

  describe("an answer that was lost", () => {
    it("is a failure, and nothing is sent twice: redis", async () => {
      const proxy = await lossyProxy(server.port);
      const client = new Redis(proxy.url, { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false });
      client.on("error", () => {});
      try {
        const backend = redis(client, { prefix: "lost:", denyCache: false, deadlineMs: 2_000 });
        const { fence } = await ask(backend, take("job"));
        proxy.loseAnswer();
        const again = ask(backend, take("job", { after: fence, note: "mine" }));
        await expect(again).rejects.toMatchObject({
          name: "BackendError",
          code: expect.stringMatching(/UNREACHABLE|TIMEOUT/),
        });
        const found = await ask(backend, look("job"));
        // Taken once: a second compare-and-set would have found another fence, a second blind one a larger.
        expect(found).toMatchObject({ note: "mine" });
        expect(found.fence).toBeGreaterThan(fence);
        expect(await ask(backend, take("job", { after: fence }))).toMatchObject({ granted: false, fence: found.fence });
      } finally {
        client.disconnect();
        proxy.close();
      }
    });

    it("is a failure, and nothing is sent twice: upstash", async () => {
      const backend = upstash({ deadlineMs: 1_000 });
      await ask(backend, take("warm"));
      const lost = async () => {
        front.faults.dropAfterCommit(1);
        await expect(ask(backend, take("job"))).rejects.toMatchObject({ name: "BackendError" });
      };
      expect((await taken(lost)).requests).toBe(1);
      expect((await ask(backend, look("job"))).leftMs).toBeGreaterThan(0);
    });
  });
} else {
  it.skipIf(!hasRedis)("leases: need redis-server", () => {});
}
