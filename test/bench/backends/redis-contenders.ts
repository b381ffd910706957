/** Sluice and rate-limiter-flexible on the same client, each in a process of its own, all on one server. */

import { policy } from "@sluice/core";
import { redis } from "@sluice/core/redis";
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";
import type { Contenders } from "../contender.ts";
import { inRandomOrder, keys } from "../inbound/keys.ts";
import { type Progress, timed, wallTime } from "../rounds.ts";
import { fromCallers } from "./callers.ts";
import { plenty, slow } from "./rates.ts";
import { deadlineMs } from "./with-redis.ts";

/** How many keys are asked for, and under how many limits at once. */
export const cases = {
  "one limit, 10 k keys": { keys: 10_000, limits: ["bench"], rate: slow },
  "one limit, one hot key": { keys: 1, limits: ["bench"], rate: plenty },
  "three limits, 10 k keys": { keys: 10_000, limits: ["second", "minute", "day"], rate: slow },
} as const;

type Case = (typeof cases)[keyof typeof cases];

const peers = {
  sluice({ limits, rate }: Case, client: Redis) {
    const policies = limits.map((name) => policy(name, rate));
    const backend = redis(client, { denyCache: false, deadlineMs });
    return async (key: string) => {
      const outcome = await backend.consume(policies.map((policy) => ({ policy, key, shard: key, cost: 1 })));
      if (!outcome.allowed) throw new Error("denied what fits");
    };
  },

  /** It rejects what it denies. */
  flexible({ limits, rate }: Case, client: Redis) {
    const limiters = limits.map(
      (keyPrefix) =>
        new RateLimiterRedis({ storeClient: client, keyPrefix, points: rate.limit, duration: rate.windowMs / 1_000 }),
    );
    const [only] = limiters as [RateLimiterRedis];
    if (limiters.length === 1) return (key: string) => only.consume(key);
    return (key: string) => Promise.all(limiters.map((limiter) => limiter.consume(key)));
  },
};

export const contenders: Contenders<Progress> = Object.fromEntries(
  Object.entries(cases).flatMap(([title, one]) =>
    Object.entries(peers).map(([peer, make]) => [
      `${title}: ${peer}`,
      timed(async (url) => {
        const names = inRandomOrder(keys(one.keys));
        const ask = make(one, new Redis(url));
        const repeat = fromCallers(async (operation) => {
          await ask(names[operation % names.length] as string);
        });
        // Every key has its counter before the clock starts.
        await repeat(names.length);
        return repeat;
      }, wallTime),
    ]),
  ),
);
