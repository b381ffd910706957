/** Clients of Redis by the few methods that are used, and which client is which. */

import { ConfigError } from "../engine/errors.ts";

/** A client of ioredis, for one server or for a Cluster, or of iovalkey. */
export interface IoRedis {
  readonly status: string;
  readonly isCluster?: boolean;
  evalsha(sha: string, keys: number, ...args: string[]): Promise<unknown>;
  eval(script: string, keys: number, ...args: string[]): Promise<unknown>;
  connect(): Promise<void>;
  on(event: "ready" | "end", listener: () => void): unknown;
}

/** A client of node-redis: `createClient`, `createClientPool`, `createCluster` or `createSentinel`. */
export interface NodeRedis {
  withCommandOptions(options: { readonly abortSignal: AbortSignal; readonly timeout?: number }): NodeRedisScripts;
}

/** What runs scripts in node-redis. */
export interface NodeRedisScripts {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** Either of them. */
export type RedisClient = IoRedis | NodeRedis;

/** Whether it is a client of ioredis. */
export function isIoRedis(client: RedisClient): client is IoRedis {
  return "evalsha" in client;
}

/** Whether it is a client of a Cluster: then it sends each call to the node of its slot. */
export function isCluster(client: RedisClient): boolean {
  return isIoRedis(client) ? client.isCluster === true : "getSlotMaster" in client;
}

/**
 * Checks that it is a client that `redis()` knows.
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING` or `SLUICE_OPTION_TYPE`.
 */
export function checkClient(client: unknown): asserts client is RedisClient {
  const found = (client ?? {}) as Record<string, unknown>;
  const has = (...methods: readonly string[]): boolean =>
    methods.every((method) => typeof found[method] === "function");
  if (typeof found["status"] === "string" && has("evalsha", "eval", "connect", "on")) return;
  if (has("evalSha", "eval", "withCommandOptions")) return;
  const isRest = has("evalsha", "eval");
  // Not the client itself: it has the password, and loggers write out what an error holds.
  const shown = client === null || client === undefined ? client : isRest ? "a client of REST" : typeof client;
  const cure = isRest
    ? 'Give it to upstash() of "@sluice/core/upstash".'
    : "Write redis(new Redis(url)) or redis(createClient({ url })).";
  const code = client === undefined ? "SLUICE_OPTION_MISSING" : "SLUICE_OPTION_TYPE";
  throw new ConfigError(code, "redis() takes a client of ioredis or of node-redis", shown, cure);
}
