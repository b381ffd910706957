/** Counts the calls to one API, and puts what was counted since the last time into a line. */

import type { LocalTime } from "../time/local-time.ts";
import type { ApiCounters, ApiMeter } from "./api-meter.ts";
import { bucketOf, latencyWithin, noLatencies } from "./latency.ts";

type Summed = Exclude<keyof ApiCounters, "queue" | "breaker" | "latencies">;

/** One line for a log: what became of the calls to one API since its last line. Flat. */
export interface ApiLine extends Omit<ApiCounters, "latencies" | "latencyMs" | "waitMs" | "answers" | "waits"> {
  readonly event: "api";
  readonly api: string;
  /** How long this line covers. */
  readonly overMs: number;
  /** How long a wait for a turn has taken on average, in whole milliseconds; absent if none has ended. */
  readonly meanWaitMs?: number | undefined;
  /** Half of the answers, and 95 of 100, took at most so long: a power of two. Absent without answers. */
  readonly latencyP50Ms?: number | undefined;
  readonly latencyP95Ms?: number | undefined;
}

type Counts = { -readonly [Name in Summed]: number } & { latencies: number[] };

const none = (): Counts => ({
  calls: 0,
  attempts: 0,
  retries: 0,
  throttled: 0,
  failures: 0,
  timeouts: 0,
  refused: 0,
  fallbacks: 0,
  breakerChanges: 0,
  waits: 0,
  waitMs: 0,
  latencyMs: 0,
  answers: 0,
  latencies: noLatencies(),
});

/** A meter, and what it has counted. A class with plain fields, since calls are counted while others wait. */
export class ApiCounts implements ApiMeter {
  /** When the last line was written, by this process's clock; NaN before anything was counted. */
  loggedAt: number = Number.NaN;
  readonly #time: LocalTime;
  /** Told of whatever may be the first event after a minute; undefined where nobody reads lines. */
  readonly #counted: ((counts: ApiCounts) => void) | undefined;
  readonly #counts: Counts = none();
  #logged: Counts = none();
  #queue = 0;
  #breaker: string | undefined;

  constructor(time: LocalTime, counted: ((counts: ApiCounts) => void) | undefined) {
    this.#time = time;
    this.#counted = counted;
  }

  call(): void {
    this.#counts.calls++;
    this.#counted?.(this);
  }

  waits(): () => void {
    const startMs = this.#time.now();
    let isOver = false;
    this.#queue++;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#queue--;
      this.#counts.waits++;
      // A clock that is set back makes no wait shorter than none.
      this.#counts.waitMs += Math.max(0, this.#time.now() - startMs);
      this.#counted?.(this);
    };
  }

  attempt(isRetry: boolean): void {
    this.#counts.attempts++;
    if (isRetry) this.#counts.retries++;
  }

  answer(status: number, latencyMs: number): void {
    const counts = this.#counts;
    const bucket = bucketOf(latencyMs);
    counts.answers++;
    if (latencyMs > 0) counts.latencyMs += latencyMs;
    counts.latencies[bucket] = (counts.latencies[bucket] ?? 0) + 1;
    if (status >= 500) counts.failures++;
    this.#counted?.(this);
  }

  throttled(): void {
    this.#counts.throttled++;
  }

  failure(because: "timeout" | "network"): void {
    this.#counts.failures++;
    if (because === "timeout") this.#counts.timeouts++;
    this.#counted?.(this);
  }

  refused(): void {
    this.#counts.refused++;
  }

  fallback(): void {
    this.#counts.fallbacks++;
  }

  breaker(phase: string): void {
    this.#counts.breakerChanges++;
    this.#breaker = phase;
    this.#counted?.(this);
  }

  /** A copy of all counters. */
  snapshot(): ApiCounters {
    const { latencies, ...counts } = this.#counts;
    return { ...counts, ...this.#standing(), latencies: [...latencies] };
  }

  /** What was counted since the last line; the next one begins here. */
  line(api: string, now: number): ApiLine {
    const { waits, waitMs, latencyMs: _, answers: __, latencies, ...counts } = this.#since();
    const line: ApiLine = {
      event: "api",
      api,
      overMs: now - this.loggedAt,
      ...counts,
      ...this.#standing(),
      meanWaitMs: waits === 0 ? undefined : Math.round(waitMs / waits),
      latencyP50Ms: latencyWithin(latencies, 0.5),
      latencyP95Ms: latencyWithin(latencies, 0.95),
    };
    this.#logged = { ...this.#counts, latencies: [...this.#counts.latencies] };
    this.loggedAt = now;
    return line;
  }

  /** Whether anything was counted since the last line, or calls wait. */
  get isNew(): boolean {
    const { latencies: _, ...counts } = this.#since();
    return this.#queue > 0 || Object.values(counts).some((count) => count > 0);
  }

  #standing(): Pick<ApiCounters, "queue" | "breaker"> {
    return { queue: this.#queue, ...(this.#breaker === undefined ? {} : { breaker: this.#breaker }) };
  }

  #since(): Counts {
    const { latencies, ...counts } = this.#counts;
    const names = Object.keys(counts) as Summed[];
    const since = Object.fromEntries(names.map((name) => [name, counts[name] - this.#logged[name]]));
    const { latencies: logged } = this.#logged;
    return { ...since, latencies: latencies.map((count, i) => count - (logged[i] ?? 0)) } as Counts;
  }
}
