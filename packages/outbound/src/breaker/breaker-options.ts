/** What `circuitBreaker()` can be told. */

import { aBackend, aFunction, type Backend, checkOptions, type Rules } from "@sluice/core/engine";
import { aMetrics, type Metrics } from "../metrics/metrics.ts";
import type { LocalTime } from "../time/local-time.ts";
import { aLocalTime } from "../time/rules.ts";
import type { BreakerPhase } from "./breaker.ts";
import { longestOpenMs } from "./stored.ts";

/** A breaker that came to stand otherwise, as this process has done or seen it. */
export interface BreakerChange {
  readonly name: string;
  readonly from: BreakerPhase;
  readonly to: BreakerPhase;
  readonly generation: number;
  /** By this process's clock. */
  readonly atMs: number;
  readonly untilMs?: number | undefined;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
}

export interface BreakerOptions {
  /** Names the API: 1 to 50 characters of printable ASCII. Breakers of one name and key on one backend are one breaker. */
  readonly name: string;
  /**
   * What shares it among processes. Without one, and on a backend that keeps no leases, each process has a breaker of its own.
   * @default none
   */
  readonly backend?: Backend | undefined;
  /**
   * Whose breaker, where an API fails by account or by host.
   * @default ""
   */
  readonly key?: string | undefined;
  /**
   * The share of this process's calls that has to fail for it to open: above 0, up to 1.
   * @default 0.5
   */
  readonly failureRate?: number | undefined;
  /**
   * Below so many calls in the window it does not open.
   * @default 10
   */
  readonly minimumCalls?: number | undefined;
  /**
   * How far back calls count, in milliseconds from 10 to a day; it moves on in tenths.
   * @default 30_000
   */
  readonly windowMs?: number | undefined;
  /**
   * How long nobody calls before the first probe, in whole milliseconds up to a day.
   * @default 30_000
   */
  readonly openMs?: number | undefined;
  /**
   * So many calls go out, in all processes together, before it closes; all have to succeed. Up to 50.
   * @default 3
   */
  readonly probes?: number | undefined;
  /**
   * After so long without a result a probe's place is free again, in whole milliseconds up to a day: its process is gone.
   * Longer than a call can take.
   * @default 60_000
   */
  readonly probeTimeoutMs?: number | undefined;
  /**
   * Which errors of `run()` are failures; others tell nothing.
   * @default all but aborts
   */
  readonly isFailure?: ((error: unknown) => boolean) | undefined;
  /** Called by the one process that closed it, before its call goes on: to begin slowly. What it throws is ignored. */
  readonly onClose?: (() => void | Promise<void>) | undefined;
  /** Called in every process that sees a change. What it throws is ignored. */
  readonly onChange?: ((change: BreakerChange) => void) | undefined;
  readonly time?: LocalTime | undefined;
  readonly metrics?: Metrics | undefined;
}

const whole = (most: number): ((value: number) => boolean) => {
  return (value) => Number.isSafeInteger(value) && value > 0 && value <= most;
};

const rules: Rules = {
  name: [
    (name: unknown) => typeof name === "string" && /^[\x20-\x7e]{1,50}$/.test(name),
    "1 to 50 characters of printable ASCII",
  ],
  backend: aBackend,
  key: [(key: unknown) => typeof key === "string", "a string"],
  failureRate: [(rate: number) => rate > 0 && rate <= 1, "a number above 0 and up to 1"],
  minimumCalls: [whole(1_000_000), "a whole number from 1 to 1,000,000"],
  windowMs: [(ms: number) => ms >= 10 && ms <= longestOpenMs, "a number of milliseconds from 10 to a day"],
  openMs: [whole(longestOpenMs), "a whole number of milliseconds up to a day"],
  probes: [whole(50), "a whole number from 1 to 50"],
  probeTimeoutMs: [whole(longestOpenMs), "a whole number of milliseconds up to a day"],
  isFailure: aFunction("a function of an error"),
  onClose: aFunction(),
  onChange: aFunction("a function of a change"),
  time: aLocalTime,
  metrics: aMetrics,
};

/**
 * Checks what a breaker is told.
 *
 * @throws ConfigError `SLUICE_OPTION_…`.
 */
export function checkBreaker(options: BreakerOptions): void {
  checkOptions("circuitBreaker()", options, rules, ["name"]);
}
