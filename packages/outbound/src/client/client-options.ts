/** What a client can be told, and how that is checked. */

import {
  aBackend,
  aBoolean,
  aFunction,
  type Backend,
  ConfigError,
  checkedLater,
  checkOptions,
  type Rate,
  type Rules,
} from "@sluice/core/engine";
import type { BreakerOptions } from "../breaker/breaker-options.ts";
import type { NamedLimiter } from "../limits/limiter.ts";
import { aMetrics, type Metrics } from "../metrics/metrics.ts";
import type { LocalTime } from "../time/local-time.ts";
import { aLocalTime, aMaxWait } from "../time/rules.ts";
import type { ClientInit } from "./client.ts";
import type { FetchHeaders, FetchInit, FetchInput } from "./fetching.ts";
import type { RetryOptions } from "./retry.ts";

/** What `createClient()` can be told. */
export interface ClientOptions {
  /** Names the API in counters, errors and metrics: 1 to 44 characters of printable ASCII. */
  readonly name: string;
  readonly backend: Backend;
  /** How many requests in how long, as `limiter()` takes it: `perMinute(60, { burst: 5 })`. */
  readonly rate: Rate;
  /**
   * Whose limit, where an API counts by account, or several hosts are alike: with pauses and a breaker of its own.
   * @default ""
   */
  readonly key?: string | undefined;
  /**
   * Where the counter lives.
   * @default that of the first limiter in `with`, or else the name
   */
  readonly shard?: string | undefined;
  /**
   * By how much the window is longer, in milliseconds, since requests travel; as `limiter()` takes it.
   * @default a 32nd of the window, or an 8th on a backend that processes share; at most 250
   */
  readonly toleranceMs?: number | undefined;
  /**
   * How long the rate grows after a pause, in whole milliseconds up to an hour.
   * @default half the window, at most 30_000
   */
  readonly rampMs?: number | undefined;
  /** More limits that every request takes, in one step with the client's own: on the same backend, in the same shard. */
  readonly with?: readonly NamedLimiter[] | undefined;
  /** A second dimension, such as tokens per minute. */
  readonly units?: UnitsOptions | undefined;
  /** Where relative addresses belong: they are appended to it. */
  readonly baseUrl?: string | URL | undefined;
  /**
   * Sent where a call has none of that name, and to no host but the base's if there is a `baseUrl`. A redirect that `fetch`
   * follows takes all but `authorization` and cookies along.
   */
  readonly headers?: FetchHeaders | undefined;
  /**
   * How long each attempt may take until its answer's headers are there, in milliseconds; `Infinity` for no end.
   * @default 30_000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * How long reading an answer's body may take, in milliseconds.
   * @default no end
   */
  readonly bodyTimeoutMs?: number | undefined;
  /**
   * How long one call may wait in all: for its turns, for pauses, between attempts. In milliseconds.
   * @default 30_000
   */
  readonly maxWaitMs?: number | undefined;
  /** What is sent again; false for nothing. */
  readonly retry?: false | RetryOptions | undefined;
  /**
   * Gives every POST and PATCH that has none an Idempotency-Key, the same in all its attempts, so that they can be repeated.
   * For APIs that heed it.
   * @default false
   */
  readonly idempotencyKeys?: boolean | undefined;
  /**
   * The circuit breaker's numbers; false for none. `probeTimeoutMs` is at least `timeoutMs`, twice that if nothing is said.
   */
  readonly breaker?: false | ClientBreakerOptions | undefined;
  /**
   * Whether the limit is lowered where the API refuses what it allows, and raised again with care.
   * @default true
   */
  readonly adapt?: boolean | undefined;
  /** Whether an answer other than 429 says that there were too many. It does not read the body. */
  readonly isThrottled?: ((response: Response) => boolean) | undefined;
  /**
   * A backup, asked with the same call where this API was not asked or the call came to nothing and may be sent twice: another
   * client is one. `because` is the error, or the answer that the call would have come to.
   */
  readonly fallback?: Fallback | undefined;
  /** @default the runtime's */
  readonly fetch?: ((input: FetchInput, init?: FetchInit) => Promise<Response>) | undefined;
  /**
   * What this process waits by.
   * @default its clock and timers
   */
  readonly time?: LocalTime | undefined;
  readonly metrics?: Metrics | undefined;
  /** From 0 to 1, for jitter. @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** @see ClientOptions.fallback */
export type Fallback = (input: FetchInput, init: ClientInit | undefined, because: unknown) => Promise<Response>;

/** The breaker of a client has its name, backend, time and metrics. */
export type ClientBreakerOptions = Omit<BreakerOptions, "name" | "backend" | "key" | "isFailure" | "time" | "metrics">;

/** What calls cost beside one request each, known for sure only once they are answered. */
export interface UnitsOptions {
  /** How many in how long. Its `burst` is the most that one call can be expected to cost. */
  readonly rate: Rate;
  /** What a call is expected to cost, 0 for nothing; `units` of the call itself comes first. */
  estimate(input: FetchInput, init: ClientInit): number;
  /**
   * What it did cost; undefined where the answer does not say, so that the estimate stands. Whoever reads the body here reads
   * a clone of it. Runs beside the caller, who need not wait for it.
   */
  actual?(response: Response): number | undefined | Promise<number | undefined>;
}

/** The longest that timers can be set to. */
const longestTimerMs = 2 ** 31 - 1;

const isTimer = (ms: number): boolean => Number.isFinite(ms) && ms > 0 && ms <= longestTimerMs;

const rules: Rules = {
  name: checkedLater,
  backend: aBackend,
  rate: checkedLater,
  key: checkedLater,
  shard: checkedLater,
  toleranceMs: checkedLater,
  rampMs: checkedLater,
  with: [(list: unknown) => Array.isArray(list), "a list of limiters"],
  units: [(units: unknown) => typeof units === "object" && units !== null, "an object with rate and estimate()"],
  baseUrl: [(url: unknown) => typeof url === "string" || url instanceof URL, "an http(s) address"],
  headers: [isHeaders, "headers that can be sent"],
  timeoutMs: [
    (ms: number) => isTimer(ms) || ms === Number.POSITIVE_INFINITY,
    "a number of milliseconds above 0, at most 2^31 - 1, or Infinity",
  ],
  bodyTimeoutMs: [isTimer, "a number of milliseconds above 0, at most 2^31 - 1"],
  maxWaitMs: aMaxWait,
  retry: [
    (retry: unknown) => retry === false || (typeof retry === "object" && retry !== null),
    "false or an object of options",
  ],
  idempotencyKeys: aBoolean,
  breaker: [
    (own: unknown) => own === false || (typeof own === "object" && own !== null),
    "false or an object of options",
  ],
  adapt: aBoolean,
  isThrottled: aFunction("a function of a response"),
  fallback: aFunction("a client, or a function as fetch is one"),
  fetch: aFunction(),
  time: aLocalTime,
  metrics: aMetrics,
  random: aFunction(),
};

const unitsRules: Rules = { rate: checkedLater, estimate: aFunction(), actual: aFunction() };

/** The longest name whose `.units` is still a limiter's. */
const longestName = 44;

/**
 * Checks what a client is told; its limits, breaker and retries check the rest.
 *
 * @throws ConfigError `SLUICE_OPTION_…`, `SLUICE_POLICY_NAME`, or `SLUICE_BACKEND_UNSUPPORTED` for a backend that books nothing ahead.
 */
export function checkClient(options: ClientOptions): void {
  checkOptions("createClient()", options, rules, ["name", "backend", "rate"]);
  const { name, backend, units } = options;
  if (typeof name !== "string" || name.length > longestName) {
    const problem = `a client's name is 1 to ${longestName} characters of printable ASCII`;
    throw new ConfigError("SLUICE_POLICY_NAME", problem, name, 'Choose one such as "grok".');
  }
  if (units !== undefined) checkOptions("units of createClient()", units, unitsRules, ["rate", "estimate"]);
  if (!backend.features.delay) {
    const problem = "a client needs a backend that books ahead";
    const cure = "Use memory, sqlite, durable-object, redis or upstash.";
    throw new ConfigError("SLUICE_BACKEND_UNSUPPORTED", problem, backend.name, cure);
  }
}

function isHeaders(headers: FetchHeaders): boolean {
  try {
    return typeof headers === "object" && new Headers(headers) !== undefined;
  } catch {
    return false;
  }
}
