/** Decisions per second over a real Redis: one limit, and three limits of one shard in one round trip. */

import { perHour, policy } from "@sluice/core";
import { redis as backendOf } from "@sluice/core/redis";
import { Redis } from "ioredis";
import { type Measure, median, type Row, ratioRow } from "../measure.ts";
import { field, inTurn, quotients, rawTimes } from "../rounds.ts";
import { commandsOf } from "./commands.ts";
import { checkCounts } from "./counts.ts";
import { cases } from "./redis-contenders.ts";
import { serverTime } from "./server-time.ts";
import { deadlineMs, withRedis } from "./with-redis.ts";

const contenders = new URL("redis-contenders.ts", import.meta.url).href;

const reaches: Readonly<Record<keyof typeof cases, number>> = {
  "one limit, 10 k keys": 1.5,
  "one limit, one hot key": 1.5,
  "three limits, 10 k keys": 2.5,
};

export const redis: Measure = () =>
  withRedis(async ({ url }) => {
    const client = new Redis(url);
    try {
      await checkCounts(backendOf(client, { denyCache: false, deadlineMs }));
      const trips = await roundTrips(client, url);
      const rows: Row[] = [];
      const raw: string[] = [];
      for (const title of Object.keys(cases) as (keyof typeof cases)[]) {
        const three = title.startsWith("three");
        const measure = `Redis, ${title}, ${three ? "requests" : "decisions"}/s`;
        const against = three ? "three rate-limiter-flexible consumes" : "rate-limiter-flexible";
        const { own, peer, processors } = await side(title, client, url);
        rows.push(ratioRow(measure, against, quotients(peer, own), { least: reaches[title] }));
        raw.push(...rawTimes(measure, { Sluice: own, [against]: peer }), `${measure}, CPU: ${processors}`);
        await client.flushall();
      }
      rows.push({
        measure: "Redis, three limits, round trips",
        against: "–",
        measured: String(trips),
        reach: "1 (asserted)",
        met: trips === 1,
      });
      return { rows, raw };
    } finally {
      client.disconnect();
    }
  });

/** Both contenders by the wall, and what their clients and the server spent. */
async function side(title: keyof typeof cases, client: Redis, url: string) {
  const names = [`${title}: sluice`, `${title}: flexible`] as const;
  const { slice, end } = await field(contenders, names, url);
  const spent = new Map(names.map((name) => [name, { client: [] as number[], server: [] as number[] }]));
  try {
    const times = await inTurn(names, async (name) => {
      const before = await serverTime(client);
      const progress = await slice(name);
      const after = await serverTime(client);
      spent.get(name)?.client.push(progress.threadUs / progress.operations);
      spent.get(name)?.server.push((after.totalUs - before.totalUs) / progress.operations);
      return progress;
    });
    const processors = [...spent].map(
      ([name, by]) =>
        `${name.split(": ")[1]} client ${median(by.client).toFixed(1)}, server ${median(by.server).toFixed(1)}`,
    );
    return { own: times[names[0]], peer: times[names[1]], processors: `${processors.join("; ")} µs` };
  } finally {
    end();
  }
}

/** The commands that one request under three limits sends, as the server sees them. */
async function roundTrips(client: Redis, url: string): Promise<number> {
  const backend = backendOf(client, { denyCache: false, deadlineMs });
  const charges = ["second", "minute", "day"].map((name) => ({
    policy: policy(name, perHour(60)),
    key: "key",
    shard: "user",
    cost: 1,
  }));
  const sent = await commandsOf(url, async () => {
    await backend.consume(charges);
  });
  return sent.filter(({ source }) => source !== "lua").length;
}
