import { type Charge, perHour, perMinute, policy } from "@sluice/core";
import { hasRedis } from "@sluice/test-services/redis";
import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";
import { describe, expect, it } from "vitest";
import { api, charge, upstashFixture } from "./upstash-fixture.ts";

if (hasRedis) {
  const { backend, front, taken } = await upstashFixture();
  const algorithms = {
    "token-bucket": { limit: 3, algorithm: "token-bucket", windowMs: 3_600_000 },
    strict: { limit: 6, burst: 3, strict: true, algorithm: "token-bucket", windowMs: 3_600_000 },
    "fixed-window": { limit: 3, algorithm: "fixed-window", windowMs: 3_600_000 },
    "sliding-window": { limit: 3, algorithm: "sliding-window", windowMs: 3_600_000 },
    "sliding-log": { limit: 3, algorithm: "sliding-log", windowMs: 3_600_000 },
    calendar: { limit: 3, algorithm: "calendar", period: "month" },
  } as const;

  describe("what Upstash bills", () => {
    it.each(Object.entries(algorithms))("is 4 for a charge by the %s, and 3 for a denial", async (name, rate) => {
      const asked = [charge({ policy: policy(name, rate) })];
      const counted = backend();
      await counted.consume([charge()]);
      for (let i = 0; i < 3; i++) {
        expect(await taken(() => counted.consume(asked))).toEqual({ requests: 1, commands: 4 });
      }
      expect((await counted.consume(asked)).allowed).toBe(false);
      expect(await taken(() => counted.consume(asked))).toEqual({ requests: 1, commands: 3 });
    });

    it("is 6 for three limits together, 3 when one of them denies, and 0 for a denial that is remembered", async () => {
      const counted = backend({ denyCache: {} });
      const three: Charge[] = [
        charge({ policy: policy("minute", perMinute(2)) }),
        charge({ policy: policy("hour", perHour(10)) }),
        charge({ policy: policy("send", { limit: 100, algorithm: "calendar", period: "day" }), key: "tenant" }),
      ];
      await counted.consume(three);
      expect(await taken(() => counted.consume(three))).toEqual({ requests: 1, commands: 6 });
      expect(await taken(() => counted.consume(three))).toEqual({ requests: 1, commands: 3 });
      expect(await taken(() => counted.consume(three))).toEqual({ requests: 0, commands: 0 });
    });

    it("is 4 for a block and for a lease that is taken, 3 for one that is refused or looked at", async () => {
      const counted = backend();
      const commands = async (act: () => unknown) => (await taken(act)).commands;
      const take = () => counted.lease?.({ name: "job", verb: "take", ttlMs: 60_000 });
      await counted.consume([charge()]);
      await counted.lease?.({ name: "warm", verb: "look" });
      expect(await commands(() => counted.block?.(charge(), 1_000))).toBe(4);
      expect([await commands(take), await commands(take)]).toEqual([4, 3]);
      expect(await commands(() => counted.lease?.({ name: "job", verb: "look" }))).toBe(3);
    });

    it("is shared by decisions of the same moment, and so are the HTTP requests", async () => {
      const counted = backend();
      const crowd = () =>
        Promise.all(Array.from({ length: 100 }, (_, i) => counted.consume([charge({ key: `user:${i}` })])));
      const cold = await taken(crowd);
      expect(cold.requests).toBeLessThanOrEqual(2);
      const warm = await taken(crowd);
      expect(warm.requests).toBe(1);
      expect(warm.commands).toBeLessThanOrEqual(400);
      console.log(`100 decisions at once: ${warm.requests} request, ${warm.commands} billed commands`);
    });

    it("is the script and one call more after the database has forgotten it", async () => {
      const counted = backend();
      await counted.consume([charge()]);
      const redis = new Redis({ url: front.url, token: front.token });
      await redis.scriptFlush();
      expect(await taken(() => counted.consume([charge()]))).toEqual({ requests: 2, commands: 5 });
    });
  });

  describe("beside @upstash/ratelimit, in the same count", () => {
    const ratelimit = (limiter: ConstructorParameters<typeof Ratelimit>[0]["limiter"], prefix: string) =>
      new Ratelimit({
        redis: new Redis({ url: front.url, token: front.token }),
        limiter,
        prefix,
        ephemeralCache: false,
      });

    it("costs no more for a charge by the same algorithm", async () => {
      const counted = backend();
      const sluice = async (rate: (typeof algorithms)["token-bucket" | "sliding-window"]) => {
        const asked = [charge({ policy: policy("peer", rate) })];
        await counted.consume(asked);
        return (await taken(() => counted.consume(asked))).commands;
      };
      const peer = async (limiter: Parameters<typeof ratelimit>[0], prefix: string) => {
        const other = ratelimit(limiter, prefix);
        await other.limit("user");
        return (await taken(() => other.limit("user"))).commands;
      };
      expect(await sluice(algorithms["token-bucket"])).toBeLessThanOrEqual(
        await peer(Ratelimit.tokenBucket(3, "1 h", 3), "bucket"),
      );
      expect(await sluice(algorithms["sliding-window"])).toBeLessThanOrEqual(
        await peer(Ratelimit.slidingWindow(3, "1 h"), "sliding"),
      );
    });

    it("takes half the commands for three limits, and decides them together", async () => {
      const three = [api, policy("b", perMinute(60)), policy("c", perMinute(60))].map((each) =>
        charge({ policy: each }),
      );
      const counted = backend();
      await counted.consume(three);
      const sluice = await taken(() => counted.consume(three));
      const peers = ["a", "b", "c"].map((prefix) => ratelimit(Ratelimit.tokenBucket(60, "1 m", 60), prefix));
      const all = async () => {
        for (const peer of peers) await peer.limit("user");
      };
      await all();
      expect(sluice).toEqual({ requests: 1, commands: 6 });
      expect(await taken(all)).toEqual({ requests: 3, commands: 12 });
    });
  });
} else {
  it.skipIf(!hasRedis)("upstash: needs redis-server", () => {});
}
