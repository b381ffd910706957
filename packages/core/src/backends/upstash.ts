/** Counts in an Upstash database: the script of Redis over HTTP, from every runtime that has fetch. */

import type { Backend } from "../engine/backend.ts";
import { testClockOf } from "../engine/clock.ts";
import { checkedLater, checkOptions, type Rules } from "../engine/options.ts";
import { scripted } from "../remote/scripted.ts";
import { aDeadline } from "../resilience/deadline.ts";
import { type DenyCacheOptions, denyCache } from "../resilience/deny-cache.ts";
import { checkReach } from "./upstash-address.ts";
import { builtClient, type UpstashRedis } from "./upstash-client.ts";
import { upstashRunner } from "./upstash-runner.ts";

export type { UpstashRedis } from "./upstash-client.ts";

/** What `upstash()` can be told: where the database is or a client of it, and beside them what holds for both. */
export type UpstashOptions = UpstashSettings &
  (
    | {
        /** The database's REST address: `https://….upstash.io`. Plain http only within this network. */
        readonly url: string | undefined;
        /** Its REST token; not the read-only one, nor the password of the `rediss://` address. */
        readonly token: string | undefined;
        readonly redis?: undefined;
      }
    | {
        /** A client of yours, such as `Redis` of `@upstash/redis`. Made so that it tries once: `retry: { retries: 0 }`. */
        readonly redis: UpstashRedis;
        readonly url?: undefined;
        readonly token?: undefined;
      }
  );

/** What holds however the database is reached. */
export interface UpstashSettings {
  /**
   * Every key begins with it. Without braces.
   * @default "sluice:"
   */
  readonly prefix?: string;
  /**
   * The longest that a decision may take, in milliseconds; then the limiters' failure rules decide.
   *
   * A warm request within a region takes some 10 ms; a first one across an ocean three or four round trips of 150 ms, for
   * the connection, TLS and the answer.
   * @default 1_000
   */
  readonly deadlineMs?: number;
  /**
   * Remembers denials in this process, where they cost no request; `false` asks the database every time.
   * @default a second, 10,000 keys
   */
  readonly denyCache?: false | DenyCacheOptions;
}

const backendName = "upstash";

const rules: Rules = {
  url: checkedLater,
  token: checkedLater,
  redis: checkedLater,
  prefix: checkedLater,
  deadlineMs: aDeadline,
  denyCache: checkedLater,
};

/**
 * Counts in an Upstash database.
 *
 * With `url` and `token` it makes its client of the package `@upstash/redis` at the first decision, so that nothing is
 * sent twice, late, or beside the decision.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE`, `SLUICE_OPTION_UNKNOWN` or `SLUICE_OPTION_MISSING`.
 */
export function upstash(options: UpstashOptions): Backend {
  checkOptions("upstash()", options, rules);
  checkReach(options);
  const { prefix = "sluice:", deadlineMs = 1_000, redis, url = "", token = "" } = options;
  const client = redis ? () => redis : builtClient({ url, token, deadlineMs });
  const runner = upstashRunner(backendName, deadlineMs, client);
  const clock = testClockOf(options);
  const backend = scripted({
    name: backendName,
    runner,
    prefix,
    deadlineMs,
    cluster: false,
    dialect: "upstash",
    clock,
  });
  return options.denyCache === false ? backend : denyCache(backend, options.denyCache);
}
