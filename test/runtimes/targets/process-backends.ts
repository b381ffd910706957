/** The backends of targets that are processes: what each needs beside the app, and how it is made to fail. */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Features } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { redis } from "@sluice/core/redis";
import { sqlite } from "@sluice/core/sqlite";
import { upstash } from "@sluice/core/upstash";
import { hasRedis, startRedis } from "@sluice/test-services/redis";
import { startUpstashFront } from "@sluice/test-services/upstash-front";
import { Redis } from "ioredis";
import type { BackendName, Running } from "../target.ts";

/** What is there for one boot. */
export interface Counting {
  /** Settings that have the app count there. */
  readonly environment: Readonly<Record<string, string>>;
  readonly outage?: Running["outage"];
  stop(): Promise<void>;
}

/** A backend as such a target can have it. */
export interface ProcessBackend {
  readonly features: Features;
  /** Why it cannot be had on this machine, and the cure. */
  readonly missing?: string | undefined;
  /** Starts what it needs, empty; files go into the folder, which outlasts it. */
  start(folder: string): Promise<Counting>;
}

export type ProcessBackendName = Exclude<BackendName, "durable-object" | "cloudflare">;

const missing = hasRedis ? undefined : "redis-server is missing: apt-get install redis-server";

const token = "token-of-the-database";

/** Nothing beside the app, and nothing that could fail. */
const within = (name: "memory" | "noop") => async () => ({
  environment: { RATE_LIMIT_BACKEND: name },
  stop: async () => {},
});

export const processBackends: Readonly<Record<ProcessBackendName, ProcessBackend>> = {
  memory: { features: memory().features, start: within("memory") },
  sqlite: { features: sqlite(new DatabaseSync(":memory:")).features, start: startSqlite },
  redis: { features: redis(new Redis({ lazyConnect: true })).features, missing, start: startRedisServer },
  upstash: { features: upstash({ url: "https://db.example", token }).features, missing, start: startUpstash },
  noop: { features: noop().features, start: within("noop") },
};

/** Fails while another connection holds the file: nobody but its holder may write. */
async function startSqlite(folder: string): Promise<Counting> {
  const path = join(folder, "limits.sqlite");
  let holder: DatabaseSync | undefined;
  const end = async (): Promise<void> => {
    holder?.close();
    holder = undefined;
  };
  return {
    environment: { RATE_LIMIT_BACKEND: "sqlite", SQLITE_LIMITS_PATH: path },
    outage: {
      async begin() {
        holder ??= new DatabaseSync(path, { timeout: 5_000 });
        holder.exec("begin exclusive");
      },
      end,
    },
    stop: end,
  };
}

/** Fails as a server does that is killed; it comes back empty. */
async function startRedisServer(): Promise<Counting> {
  const { url, kill, start, stop } = await startRedis();
  return { environment: { RATE_LIMIT_BACKEND: "redis", REDIS_URL: url }, outage: { begin: kill, end: start }, stop };
}

/** Fails as a network does that resets connections. */
async function startUpstash(): Promise<Counting> {
  const server = await startRedis();
  const front = await startUpstashFront({ redisUrl: server.url, token });
  return {
    environment: {
      RATE_LIMIT_BACKEND: "upstash",
      UPSTASH_REDIS_REST_URL: front.url,
      UPSTASH_REDIS_REST_TOKEN: token,
    },
    outage: { begin: async () => front.faults.reset(), end: async () => front.faults.heal() },
    async stop() {
      await front.stop();
      await server.stop();
    },
  };
}
