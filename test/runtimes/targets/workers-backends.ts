/** What the backends of a Worker need beside it, and how those that live elsewhere are made to fail. */

import { startRedis } from "@sluice/test-services/redis";
import { startUpstashFront } from "@sluice/test-services/upstash-front";
import type { BackendName, Running } from "../target.ts";

export type WorkersBackendName = Extract<BackendName, "memory" | "upstash" | "durable-object" | "cloudflare">;

/** What is there for one boot. */
export interface Counting {
  /** Variables that have the Worker count there. */
  readonly vars: Readonly<Record<string, string>>;
  readonly outage?: Running["outage"];
  stop(): Promise<void>;
}

const token = "token-of-the-database";

export async function startCounting(backend: WorkersBackendName): Promise<Counting> {
  const vars = { RATE_LIMIT_BACKEND: backend };
  if (backend !== "upstash") return { vars, stop: async () => {} };
  const server = await startRedis();
  const front = await startUpstashFront({ redisUrl: server.url, token });
  return {
    vars: { ...vars, UPSTASH_REDIS_REST_URL: front.url, UPSTASH_REDIS_REST_TOKEN: token },
    // As a network does that resets connections.
    outage: { begin: async () => front.faults.reset(), end: async () => front.faults.heal() },
    async stop() {
      await front.stop();
      await server.stop();
    },
  };
}
