/** Everyone who lets calls wait for a limit, set up as their own documents say and behind one verb. */

import { per } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { limiter } from "@sluice/outbound";
import Bottleneck from "bottleneck";
import { RateLimiter } from "limiter";
import PQueue from "p-queue";
import pThrottle from "p-throttle";
import { RateLimiterMemory, RateLimiterQueue, type RateLimiterRes } from "rate-limiter-flexible";

/** Starts the job when the limit allows, and resolves once it has started. */
export type Pace = (job: () => void, cost?: number) => Promise<void>;

/** So many starts in so many milliseconds. */
export type Pacer = (limit: number, windowMs: number) => Pace;

/** Each in the mode that its documents begin with. */
export const defaults: Readonly<Record<string, Pacer>> = {
  "Bottleneck, reservoir": (limit, windowMs) => {
    const bottleneck = new Bottleneck({
      reservoir: limit,
      reservoirRefreshAmount: limit,
      reservoirRefreshInterval: windowMs,
      // It looks after its reservoir every five seconds unless told otherwise.
      heartbeatInterval: windowMs,
    } as Bottleneck.ConstructorOptions);
    return (job, cost = 1) => bottleneck.schedule({ weight: cost }, async () => job());
  },

  "p-throttle": (limit, windowMs) => throttled(limit, windowMs, false),

  "p-queue": (limit, windowMs) => queued(limit, windowMs, false),

  limiter: (limit, windowMs) => {
    const bucket = new RateLimiter({ tokensPerInterval: limit, interval: windowMs });
    return async (job, cost = 1) => {
      await bucket.removeTokens(cost);
      job();
    };
  },

  "rate-limiter-flexible, queue": (limit, windowMs) => {
    const memory = new RateLimiterMemory({ points: limit, duration: windowMs / 1_000 });
    const queue = new RateLimiterQueue(memory);
    return async (job, cost = 1) => {
      await queue.removeTokens(cost);
      job();
    };
  },
};

/** Those that promise no more than the limit in any window. */
export const strict: Readonly<Record<string, Pacer>> = {
  "Bottleneck, minTime": (limit, windowMs) => {
    const bottleneck = new Bottleneck({ minTime: windowMs / limit });
    return (job, cost = 1) => bottleneck.schedule({ weight: cost }, async () => job());
  },
  "p-throttle, strict": (limit, windowMs) => throttled(limit, windowMs, true),
  "p-queue, strict": (limit, windowMs) => queued(limit, windowMs, true),
};

/** Waiters who sleep for as long as they are told and ask again, each for itself. */
export const polling: Readonly<Record<string, Pacer>> = {
  "rate-limiter-flexible, asked again": (limit, windowMs) => {
    const memory = new RateLimiterMemory({ points: limit, duration: windowMs / 1_000 });
    return async (job, cost = 1) => {
      for (;;) {
        try {
          await memory.consume("key", cost);
          return job();
        } catch (denial) {
          const { msBeforeNext } = denial as RateLimiterRes;
          await new Promise((resolve) => setTimeout(resolve, msBeforeNext));
        }
      }
    };
  },
};

/** With defaults throughout. */
export const own: Readonly<Record<string, Pacer>> = {
  Sluice: (limit, windowMs) => {
    const limited = limiter({ name: "bench", rate: per(`${windowMs}ms`, limit), backend: memory() });
    return async (job, cost = 1) => {
      await limited.acquire(cost, { maxWaitMs: 60_000 });
      job();
    };
  },
};

/** The two modes of peers, for tables that name no more. */
export const modes: Readonly<Record<string, readonly string[]>> = {
  "default modes": Object.keys(defaults),
  "strict modes": Object.keys(strict),
};

/** Those that go about costs in another way than about single calls. */
export const weighted: Readonly<Record<string, Pacer>> = {
  "p-throttle": (limit, windowMs) => weighed(limit, windowMs, false),
  "p-throttle, strict": (limit, windowMs) => weighed(limit, windowMs, true),
};

/** Two hundred calls within a fifth of a second: afterwards the code is as warm as it is in a process that has run for a while. */
export async function warmUp(pacer: Pacer): Promise<void> {
  const pace = pacer(20, 20);
  for (let batch = 0; batch < 5; batch++) {
    await Promise.all(Array.from({ length: 40 }, () => pace(() => {})));
  }
}

function throttled(limit: number, interval: number, strict: boolean): Pace {
  const call = pThrottle({ limit, interval, strict })((job: () => void) => job());
  return async (job) => call(job);
}

function weighed(limit: number, interval: number, strict: boolean): Pace {
  const throttle = pThrottle({ limit, interval, strict, weight: (_job: () => void, cost: number) => cost });
  const call = throttle((job: () => void, _cost: number) => job());
  return async (job, cost = 1) => call(job, cost);
}

/** It knows no costs: a job of several takes one place. */
function queued(intervalCap: number, interval: number, strict: boolean): Pace {
  const queue = new PQueue({ intervalCap, interval, strict });
  return (job) => queue.add(job);
}
