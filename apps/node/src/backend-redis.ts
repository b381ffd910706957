/** Limits in Redis, over one connection of ioredis that is made anew until it holds. */

import { setTimeout as sleep } from "node:timers/promises";
import { redis } from "@sluice/core/redis";
import type { Logger } from "@sluice/feeds";
import { Redis } from "ioredis";
import type { OpenBackend } from "./backend.ts";

/** How long the start waits for the connection, and the end for what has been sent. */
const patienceMs = 1_000;

/** Connects, or goes on trying while the app serves. */
export async function openRedis(url: string, logger: Logger): Promise<OpenBackend> {
  const client = new Redis(url, {
    lazyConnect: true,
    // What cannot be sent now fails now: a charge that waits for a connection would be booked when nobody waits for it.
    enableOfflineQueue: false,
    // What was sent when the connection broke may have been charged: sending it again would charge it twice.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    // A server that hangs is left for a new connection, so that what it never answers does not pile up.
    socketTimeout: 5_000,
    // By then what was sent has had its second.
    disconnectTimeout: 100,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), 2_000),
  });
  tellTroubles(client, logger);
  await atMost(patienceMs, client.connect());
  return {
    backend: redis(client),
    async close() {
      // Behind everything that has been sent on this connection.
      await atMost(patienceMs, client.quit());
      client.disconnect();
    },
  };
}

/** Says what is wrong with the connection: each reason once, until there is one again. */
function tellTroubles(client: Redis, logger: Logger): void {
  const told = new Set<string>();
  client.on("error", (error: Error) => {
    if (told.has(error.message)) return;
    told.add(error.message);
    logger.warn({ reason: error.message }, "trouble with the connection to Redis");
  });
  client.on("ready", () => told.clear());
}

/** Waits for the work, whatever becomes of it, but not for long. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const late = new AbortController();
  await Promise.race([work.catch(() => {}), sleep(ms, undefined, { signal: late.signal }).catch(() => {})]);
  late.abort();
}
