/** How many calls a second get through a limit that is not met: asked at once, and awaited. */

import { per, policy } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { limiter } from "@sluice/outbound";
import Bottleneck from "bottleneck";
import { RateLimiter } from "limiter";
import PQueue from "p-queue";
import pThrottle from "p-throttle";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { askOnce, type Contenders } from "../contender.ts";
import { type Measure, ratioRow } from "../measure.ts";
import { type Progress, quotients, type Repeated, race, rawTimes, timed } from "../rounds.ts";

/** Never met: a thousand times what the fastest asks for. */
const limit = 1_000_000_000;
const windowMs = 1_000;
const keys = Array.from({ length: 1_000 }, (_, i) => `key-${i}`);
const slow = 100;

/** Results are kept a while, as a caller keeps them, so that no compiler can leave them out. */
const kept: unknown[] = new Array(1_024).fill(undefined);

const trying: Readonly<Record<string, () => Repeated>> = {
  Sluice() {
    const limited = limiter({ name: "bench", rate: rate(), backend: memory() });
    return overKeys((key) => limited.for(key).tryAcquire());
  },

  "Sluice, held": () => {
    const limited = limiter({ name: "bench", rate: rate(), backend: memory() });
    const held = new Map(keys.map((key) => [key, limited.for(key)]));
    return overKeys((key) => held.get(key)?.tryAcquire());
  },

  "its backend alone": () => {
    const backend = memory();
    const asked = policy("bench", rate());
    return overKeys((key) => backend.consume([{ policy: asked, key, cost: 1 }]));
  },

  limiter() {
    const held = new Map(keys.map((key) => [key, new RateLimiter({ tokensPerInterval: limit, interval: windowMs })]));
    return overKeys((key) => held.get(key)?.tryRemoveTokens(1));
  },
};

const waited: Readonly<Record<string, () => Repeated>> = {
  Sluice() {
    const limited = limiter({ name: "bench", rate: rate(), backend: memory() });
    return awaiting(() => limited.acquire());
  },

  "rate-limiter-flexible": () => {
    const memory = new RateLimiterMemory({ points: limit, duration: windowMs / 1_000 });
    return awaiting(() => memory.consume("key"));
  },

  "p-throttle": () => {
    const throttled = pThrottle({ limit, interval: windowMs })(() => true);
    return awaiting(() => throttled());
  },

  "p-queue": () => {
    const queue = new PQueue({ intervalCap: limit, interval: windowMs });
    return awaiting(() => queue.add(() => true));
  },

  limiter() {
    const bucket = new RateLimiter({ tokensPerInterval: limit, interval: windowMs });
    return awaiting(() => bucket.removeTokens(1));
  },
};

/** It sets a timer for every job, so it is told apart from the others: a hundred jobs, on the wall. */
const bottleneck: Contenders<number> = {
  Bottleneck: () => {
    const scheduler = new Bottleneck({
      reservoir: limit,
      reservoirRefreshAmount: limit,
      reservoirRefreshInterval: windowMs,
    });
    return async () => {
      const before = performance.now();
      for (let i = 0; i < slow; i++) await scheduler.schedule(async () => true);
      return (performance.now() - before) / slow;
    };
  },
};

export const contenders: Contenders<Progress | number> = {
  ...Object.fromEntries(Object.entries(trying).map(([name, make]) => [`try: ${name}`, timed(make)])),
  ...Object.fromEntries(Object.entries(waited).map(([name, make]) => [`await: ${name}`, timed(make)])),
  ...bottleneck,
};

export const verbs: Measure = async () => {
  const now = await race(
    import.meta.url,
    Object.keys(trying).map((name) => `try: ${name}`),
  );
  const later = await race(
    import.meta.url,
    Object.keys(waited).map((name) => `await: ${name}`),
  );
  const bottleneckMs = await askOnce<number>(import.meta.url, "Bottleneck");
  const tried = (own: string): number[] => quotients(now["try: limiter"] ?? [], now[`try: ${own}`] ?? []);
  const awaitOf = (name: string): readonly number[] => later[`await: ${name}`] ?? [];
  const acquired = "awaited acquire/s";
  const ratio = (peer: string): number[] => quotients(awaitOf(peer), awaitOf("Sluice"));
  return {
    rows: [
      ratioRow("tryAcquire/s, a limiter held for each of 1,000 keys", "limiter, held alike", tried("Sluice, held"), {
        least: 0.7,
      }),
      ratioRow("tryAcquire/s, for(key) each time, 1,000 keys", "limiter, held", tried("Sluice"), { least: 0.7 }),
      ratioRow(acquired, "rate-limiter-flexible", ratio("rate-limiter-flexible"), { least: 1.5 }),
      ...["p-throttle", "p-queue", "limiter"].map((peer) => {
        const { met: _, ...row } = ratioRow(acquired, peer, ratio(peer), { least: 0 });
        return { ...row, reach: "–" };
      }),
    ],
    raw: [
      ...rawTimes("tryAcquire", now),
      ...rawTimes(acquired, later),
      `${acquired}, Bottleneck: ${bottleneckMs.toFixed(2)} ms each on the wall, ${(1_000 / bottleneckMs).toFixed(0)}/s`,
    ],
  };
};

/** A burst and fifty million a second: nothing has to wait, and what is timed is the verb, not the limit. */
function rate() {
  return per("10ms", 1_000_000, { burst: 500_000 });
}

function overKeys(ask: (key: string) => unknown): Repeated {
  let next = 0;
  return (operations) => {
    for (let i = 0; i < operations; i++) kept[i & 1023] = ask(keys[next++ % keys.length] as string);
  };
}

function awaiting(ask: () => unknown): Repeated {
  return async (operations) => {
    for (let i = 0; i < operations; i++) kept[i & 1023] = await ask();
  };
}
