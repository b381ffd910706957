/** Callers whose processes share one limit through Redis. */

import { per } from "@sluice/core";
import { redis } from "@sluice/core/redis";
import { createClient } from "@sluice/outbound";
import Bottleneck from "bottleneck";
import { Redis } from "ioredis";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { type Caller, retried, retryFailed, send } from "./callers.ts";
import { clientCall, retry } from "./own.ts";

/** What a busy machine keeps waiting is slow, not failed. */
const deadlineMs = 5_000;

export const shared: Readonly<Record<string, Caller>> = {
  Sluice: ({ url, name, limit, windowMs, redis: at }) => {
    const backend = redis(connected(at), { deadlineMs });
    return clientCall(
      createClient({ name, backend, rate: per(`${windowMs}ms`, limit), maxWaitMs: 120_000, retry }),
      url,
    );
  },

  "Bottleneck on Redis": async ({ url, name, limit, windowMs, redis: at }) => {
    const connection = new Bottleneck.IORedisConnection({ client: connected(at) });
    const scheduler = new Bottleneck({ id: name, connection, minTime: windowMs / limit });
    retryFailed(scheduler);
    await scheduler.ready();
    return () => scheduler.schedule(() => send(url));
  },

  /** It rejects what it denies, and says for how long. */
  "rate-limiter-flexible in p-retry": ({ url, name, limit, windowMs, redis: at }) => {
    const storeClient = connected(at);
    const limiter = new RateLimiterRedis({ storeClient, keyPrefix: name, points: limit, duration: windowMs / 1_000 });
    const turn = async (): Promise<void> => {
      for (;;) {
        try {
          await limiter.consume("key");
          return;
        } catch (denial) {
          if (!(denial instanceof RateLimiterRes)) throw denial;
          await new Promise((resolve) => setTimeout(resolve, denial.msBeforeNext));
        }
      }
    };
    return () =>
      retried(async () => {
        await turn();
        await send(url);
      });
  },
};

function connected(url: string | undefined): Redis {
  if (url === undefined) throw new Error("was told of no Redis");
  return new Redis(url);
}
