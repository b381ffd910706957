/** A process of its own on a Redis server: asks many times at once, and tells how often each question was admitted. */

import { argv } from "node:process";
import { type Charge, per, policy } from "@sluice/core/engine";
import { redis } from "@sluice/core/redis";
import { Redis } from "ioredis";

/** A unit of a limit that returns nothing while the test lasts. */
export function unit(name: string, limit: number, key = "everybody"): Charge {
  return { policy: policy(name, per("1d", limit, { algorithm: "fixed-window" })), key, cost: 1, shard: "s" };
}

/** What all processes ask for, again and again. */
export const questions: readonly (readonly Charge[])[] = [
  [unit("one", 300)],
  [unit("wide", 900), unit("narrow", 250)],
  [unit("wide", 900, "other"), unit("single", 1)],
];

const [, program, url] = argv;
if (process.send && program?.endsWith("redis-worker.ts") && url !== undefined) {
  const client = new Redis(url);
  client.on("error", () => {});
  const backend = redis(client, { denyCache: false, deadlineMs: 10_000 });
  process.on("message", async (times: number) => {
    const admitted = questions.map(() => 0);
    for (let i = 0; i < times; i++) {
      const outcomes = await Promise.all(questions.map(async (charges) => await backend.consume(charges)));
      for (const [at, { allowed }] of outcomes.entries()) if (allowed) admitted[at] = (admitted[at] ?? 0) + 1;
    }
    process.send?.(admitted);
  });
  process.send("ready");
}
