/** What a decision costs the Redis server: its own processor time, 32 decisions asked for at once, 96 k keys in turn. */

import { ok, strictEqual } from "node:assert";
import { Redis } from "ioredis";
import { inRandomOrder, keys } from "../inbound/keys.ts";
import { type Measure, median, type Result, ratioRow } from "../measure.ts";
import { inTurn, type Progress, quotients, rawTimes } from "../rounds.ts";
import { slow } from "./rates.ts";
import { atOnce, bare, single, together } from "./redis-batches.ts";
import { bucket, careful, increment, naive } from "./redis-scripts.ts";
import { serverTime } from "./server-time.ts";
import { wireTo } from "./wire.ts";
import { withRedis } from "./with-redis.ts";

const batchesPerSlice = 100;
const everyKey = 96_000;

export const redisCpu: Measure = () =>
  withRedis(async ({ url, port }) => {
    const client = new Redis(url);
    const wire = await wireTo(port);
    try {
      await checkBuckets(client, careful, naive);
      const names = inRandomOrder(keys(everyKey));
      return await measured(client, wire.send, {
        Sluice: await single(url, names),
        "Sluice, 32 callers at once": await together(url, names),
        "careful bare script": await bare(url, names, careful, bucket),
        "naive bare script": await bare(url, names, naive, bucket),
        "INCR in Lua": await bare(url, names, increment, []),
      });
    } finally {
      wire.end();
      client.disconnect();
    }
  });

async function measured<N extends string>(
  client: Redis,
  send: (batch: Buffer) => Promise<void>,
  batches: Readonly<Record<N | "Sluice" | "careful bare script", readonly Buffer[]>>,
): Promise<Result> {
  type Name = keyof typeof batches;
  const names = Object.keys(batches) as Name[];
  const next = new Map<Name, number>();
  const inScript = new Map<Name, number[]>(names.map((name) => [name, []]));

  const slice = async (name: Name): Promise<Progress> => {
    const own = batches[name];
    const from = next.get(name) ?? 0;
    next.set(name, from + batchesPerSlice);
    const before = await serverTime(client);
    for (let i = from; i < from + batchesPerSlice; i++) await send(own[i % own.length] as Buffer);
    const after = await serverTime(client);
    const operations = batchesPerSlice * atOnce;
    inScript.get(name)?.push((after.inScriptUs - before.inScriptUs) / operations);
    return { operations, spentUs: after.totalUs - before.totalUs };
  };

  // Every key has its counter before anything is measured.
  for (const name of names) for (const batch of batches[name]) await send(batch);
  const times = await inTurn(names, slice);
  const measure = "Redis server CPU per token-bucket charge";
  const ratios = quotients(times.Sluice, times["careful bare script"]);
  const scripts = names.map((name) => `${name} ${median(inScript.get(name) ?? []).toFixed(1)}`);
  return {
    rows: [ratioRow(measure, "careful bare script", ratios, { most: 1.3 })],
    raw: [...rawTimes(measure, times), `${measure}, inside EVALSHA: ${scripts.join(", ")} µs`],
  };
}

/** The bare scripts are a fair yardstick only if they really are buckets: full ones deny, and denials book nothing. */
async function checkBuckets(client: Redis, ...scripts: readonly string[]): Promise<void> {
  for (const script of scripts) {
    const key = `checked:${script.length}`;
    const asked = Array.from({ length: slow.limit + 5 }, () => client.eval(script, 1, key, ...bucket));
    const answers = await Promise.all(asked);
    const allowed = answers.filter((answer) => (Array.isArray(answer) ? answer[0] === 1 : Number(answer) >= 0));
    strictEqual(allowed.length, slow.limit, "a bare bucket holds what it should");
    ok((await client.pttl(key)) <= slow.windowMs, "a bare bucket books no more than it holds");
  }
}
