/** What a Redis server has spent. */

import type { Redis } from "ioredis";

export interface ServerTime {
  /** Its processor time so far, in microseconds. */
  readonly totalUs: number;
  /** Of this inside EVALSHA, as it counts itself. */
  readonly inScriptUs: number;
}

export async function serverTime(client: Redis): Promise<ServerTime> {
  const [cpu, commands] = await Promise.all([client.info("cpu"), client.info("commandstats")]);
  const seconds = (name: string): number => Number(new RegExp(`^${name}:(.+)$`, "m").exec(cpu)?.[1]);
  const inScriptUs = Number(/^cmdstat_evalsha:calls=\d+,usec=(\d+)/m.exec(commands)?.[1] ?? 0);
  return { totalUs: (seconds("used_cpu_user") + seconds("used_cpu_sys")) * 1_000_000, inScriptUs };
}
