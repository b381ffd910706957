/** A redis-server of a measure's own. */

import type { RedisServer } from "@sluice/test-services/redis";
import type { Result } from "../measure.ts";

/** What a busy machine keeps waiting is slow, not failed. */
export const deadlineMs = 30_000;

/** Measures on a fresh server; without one to start there are no rows, and a line has said how to get it. */
export async function withRedis(measure: (server: RedisServer) => Promise<Result>): Promise<Result> {
  // Only now, since to look for a server takes a process.
  const { hasRedis, startRedis } = await import("@sluice/test-services/redis");
  if (!hasRedis) return { rows: [], raw: [] };
  const server = await startRedis();
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}
