/** Jobs that never overlap, in however many processes: leases with a fencing number, and what is recorded of their runs. */

import { aBackend, aFunction, type Backend, ConfigError, checkOptions, type LeaseRequest } from "@sluice/core/engine";
import { aMetrics, type Metrics } from "../metrics/metrics.ts";
import { noted } from "../records/record.ts";
import type { LocalTime } from "../time/local-time.ts";
import { aLocalTime } from "../time/rules.ts";
import { systemTime } from "../time/system-time.ts";
import { beside, lostRun, skipped } from "./beside.ts";
import type { Job, LeaseOptions, LeaseOutcome } from "./job.ts";
import { checkLeaseOptions, checkName } from "./lease-options.ts";
import { run, type Told } from "./run.ts";
import { errorText, type RunNote } from "./run-note.ts";
import { type Runs, runsFrom } from "./runs.ts";
import { leaseKey, type Taking, take } from "./taking.ts";

export interface LeasesOptions {
  /** Holds the names; one that has leases: `features.lease`. Its `scope` says among whom jobs do not overlap. */
  readonly backend: Backend;
  /** @default the machine's own */
  readonly time?: LocalTime | undefined;
  /**
   * Counts, as limit `lease:<name>`, runs that begin as granted, runs that end well as committed, and skips as denied.
   */
  readonly metrics?: Metrics | undefined;
  /**
   * Hears what a run or a skip could not record because the backend failed. What the job did is not changed by it. What it throws is
   * ignored.
   */
  readonly onError?: ((error: unknown, name: string) => void) | undefined;
}

/** How a name stands. For display: what it says may be over at once. */
export interface LeaseState {
  readonly held: boolean;
  /** Of whoever took the name last; 0 if nobody did. */
  readonly fence: number;
  /** Until the lease ends, unless it is renewed. */
  readonly leftMs: number;
  /** Of the run that has the name, or had it last. */
  readonly by?: string | undefined;
  readonly startedAtMs?: number | undefined;
  readonly instantMs?: number | undefined;
}

export interface Leases {
  /**
   * Runs `job` while it holds `name`, and tells what became of it. The lease lasts `ttlMs`, 100 ms to 30 days, and is renewed at
   * a third of it; a process that dies leaves the name held for at most so long.
   *
   * Rejects with what the job failed with, after the name was let go; with LeaseLostError `SLUICE_LEASE_LOST` when the lease
   * was lost meanwhile, also if the job resolved; with what the backend failed with, and then the job did not begin. Throws
   * ConfigError `SLUICE_LEASE` and those of the options.
   */
  withLease<Value>(name: string, ttlMs: number, job: Job<Value>, options?: LeaseOptions): Promise<LeaseOutcome<Value>>;
  /** Who has the name now. */
  state(name: string): Promise<LeaseState>;
  /** What is recorded of a name's runs and skips. */
  runs(name: string): Promise<Runs>;
}

/**
 * Leases on one backend.
 *
 * Throws ConfigError `SLUICE_BACKEND_UNSUPPORTED` for a backend without leases, and those of the options.
 */
export function leases(options: LeasesOptions): Leases {
  const rules = { backend: aBackend, time: aLocalTime, metrics: aMetrics, onError: aFunction() };
  checkOptions("leases()", options, rules, ["backend"]);
  const { backend, time = systemTime, metrics, onError } = options;
  if (backend.lease === undefined) {
    const cure = "Take one whose features have lease: memory, sqlite, durable-object, redis or upstash.";
    throw new ConfigError("SLUICE_BACKEND_UNSUPPORTED", "leases() needs a backend that has them", backend.name, cure);
  }
  // Backends that answer at once throw at once, too.
  const ask = async (request: LeaseRequest) => await (backend as Required<Backend>).lease(request);
  const failed = (error: unknown, name: string): void => {
    try {
      onError?.(error, name);
    } catch {
      // Whoever listens changes nothing of what a run has done.
    }
  };
  const recorded = async (name: string, change: () => Promise<unknown>): Promise<void> => {
    await change().catch((error) => failed(error, name));
  };

  const taking: Taking = {
    ask,
    time,
    async waitForEnd(name, fence, ms, signal) {
      const untilMs = time.now() + ms;
      const pauseMs = Math.max(10, Math.ceil(ms / 8));
      for (let left = ms; left > 0 && !signal.aborted; left = untilMs - time.now()) {
        // One that cannot be told is waited for as long as its lease could have lasted.
        const told = await beside(backend, name)
          .read()
          .catch(() => undefined);
        if ((told?.lastLost?.fence ?? 0) >= fence) return;
        await time.sleep(Math.min(pauseMs, left), signal).catch(() => {});
      }
    },
  };

  return {
    async withLease(name, ttlMs, job, asked = {}) {
      checkLeaseOptions(name, ttlMs, job, asked);
      asked.signal?.throwIfAborted();
      const { by, instantMs } = asked;
      const taken = await take(taking, name, ttlMs, asked);
      const limit = `lease:${name}`;
      if ("because" in taken) {
        const skip = { atMs: time.now(), because: taken.because, by, instantMs };
        // That an instant was done already is how it should be, not a run that somebody misses.
        if (taken.because !== "done") {
          metrics?.count({ type: "denied", limit, key: "", reason: taken.because, by });
          await recorded(name, () => beside(backend, name).update((current) => skipped(current, skip)));
        }
        return { ran: false, ...taken };
      }
      const { fence } = taken.holding;
      const told: Told = {
        now: () => time.now(),
        failed: (error) => failed(error, name),
        async lost(error) {
          const end = { fence, endedAtMs: time.now(), by, error: errorText(error) };
          await recorded(name, () => beside(backend, name).update((current) => lostRun(current, end)));
        },
      };
      metrics?.count({ type: "granted", limit, key: "", by });
      const value = await run(taken, name, job, asked, told);
      metrics?.count({ type: "committed", limit, key: "", by });
      return { ran: true, value, fence };
    },

    async state(name) {
      checkName(name);
      const { fence, leftMs, note } = await ask({ name: leaseKey(name), verb: "look" });
      const { by, startedAtMs, instantMs } = noted<RunNote>(note) ?? {};
      return { held: leftMs > 0, fence, leftMs, by, startedAtMs, instantMs };
    },

    async runs(name) {
      checkName(name);
      const [seen, told] = await Promise.all([
        ask({ name: leaseKey(name), verb: "look" }),
        beside(backend, name).read(),
      ]);
      return runsFrom(seen, told);
    },
  };
}
