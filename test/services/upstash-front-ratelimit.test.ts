import { Ratelimit } from "@upstash/ratelimit";
import { describe, expect, it } from "vitest";
import { hasRedis } from "./redis.ts";
import { fixture, taken } from "./upstash-front-fixture.ts";

/** Long enough that no test meets a window's end. */
const window = "1 h";

describe.skipIf(!hasRedis)("@upstash/ratelimit through the front", () => {
  const at = fixture();
  const limiter = (
    prefix: string,
    algorithm: ConstructorParameters<typeof Ratelimit>[0]["limiter"],
    more: { dynamicLimits?: boolean; analytics?: boolean; enableProtection?: boolean } = {},
  ) => new Ratelimit({ redis: at.redis, limiter: algorithm, prefix, ephemeralCache: false, ...more });
  const admitted = async (ratelimit: Ratelimit, times: number) => {
    const answers = [];
    for (let i = 0; i < times; i++) answers.push((await ratelimit.limit("user")).success);
    return answers.filter(Boolean).length;
  };
  const bill = async (ratelimit: Ratelimit) => (await taken(at.front, () => ratelimit.limit("user"))).commands;

  // What each decision costs is what its makers state, and what reading its scripts gives.
  it.each([
    ["fixed window", () => Ratelimit.fixedWindow(3, window), { first: 3, next: 2, denied: 2 }],
    ["sliding window", () => Ratelimit.slidingWindow(3, window), { first: 5, next: 4, denied: 3 }],
    ["token bucket", () => Ratelimit.tokenBucket(1, window, 3), { first: 4, next: 4, denied: 2 }],
  ] as const)("counts by the %s, and costs what it should", async (name, algorithm, costs) => {
    const ratelimit = limiter(name, algorithm());
    await limiter(`${name} before`, algorithm()).limit("user");
    expect(await bill(ratelimit)).toBe(costs.first);
    expect(await bill(ratelimit)).toBe(costs.next);
    expect(await admitted(ratelimit, 5)).toBe(1);
    expect(await bill(ratelimit)).toBe(costs.denied);
    expect(await ratelimit.getRemaining("user")).toMatchObject({ remaining: 0 });
  });

  it("counts by the cached fixed window", async () => {
    const ratelimit = new Ratelimit({
      redis: at.redis,
      limiter: Ratelimit.cachedFixedWindow(3, window),
      prefix: "cached",
    });
    let allowed = 0;
    for (let i = 0; i < 6; i++) {
      const { success, pending } = await ratelimit.limit("user");
      await pending;
      allowed += Number(success);
    }
    expect(allowed).toBe(3);
  });

  it("follows a limit that changes", async () => {
    const ratelimit = limiter("dynamic", Ratelimit.fixedWindow(2, window), { dynamicLimits: true });
    await ratelimit.setDynamicLimit({ limit: 4 });
    expect(await admitted(ratelimit, 6)).toBe(4);
  });

  it("forgets on reset", async () => {
    const ratelimit = limiter("reset", Ratelimit.slidingWindow(2, window));
    expect(await admitted(ratelimit, 4)).toBe(2);
    await ratelimit.resetUsedTokens("user");
    expect(await admitted(ratelimit, 4)).toBe(2);
  });

  it("records analytics beside", async () => {
    const ratelimit = limiter("analytics", Ratelimit.fixedWindow(2, window), { analytics: true });
    await (await ratelimit.limit("user")).pending;
    expect(at.front.requests().flatMap(({ commands }) => commands.map(([name]) => name))).toContain("zincrby");
  });

  it("asks its list of those to deny", async () => {
    // Otherwise it would fetch a list of addresses from the internet.
    await at.redis.set("protected:ipDenyListStatus", "disabled");
    await at.redis.sadd("protected:denyList:all", "bad");
    const ratelimit = limiter("protected", Ratelimit.fixedWindow(2, window), { enableProtection: true });
    expect(await ratelimit.limit("bad")).toMatchObject({ success: false, reason: "denyList" });
  });

  it("needs one request for 100 decisions at once, and one more where the script is new", async () => {
    const ratelimit = limiter("together", Ratelimit.tokenBucket(60, window, 60));
    await at.redis.scriptFlush();
    const hundred = () => Promise.all(Array.from({ length: 100 }, (_, i) => ratelimit.limit(`user${i}`)));
    expect((await taken(at.front, hundred)).requests).toBe(2);
    expect(await taken(at.front, hundred)).toEqual({ requests: 1, commands: 400 });
  });
});
