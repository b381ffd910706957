/** What a limiter can be told, and the policy that its rate becomes: never more than the limit in any window. */

import {
  aBackend,
  type Backend,
  ConfigError,
  checkedLater,
  checkOptions,
  type Policy,
  policy,
  type Rate,
  type Rules,
} from "@sluice/core/engine";
import { aMetrics, type Metrics } from "../metrics/metrics.ts";
import type { LocalTime } from "../time/local-time.ts";
import { aLocalTime } from "../time/rules.ts";

/** What `limiter()` can be told. */
export interface LimiterOptions {
  /** Names the limit in counters, errors and metrics: 1 to 50 characters of printable ASCII. */
  readonly name: string;
  /**
   * How much in how long, from a builder: `perHour(20)`, `perMinute(60, { burst: 10 })`, `perDay(20, { timeZone })`.
   *
   * Without `burst` up to 100 units are a sliding log, and more are spaced evenly, where that is only milliseconds two or more
   * at once; with it so many fit at once, and the rest is spread over the window. Either way no window of any position holds
   * more than the limit.
   */
  readonly rate: Rate;
  readonly backend: Backend;
  /**
   * Whose limit: an account, an inbox.
   * @default ""
   */
  readonly key?: string | undefined;
  /**
   * Where the counter lives. Limits that are asked together by `all()` need the same.
   * @default the name
   */
  readonly shard?: string | undefined;
  /**
   * By how much the window is longer, in milliseconds, and how late a caller may start after its slot. Who wakes later gives
   * the slot back and takes another. The same in every process: it is part of the counter. Below 5 the window is longer by
   * no more than this, but only who is more than 5 late counts as late, since no timer is quicker for sure.
   * @default a 50th of the window, at most 250
   */
  readonly toleranceMs?: number | undefined;
  /**
   * How long the rate grows after a pause, in whole milliseconds up to an hour. The same in every process.
   * @default 30_000
   */
  readonly rampMs?: number | undefined;
  /**
   * How long after its slot a place can be given back, in milliseconds.
   * @default 600_000
   */
  readonly expiresAfterMs?: number | undefined;
  /**
   * What this process waits by.
   * @default its clock and timers
   */
  readonly time?: LocalTime | undefined;
  readonly metrics?: Metrics | undefined;
}

/** Up to so many units a log of stamps is as cheap as any other count, and exact. */
const largestDefaultLog = 100;

const upTo = (most: number): ((ms: number) => boolean) => {
  return (ms) => Number.isSafeInteger(ms) && ms >= 0 && ms <= most;
};

const rules: Rules = {
  name: checkedLater,
  rate: checkedLater,
  backend: aBackend,
  key: [(key: unknown) => typeof key === "string", "a string"],
  shard: [(shard: unknown) => typeof shard === "string", "a string"],
  toleranceMs: [upTo(3_600_000), "a whole number of milliseconds up to an hour"],
  rampMs: [upTo(3_600_000), "a whole number of milliseconds up to an hour"],
  expiresAfterMs: [(ms: number) => Number.isFinite(ms) && ms > 0, "a number of milliseconds above 0"],
  time: aLocalTime,
  metrics: aMetrics,
};

/**
 * Checks what a limiter is told.
 *
 * @throws ConfigError `SLUICE_OPTION_…`, `SLUICE_POLICY_…`, or `SLUICE_BACKEND_UNSUPPORTED` where the backend cannot keep this
 * rate.
 */
export function checkLimiter(options: LimiterOptions): void {
  checkOptions("limiter()", options, rules, ["name", "rate", "backend"]);
  const { name, backend } = options;
  if (typeof name !== "string" || !/^[\x20-\x7e]{1,50}$/.test(name)) {
    const problem = "a limiter's name is 1 to 50 characters of printable ASCII";
    throw new ConfigError("SLUICE_POLICY_NAME", problem, name, 'Choose one such as "enrichment".');
  }
  const unsupported = backend.supports(policyOf(options).policy);
  if (unsupported !== undefined) {
    const cure = "Use another rate or another backend.";
    throw new ConfigError("SLUICE_BACKEND_UNSUPPORTED", unsupported, backend.name, cure);
  }
}

/** The policy of a limiter, and how late its callers may start; undefined where the window is no slot's. */
export function policyOf({ name, rate, toleranceMs }: LimiterOptions): {
  readonly policy: Policy;
  readonly toleranceMs: number | undefined;
} {
  const named = policy(name, rate);
  if (named.algorithm !== "token-bucket" && named.algorithm !== "sliding-log") {
    return { policy: named, toleranceMs: undefined };
  }
  const tolerance = toleranceMs ?? Math.min(250, Math.floor(named.windowMs / 50));
  const windowMs = named.windowMs + tolerance;
  return { policy: policy(name, exact({ ...named, windowMs })), toleranceMs: tolerance };
}

/** The same policy under another limit; its counter stays. With a lower limit a burst beside which it spreads the rest is as much lower. */
export function withLimit(known: Policy, limit: number): Policy {
  if (known.algorithm !== "token-bucket" || !known.strict || known.burst === undefined) {
    return policy(known.name, { ...known, limit });
  }
  const share = limit < known.limit ? Math.floor((known.burst * limit) / known.limit) : known.burst;
  const burst = Math.max(share, Math.min(known.burst, leastBurst(limit, known.windowMs)));
  if (limit !== 1) return policy(known.name, { ...known, limit, burst });
  // One unit at once and no more is strict by itself.
  const { strict: _, ...plain } = known;
  return policy(known.name, { ...plain, limit, burst });
}

/** A rate that admits no more than its limit in any window. */
function exact(rate: Rate & { readonly windowMs: number }): Rate {
  const { algorithm, limit, windowMs } = rate;
  if (algorithm !== "token-bucket" || rate.strict) return rate;
  if (rate.burst !== undefined) return { ...rate, strict: true };
  if (limit <= largestDefaultLog) return { algorithm: "sliding-log", limit, windowMs };
  return { algorithm, limit, windowMs, burst: leastBurst(limit, windowMs), strict: true };
}

/**
 * The burst with which the most of a limit can be used. Slots are whole milliseconds: one after the other each would lose
 * what it is rounded up by, but not beside so many units as come back in one. A slow rate loses less by that than by a burst.
 */
function leastBurst(limit: number, windowMs: number): number {
  return limit * limit > windowMs && limit > 2 ? 1 + Math.ceil((limit - 1) / (windowMs + 1)) : 1;
}
