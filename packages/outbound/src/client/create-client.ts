/** `createClient()`: `fetch` under limits, for one API. */

import type { Rate } from "@sluice/core/engine";
import { tuning } from "../adapting/make-tuning.ts";
import { all } from "../limits/all.ts";
import { Handle } from "../limits/handle.ts";
import type { Limiter } from "../limits/limiter.ts";
import { limiterOfKey } from "../limits/make-limiter.ts";
import { systemTime } from "../time/system-time.ts";
import { Arrivals } from "./arrivals.ts";
import { call } from "./call.ts";
import type { Client, ClientState } from "./client.ts";
import { breakerOf } from "./client-breaker.ts";
import { type ClientOptions, checkClient } from "./client-options.ts";
import { baseOf } from "./outgoing.ts";
import type { Parts } from "./parts.ts";
import { retryRule } from "./retry.ts";
import { noUnits, Units } from "./units.ts";

/** A rate grows after a pause for half its window, but no longer than this unless it is told to. */
const longestRampMs = 30_000;

/** A window is longer than the API's by a 32nd, or on a shared backend an 8th, but no more than this unless it is told to. */
const longestToleranceMs = 250;

/**
 * A client of one API, called as `fetch` is. Every attempt takes its turn under the API's limit, in every process on the
 * backend; what one of them learns of the API, by a 429 or by its headers, holds all.
 *
 * Does nothing yet: the first call is the first round trip.
 *
 * @throws ConfigError `SLUICE_OPTION_…`, `SLUICE_POLICY_…`, `SLUICE_BASE_URL`, `SLUICE_LIMITS_APART` for limits that no single
 * step can decide, or `SLUICE_BACKEND_UNSUPPORTED`.
 */
export function createClient(options: ClientOptions): Client {
  checkClient(options);
  const parts = partsOf(options);
  const { name, own, units, breaker } = parts;
  const limits: Limiter = units === undefined ? parts.limiter : all(parts.limiter, units.limiter);
  const client = ((input, init) => call(parts, input, init)) as Client;
  Object.defineProperty(client, "name", { value: name });
  return Object.assign(client, {
    limiter: parts.limiter,
    breaker,
    spent: async (response: Response, cost: number) => (units ?? noUnits(name)).spent(response, cost),
    pause: own.pause.bind(own),
    resume: own.resume.bind(own),

    async state(): Promise<ClientState> {
      const [states, tuned, standing] = await Promise.all([limits.peek(), parts.tuning.state(), breaker?.state()]);
      return { name, limits: states, tuned, breaker: standing, retriesLeft: parts.retry.budget.left() };
    },
  });
}

function partsOf(options: ClientOptions): Parts {
  const {
    name,
    backend,
    key,
    toleranceMs,
    with: others = [],
    time = systemTime,
    metrics,
    random = Math.random,
  } = options;
  const { baseUrl, headers, idempotencyKeys = false, timeoutMs = 30_000, bodyTimeoutMs, maxWaitMs = 30_000 } = options;
  const { retry = {}, adapt = true, isThrottled, fallback } = options;
  const { shard = homeOf(others[0]) ?? name, rampMs = rampOf(options) } = options;
  const shared = { backend, key, shard, toleranceMs, rampMs, time, metrics };

  const spareMs = toleranceMs ?? toleranceOf(options);
  const own = limiterOfKey({ ...shared, toleranceMs: spareMs, name, rate: options.rate });
  const requests = others.length === 0 ? own : all(own, ...others);
  const { units } = options;
  const second = units && limiterOfKey({ ...shared, name: `${name}.units`, rate: units.rate });
  const tuned = tuning({ limiter: own, isOn: adapt, time, random });
  return {
    name,
    time,
    timeoutMs,
    bodyTimeoutMs,
    maxWaitMs,
    additions: {
      base: baseUrl === undefined ? undefined : baseOf(baseUrl),
      headers: headers === undefined ? undefined : new Headers(headers),
      idempotencyKeys,
    },
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    own,
    limiter: requests,
    units: units && second && new Units(backend, requests, second, units),
    breaker: breakerOf(options, timeoutMs, tuned),
    tuning: tuned,
    retry: retryRule(retry, random),
    isThrottled,
    fallback,
    meter: metrics?.api(name),
    arrivals: arrivalsOf(options.rate, spareMs),
    inFlight: 0,
  };
}

/** Windows that open for everybody at once, or at midnight, are no slots'. */
function arrivalsOf({ limit, ...rate }: Rate, toleranceMs: number): Arrivals {
  const isSpaced = rate.algorithm === "token-bucket" || rate.algorithm === "sliding-log";
  // Half of the tolerance is left to timers: who is a little late then is back in his slot a window later.
  return new Arrivals(limit, isSpaced ? rate.windowMs + toleranceMs / 2 : Number.POSITIVE_INFINITY);
}

/** Where a limiter's counter lives; `all()` says what is wrong with what is no limiter. */
function homeOf(other: Limiter | undefined): string | undefined {
  return other instanceof Handle ? other.limits.members[0]?.home : undefined;
}

/**
 * Requests travel, now quicker, now slower: more than timers are late. Of other processes nobody knows here when theirs
 * arrived, and one of them may be held up with many.
 */
function toleranceOf({ rate, backend }: ClientOptions): number {
  const share = backend.features.scope === "process" ? 32 : 8;
  return Math.min(longestToleranceMs, Math.floor(windowOf(rate) / share));
}

function rampOf({ rate }: ClientOptions): number {
  return Math.min(longestRampMs, Math.round(windowOf(rate) / 2) || 0);
}

/** What is no rate is named by the limiter. */
function windowOf(rate: Rate | null): number {
  return (rate as { readonly windowMs?: number } | null)?.windowMs ?? Number.POSITIVE_INFINITY;
}
