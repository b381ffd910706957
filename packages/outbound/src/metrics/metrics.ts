/** What became of the calls on each limit: counters, events, and one line a minute. */

import { aFunction, checkOptions, type Rule, type Rules } from "@sluice/core/engine";
import type { LocalTime } from "../time/local-time.ts";
import { aLocalTime } from "../time/rules.ts";
import { systemTime } from "../time/system-time.ts";

/** Counts of one limit, over all its keys. Plain data. */
export interface LimitCounters {
  /** Places that were taken, delayed ones included. */
  readonly granted: number;
  /** Places that were taken ahead of their time. */
  readonly delayed: number;
  readonly denied: number;
  readonly refunded: number;
  readonly committed: number;
  readonly pauses: number;
  readonly resumes: number;
  /** How far ahead delayed places were, added up, in milliseconds. */
  readonly waitMs: number;
}

/** Something that happened on one limit. */
export interface LimitEvent {
  /** `granted` takes a place now, `delayed` one that is `waitMs` ahead. */
  readonly type: "granted" | "delayed" | "denied" | "refunded" | "committed" | "paused" | "resumed";
  readonly limit: string;
  readonly key: string;
  /** By this process's clock. */
  readonly atMs: number;
  readonly cost?: number | undefined;
  readonly waitMs?: number | undefined;
  readonly because?: "limit" | "paused" | "never" | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
}

/** One line for a log: what happened on one limit since its last line. Flat, without keys. */
export interface LimitLine extends LimitCounters {
  readonly event: "limit";
  readonly limit: string;
  /** How long this line covers. */
  readonly overMs: number;
}

export interface MetricsOptions {
  /** Called for every event, at once. What it throws is ignored: no call fails because it could not be counted. */
  readonly onEvent?: ((event: LimitEvent) => void) | undefined;
  /** Writes one line. */
  readonly log?: ((line: LimitLine) => void) | undefined;
  /**
   * The least time between two lines of one limit. No timer is set: the first event after it writes the line.
   * @default 60_000
   */
  readonly everyMs?: number | undefined;
  readonly time?: LocalTime | undefined;
}

/** Counts what limiters, quotas and leases report. */
export interface Metrics {
  count(event: Omit<LimitEvent, "atMs">): void;
  /** Counters by the limits' names. */
  snapshot(): Readonly<Record<string, LimitCounters>>;
  /** Writes the lines that are not written yet: before a process ends. */
  flush(): void;
}

type Counts = { -readonly [Name in keyof LimitCounters]: number };

interface Limit {
  readonly counts: Counts;
  /** The counters as they stood at the last line, and when that was. */
  logged: Counts;
  loggedAt: number;
}

const none = (): Counts => ({
  granted: 0,
  delayed: 0,
  denied: 0,
  refunded: 0,
  committed: 0,
  pauses: 0,
  resumes: 0,
  waitMs: 0,
});

/** The rule of an option that takes these. */
export const aMetrics: Rule = [
  (metrics: Partial<Metrics> | null) => typeof metrics?.count === "function",
  "what metrics() makes",
];

const rules: Rules = {
  onEvent: aFunction(),
  log: aFunction(),
  everyMs: [(ms: number) => Number.isFinite(ms) && ms > 0, "a number of milliseconds above 0"],
  time: aLocalTime,
};

/**
 * Counters to hand to limiters.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`.
 */
export function metrics(options: MetricsOptions = {}): Metrics {
  checkOptions("metrics()", options, rules);
  const { onEvent, log, everyMs = 60_000, time = systemTime } = options;
  const limits = new Map<string, Limit>();

  const write = (name: string, limit: Limit, now: number): void => {
    const line = { event: "limit" as const, limit: name, overMs: now - limit.loggedAt, ...since(limit) };
    limit.logged = { ...limit.counts };
    limit.loggedAt = now;
    quietly(log, line);
  };

  return {
    count(event) {
      const now = time.now();
      let limit = limits.get(event.limit);
      if (limit === undefined) {
        limit = { counts: none(), logged: none(), loggedAt: now };
        limits.set(event.limit, limit);
      }
      // After a clock that was set back the minute begins anew; it would last as long as that otherwise.
      if (now < limit.loggedAt) limit.loggedAt = now;
      add(limit.counts, event);
      if (onEvent !== undefined) quietly(onEvent, { ...event, atMs: now });
      if (log !== undefined && now - limit.loggedAt >= everyMs) write(event.limit, limit, now);
    },

    snapshot: () => Object.fromEntries([...limits].map(([name, { counts }]) => [name, { ...counts }])),

    flush() {
      if (log === undefined) return;
      const now = time.now();
      for (const [name, limit] of limits) {
        if (Object.values(since(limit)).some((count) => count > 0)) write(name, limit, now);
      }
    },
  };
}

function add(counts: Counts, { type, waitMs = 0 }: Omit<LimitEvent, "atMs">): void {
  if (type === "paused") counts.pauses++;
  else if (type === "resumed") counts.resumes++;
  else counts[type]++;
  if (type !== "delayed") return;
  counts.granted++;
  counts.waitMs += waitMs;
}

function since({ counts, logged }: Limit): Counts {
  const names = Object.keys(counts) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, counts[name] - logged[name]])) as Counts;
}

function quietly<T>(hook: ((value: T) => void) | undefined, value: T): void {
  try {
    hook?.(value);
  } catch {
    // Whoever counts must not decide.
  }
}
