/** Counts on a Redis server or Cluster, or on Valkey: one script, one round trip, whoever asks. */

import type { Backend } from "../engine/backend.ts";
import { testClockOf } from "../engine/clock.ts";
import { aBoolean, checkedLater, checkOptions, type Rules } from "../engine/options.ts";
import { scripted } from "../remote/scripted.ts";
import { aDeadline } from "../resilience/deadline.ts";
import { type DenyCacheOptions, denyCache } from "../resilience/deny-cache.ts";
import { checkClient, isCluster, type RedisClient } from "./redis-client.ts";
import { redisRunner } from "./redis-runner.ts";

export type { IoRedis, NodeRedis, NodeRedisScripts, RedisClient } from "./redis-client.ts";

/** What `redis()` can be told. */
export interface RedisOptions {
  /**
   * Every key begins with it. Without braces.
   * @default "sluice:"
   */
  readonly prefix?: string;
  /**
   * The longest that a decision may take, in milliseconds; then the limiters' failure rules decide.
   *
   * A decision takes about one. A quarter of a second leaves room for a packet that is lost and sent again (200 ms on
   * Linux), and for a connection that is just made anew.
   * @default 250
   */
  readonly deadlineMs?: number;
  /**
   * Whether the keys are spread over a Cluster; charges of several shards are then decided shard by shard.
   * @default what the client is made for
   */
  readonly cluster?: boolean;
  /**
   * Remembers denials in this process, where they cost no round trip; `false` asks the server every time.
   * @default a second, 10,000 keys
   */
  readonly denyCache?: false | DenyCacheOptions;
}

const backendName = "redis";

const rules: Rules = { prefix: checkedLater, deadlineMs: aDeadline, cluster: aBoolean, denyCache: checkedLater };

/**
 * Counts on a Redis server, through a client of ioredis or node-redis that you make and close.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE`, `SLUICE_OPTION_UNKNOWN` or `SLUICE_OPTION_MISSING`.
 */
export function redis(client: RedisClient, options: RedisOptions = {}): Backend {
  checkClient(client);
  checkOptions("redis()", options, rules);
  const { prefix = "sluice:", deadlineMs = 250, cluster = isCluster(client) } = options;
  const backend = scripted({
    name: backendName,
    runner: redisRunner(backendName, client, deadlineMs),
    prefix,
    deadlineMs,
    cluster,
    dialect: "redis",
    clock: testClockOf(options),
  });
  return options.denyCache === false ? backend : denyCache(backend, options.denyCache);
}
