/** Runs scheduled jobs, each under its lease, so that each instant begins once in however many processes. */

import { aFunction, ConfigError, checkedLater, checkOptions, type Rules } from "@sluice/core/engine";
import type { LocalTime } from "../time/local-time.ts";
import { aLocalTime } from "../time/rules.ts";
import { systemTime } from "../time/system-time.ts";
import { checkEvery, newestInstant, nextInstant } from "./instants.ts";
import { checkName, checkTtl, overlapRule } from "./lease-options.ts";
import type { Leases } from "./leases.ts";
import type { DueRun, ScheduledJob, Scheduler } from "./schedule.ts";

export interface SchedulerOptions {
  readonly jobs: readonly ScheduledJob[];
  readonly leases: Leases;
  /** Who runs the jobs, for people: a host or a process. */
  readonly by?: string | undefined;
  /** @default the machine's own */
  readonly time?: LocalTime | undefined;
  /**
   * Hears of every run that failed or lost its lease, and of every instant that a failing backend kept from beginning. What it
   * throws is ignored.
   */
  readonly onError?: ((error: unknown, run: { readonly name: string; readonly instantMs: number }) => void) | undefined;
}

/**
 * A scheduler; nothing happens before `start()` or `runDue()`.
 *
 * Throws ConfigError `SLUICE_SCHEDULE`, `SLUICE_LEASE` and those of the options.
 */
export function scheduler(options: SchedulerOptions): Scheduler {
  checkScheduler(options);
  const { jobs, leases, by, time = systemTime, onError } = options;
  /** Each with what aborts it: on Workers, where triggers share no signals, too. */
  const running = new Map<Promise<DueRun>, AbortController>();
  let timer: AbortController | undefined;

  const runOne = async (
    { name, ttlMs, overlap, run }: ScheduledJob,
    instantMs: number,
    signal: AbortSignal,
  ): Promise<DueRun> => {
    try {
      return { name, instantMs, outcome: await leases.withLease(name, ttlMs, run, { overlap, instantMs, by, signal }) };
    } catch (error) {
      try {
        onError?.(error, { name, instantMs });
      } catch {
        // Whoever listens keeps no other job from running.
      }
      return { name, instantMs, error };
    }
  };
  const begin = (job: ScheduledJob, instantMs: number): Promise<DueRun> => {
    const stopping = new AbortController();
    const due = runOne(job, instantMs, stopping.signal);
    running.set(due, stopping);
    void due.finally(() => running.delete(due));
    return due;
  };

  const keepTime = async (signal: AbortSignal): Promise<void> => {
    // What was missed while nobody was there is asked for first: where another process began it, it is done.
    let newest = jobs.map(({ everyMs, offsetMs }) => newestInstant(everyMs, time.now(), offsetMs));
    for (const [index, job] of jobs.entries()) void begin(job, newest[index] as number);
    for (;;) {
      const last = newest;
      const next = Math.min(
        ...jobs.map(({ everyMs, offsetMs }, i) => nextInstant(everyMs, last[i] as number, offsetMs)),
      );
      // An instant is absolute, so that a late timer delays none of the next ones.
      await time.sleep(Math.max(0, next - time.now()), signal);
      // Stopped in the moment at which it woke.
      signal.throwIfAborted();
      const now = time.now();
      // After a clock that was set back they come again, and are done already.
      newest = jobs.map(({ everyMs, offsetMs }) => newestInstant(everyMs, now, offsetMs));
      for (const [index, job] of jobs.entries()) {
        if ((newest[index] as number) > (last[index] as number)) void begin(job, newest[index] as number);
      }
    }
  };

  return {
    start() {
      if (timer !== undefined) return;
      timer = new AbortController();
      if (jobs.length > 0) keepTime(timer.signal).catch(() => {});
    },

    async stop({ abort = false } = {}) {
      timer?.abort();
      timer = undefined;
      if (abort) {
        const reason = new DOMException("The scheduler was stopped.", "AbortError");
        for (const stopping of running.values()) stopping.abort(reason);
      }
      await Promise.all(running.keys());
    },

    async runDue(instantMs, { withinMs = 60_000 } = {}) {
      checkWithin(withinMs);
      const due = jobs.flatMap((job) => {
        const newest = newestInstant(job.everyMs, instantMs, job.offsetMs);
        return newest > instantMs - withinMs ? [begin(job, newest)] : [];
      });
      return await Promise.all(due);
    },
  };
}

const rules: Rules = {
  jobs: [Array.isArray, "an array of jobs"],
  leases: [(value: Partial<Leases> | null) => typeof value?.withLease === "function", "made by leases()"],
  by: [(by: unknown) => typeof by === "string" && by.length <= 100, "a string of at most 100 characters"],
  time: aLocalTime,
  onError: aFunction(),
};

const jobRules: Rules = {
  name: checkedLater,
  everyMs: checkedLater,
  offsetMs: checkedLater,
  ttlMs: checkedLater,
  overlap: overlapRule,
  run: aFunction(),
};

function checkScheduler(options: SchedulerOptions): void {
  checkOptions("scheduler()", options, rules, ["jobs", "leases"]);
  const names = new Set<string>();
  for (const job of options.jobs) {
    checkOptions("a job of scheduler()", job, jobRules, ["name", "everyMs", "ttlMs", "run"]);
    checkName(job.name);
    checkEvery(job.everyMs, job.offsetMs);
    checkTtl(job.ttlMs);
    if (names.has(job.name)) {
      throw new ConfigError(
        "SLUICE_SCHEDULE",
        "two jobs have one name",
        job.name,
        "They would skip each other: rename one.",
      );
    }
    names.add(job.name);
  }
}

function checkWithin(withinMs: number): void {
  if (Number.isFinite(withinMs) && withinMs > 0) return;
  throw new ConfigError("SLUICE_SCHEDULE", "withinMs is a number of milliseconds above 0", withinMs, "Correct it.");
}
