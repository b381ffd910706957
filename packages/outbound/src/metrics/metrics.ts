/** What became of the calls on each limit and to each API: counters, events, and one line a minute. */

import { aFunction, checkOptions, type Rule, type Rules } from "@sluice/core/engine";
import type { LocalTime } from "../time/local-time.ts";
import { aLocalTime } from "../time/rules.ts";
import { systemTime } from "../time/system-time.ts";
import { ApiCounts, type ApiLine } from "./api-counts.ts";
import type { ApiCounters, ApiMeter } from "./api-meter.ts";
import { type LimitCounters, LimitCounts, type LimitEvent, type LimitLine } from "./limit-counts.ts";

export interface MetricsOptions {
  /** Called for every event of a limit, at once. What it throws is ignored: no call fails because it could not be counted. */
  readonly onEvent?: ((event: LimitEvent) => void) | undefined;
  /** Writes one line. */
  readonly log?: ((line: LimitLine | ApiLine) => void) | undefined;
  /**
   * The least time between two lines of one limit or one API. No timer is set: the first event after it writes the line.
   * @default 60_000
   */
  readonly everyMs?: number | undefined;
  readonly time?: LocalTime | undefined;
}

/** All counters as they stand. Plain data. */
export interface MetricsSnapshot {
  /** By the limits' names. */
  readonly limits: Readonly<Record<string, LimitCounters>>;
  /** By the clients' names. */
  readonly apis: Readonly<Record<string, ApiCounters>>;
}

/** Counts what limiters, quotas, leases and clients report. */
export interface Metrics {
  count(event: Omit<LimitEvent, "atMs">): void;
  /** Counts the calls to one API: the same meter for the same name. */
  api(name: string): ApiMeter;
  snapshot(): MetricsSnapshot;
  /** Writes the lines that are not written yet: before a process ends. */
  flush(): void;
}

/** The rule of an option that takes these. */
export const aMetrics: Rule = [
  (metrics: Partial<Metrics> | null) => typeof metrics?.count === "function" && typeof metrics.api === "function",
  "what metrics() makes",
];

const rules: Rules = {
  onEvent: aFunction(),
  log: aFunction(),
  everyMs: [(ms: number) => Number.isFinite(ms) && ms > 0, "a number of milliseconds above 0"],
  time: aLocalTime,
};

/**
 * Counters to hand to limiters and clients.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`.
 */
export function metrics(options: MetricsOptions = {}): Metrics {
  checkOptions("metrics()", options, rules);
  const { onEvent, log, everyMs = 60_000, time = systemTime } = options;
  const limits = new Map<string, LimitCounts>();
  const apis = new Map<string, ApiCounts>();

  const lineIfDue = (name: string, counted: LimitCounts | ApiCounts, now: number): void => {
    // After a clock that was set back the minute begins anew; it would last as long as that otherwise.
    if (!(now >= counted.loggedAt)) counted.loggedAt = now;
    if (now - counted.loggedAt >= everyMs) quietly(log, counted.line(name, now));
  };

  return {
    count(event) {
      const now = time.now();
      let limit = limits.get(event.limit);
      if (limit === undefined) {
        limit = new LimitCounts(now);
        limits.set(event.limit, limit);
      }
      limit.add(event);
      if (onEvent !== undefined) quietly(onEvent, { ...event, atMs: now });
      if (log !== undefined) lineIfDue(event.limit, limit, now);
    },

    api(name) {
      const known = apis.get(name);
      if (known !== undefined) return known;
      // Where nobody reads lines no clock is read for them either.
      const counted = log === undefined ? undefined : (counts: ApiCounts) => lineIfDue(name, counts, time.now());
      const counts = new ApiCounts(time, counted);
      apis.set(name, counts);
      return counts;
    },

    snapshot: () => ({
      limits: Object.fromEntries([...limits].map(([name, { counts }]) => [name, { ...counts }])),
      apis: Object.fromEntries([...apis].map(([name, counts]) => [name, counts.snapshot()])),
    }),

    flush() {
      if (log === undefined) return;
      const now = time.now();
      for (const [name, counted] of [...limits, ...apis]) if (counted.isNew) quietly(log, counted.line(name, now));
    },
  };
}

function quietly<T>(hook: ((value: T) => void) | undefined, value: T): void {
  try {
    hook?.(value);
  } catch {
    // Whoever counts must not decide.
  }
}
