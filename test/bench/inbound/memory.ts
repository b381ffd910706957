/** Bytes that one key takes in memory, the key's own string not counted. */

import { policy } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { MemoryStore } from "hono-rate-limiter";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { askOnce, type Contender, type Contenders } from "../contender.ts";
import type { Measure } from "../measure.ts";
import { keys } from "./keys.ts";

const windowMs = 3_600_000;
const million = 1_000_000;
/** Just past the size at which a Map, and packed rows, have doubled: the least favourable count below a million. */
const doubled = 530_000;
const most = 64;

/** Fills a store with keys and tells bytes per key. `fill` returns what must stay reachable. */
function filled(count: number, fill: (names: readonly string[]) => unknown): Contender<number> {
  return () => () => {
    const names = keys(count);
    const before = reachable();
    const store = fill(names);
    const bytes = reachable() - before;
    if (store === undefined || names.length !== count) throw new Error("nothing was kept");
    return bytes / count;
  };
}

/** `external` includes the buffers of typed arrays. */
function reachable(): number {
  for (let i = 0; i < 3; i++) global.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function fillSluice(names: readonly string[]): unknown {
  const asked = policy("bench", { algorithm: "token-bucket", limit: 60, windowMs });
  const backend = memory({ maxKeys: 2 * million });
  for (const key of names) backend.consume([{ policy: asked, key, cost: 1 }]);
  if (backend.size() !== names.length) throw new Error("keys were evicted");
  return backend;
}

export const contenders: Contenders<number> = {
  sluice: filled(million, fillSluice),
  "sluice, doubled": filled(doubled, fillSluice),
  flexible: filled(million, (names) => {
    // A prefix would make a string of its own for each key.
    const limiter = new RateLimiterMemory({ points: 60, duration: windowMs / 1_000, keyPrefix: "" });
    for (const key of names) void limiter.consume(key);
    return limiter;
  }),
  hono: filled(million, (names) => {
    const store = new MemoryStore();
    store.init({ windowMs } as Parameters<typeof store.init>[0]);
    for (const key of names) store.increment(key);
    return store;
  }),
};

export const bytesPerKey: Measure = async () => {
  const sluice = await askOnce<number>(import.meta.url, "sluice");
  const worst = await askOnce<number>(import.meta.url, "sluice, doubled");
  const flexible = await askOnce<number>(import.meta.url, "flexible");
  const hono = await askOnce<number>(import.meta.url, "hono");
  const peers = `rate-limiter-flexible ${flexible.toFixed(0)} B, hono-rate-limiter ${hono.toFixed(0)} B`;
  const measure = "bytes per key, 1 M keys";
  return {
    rows: [{ measure, against: peers, measured: `${sluice.toFixed(1)} B`, reach: `≤ ${most} B`, met: sluice <= most }],
    raw: [
      `${measure}, Sluice: ${sluice.toFixed(1)} B; at ${doubled.toLocaleString("en")} keys, after doubling: ${worst.toFixed(1)} B`,
      `${measure}, rate-limiter-flexible: ${flexible.toFixed(1)} B (without a key prefix)`,
      `${measure}, hono-rate-limiter: ${hono.toFixed(1)} B`,
    ],
  };
};
