/** Everyone who calls an API under a limit, set up as people combine them: the limit once, failures tried again. */

import Bottleneck from "bottleneck";
import ky from "ky";
import { RateLimiter } from "limiter";
import PQueue from "p-queue";
import pRetry, { type Options as RetryOptions } from "p-retry";
import pThrottle from "p-throttle";

/** What a caller is told of an API: where it is, and what it is said to allow. */
export interface Told {
  readonly url: string;
  readonly limit: number;
  readonly windowMs: number;
  /** What the limit is called where it is shared. */
  readonly name: string;
  /** A Redis that all processes of the caller share. */
  readonly redis?: string | undefined;
}

/** One call: resolves once its answer is read, rejects when it is given up. */
export type Call = () => Promise<void>;
export type Caller = (told: Told) => Call | Promise<Call>;

/** An answer that is none. */
class Unanswered extends Error {
  readonly retryAfterMs: number;

  constructor(status: number, retryAfterMs: number) {
    super(`answered ${status}`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The same for all that retry by themselves: ten times, 150 ms later on average, twice as long each time, up to 5 s. */
const backoff: RetryOptions = { retries: 10, minTimeout: 100, maxTimeout: 5_000, randomize: true };

/** Also waits for as long as the answer said, before the backoff; for this call alone, since it knows no other. */
const obedient: RetryOptions = {
  ...backoff,
  onFailedAttempt: async ({ error }) => {
    if (error instanceof Unanswered && error.retryAfterMs > 0) await pause(error.retryAfterMs);
  },
};

/** The limit within the retry: every attempt takes its turn. */
export const within: Readonly<Record<string, Caller>> = {
  "limiter in p-retry": ({ url, limit, windowMs }) => {
    const bucket = new RateLimiter({ tokensPerInterval: limit, interval: windowMs });
    return () =>
      pRetry(async () => {
        await bucket.removeTokens(1);
        await send(url);
      }, obedient);
  },

  "p-throttle in p-retry": ({ url, limit, windowMs }) => {
    const throttled = pThrottle({ limit, interval: windowMs, strict: true })(() => send(url));
    return () => pRetry(throttled, obedient);
  },

  "p-queue in p-retry": ({ url, limit, windowMs }) => {
    const queue = new PQueue({ intervalCap: limit, interval: windowMs, strict: true });
    return () => pRetry(() => queue.add(() => send(url)), obedient);
  },
};

/** The limit around the retry, or a retry that the limit does not see. */
export const around: Readonly<Record<string, Caller>> = {
  Bottleneck: ({ url, limit, windowMs }) => {
    const scheduler = new Bottleneck({ minTime: windowMs / limit });
    retryFailed(scheduler);
    return () => scheduler.schedule(() => send(url));
  },

  "p-throttle around p-retry": ({ url, limit, windowMs }) =>
    pThrottle({ limit, interval: windowMs })(() => pRetry(() => send(url), obedient)),
};

/** No limit, only another try. */
export const retrying: Readonly<Record<string, Caller>> = {
  "p-retry, Retry-After":
    ({ url }) =>
    () =>
      pRetry(() => send(url), obedient),

  "p-retry":
    ({ url }) =>
    () =>
      pRetry(() => send(url), backoff),

  ky: ({ url }) => {
    const retry = { limit: 10, backoffLimit: 5_000, jitter: true };
    return async () => {
      await ky.get(url, { retry, timeout: false }).text();
    };
  },
};

/** Three tries at once. */
export const naive: Readonly<Record<string, Caller>> = {
  naive:
    ({ url }) =>
    () =>
      send(url)
        .catch(() => send(url))
        .catch(() => send(url)),
};

/** Its own way to try again: an event that says after how long. */
export function retryFailed(scheduler: Bottleneck): void {
  scheduler.on("failed", (_error, { retryCount }) => {
    const { retries = 0, minTimeout = 0, maxTimeout = 0 } = backoff;
    return retryCount < retries ? Math.min(maxTimeout, minTimeout * 2 ** retryCount * (1 + Math.random())) : undefined;
  });
}

/** Retries as all of them do, and as the answer says. */
export function retried(attempt: () => Promise<void>): Promise<void> {
  return pRetry(attempt, obedient);
}

/** Bare: one request; throws for whatever is no answer, with its body read. */
export async function send(url: string): Promise<void> {
  const response = await fetch(url);
  await response.text();
  if (response.ok) return;
  throw new Unanswered(response.status, Number(response.headers.get("retry-after") ?? 0) * 1_000);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
