/** The product's jobs: each under its own lease, so that it never runs twice at once, in however many processes. */

import type { Backend } from "@sluice/core";
import { isConfigError } from "@sluice/core";
import {
  type DueRun,
  type JobRun,
  type LocalTime,
  leases,
  type MetricsSnapshot,
  metrics,
  type ScheduledJob,
  type SendQuota,
  scheduler,
  systemTime,
} from "@sluice/outbound";
import type { Database } from "../database.ts";
import { hostClients } from "../gathering/hosts.ts";
import type { PublicFetch } from "../gathering/public-address.ts";
import { type Logger, loggable } from "../logger.ts";
import { digestMailer } from "../mail/mailer.ts";
import type { MailTransports } from "../mail/transport.ts";
import { enrichProspects } from "../prospects/enrich-prospects.ts";
import type { ProspectServices } from "../setting-prospects.ts";
import { aggregate } from "./aggregate.ts";
import { enrich } from "./enrich.ts";
import { fetchDue } from "./fetch.ts";
import type { JobHealth, JobName } from "./jobs-health.ts";
import { type OutboundLimits, outboundLimits } from "./outbound-limits.ts";
import { prune } from "./prune.ts";

export interface FeedsJobsDeps {
  readonly db: Database;
  /** Where leases, send quotas and the limit on enriching live; one that keeps them when the process ends. */
  readonly backend: Backend;
  /** With none, messages wait. */
  readonly transports: MailTransports;
  readonly logger: Logger;
  readonly publicUrl?: string | undefined;
  /** Fetches what strangers name; without it no feed elsewhere is fetched. */
  readonly publicFetch?: PublicFetch | undefined;
  /** Whether what is not on the public Internet is fetched, too. @default false */
  readonly allowPrivateFetch?: boolean | undefined;
  /** Where prospects are looked up; without it they wait. */
  readonly prospects?: ProspectServices | undefined;
  /** Who runs them, for people: a host or a process. */
  readonly by?: string | undefined;
  /** @default the machine's own */
  readonly time?: LocalTime | undefined;
  /** Hears, often, that something was counted that `snapshot()` tells: for whoever writes it down. What it throws is ignored. */
  readonly onCounted?: (() => void) | undefined;
}

export interface FeedsJobs {
  /** Runs them when they are due, from now on. */
  start(): void;
  /** Tells what runs to stop, and resolves when it has and every lease is let go. */
  stop(): Promise<void>;
  /** Runs what is due at an instant of a platform's trigger that comes every five minutes. */
  runDue(instantMs: number): Promise<readonly DueRun[]>;
  /** How each ended that has run here. */
  last(): Readonly<Partial<Record<JobName, JobHealth>>>;
  /** Services that refused us when prospects were looked up last, and what a person has to mend. */
  refusedBy(): readonly string[];
  readonly quota: SendQuota;
  /** What they go by: for whoever shows it, and holds it. */
  readonly limits: OutboundLimits;
  /** What they have counted in this process. */
  snapshot(): MetricsSnapshot;
}

const minuteMs = 60_000;

/** How often the platform's trigger comes, where there is no timer of ours. */
const triggerMs = 5 * minuteMs;

/** As many may fail to come, and no job is left out for it: which instants have begun is remembered. */
const missedTriggers = 2;

/** How long a process that dies keeps a job from running elsewhere. */
const ttlMs = minuteMs;

type Instants = Pick<ScheduledJob, "everyMs" | "offsetMs">;

/** Makes the jobs; nothing happens before they are started or are due. */
export function feedsJobs(deps: FeedsJobsDeps): FeedsJobs {
  const { db, backend, transports, logger, publicUrl, by, time = systemTime, onCounted } = deps;
  const now = (): number => time.now();
  const heard = (): void => {
    try {
      onCounted?.();
    } catch {
      // Whoever writes down changes nothing of what was done.
    }
  };
  const counted = metrics({ time, log: (line) => logger.info(line, line.event), onEvent: heard });
  const limits = outboundLimits({ backend, prospects: deps.prospects, time, metrics: counted });
  const { quota, enrich: limit, apis } = limits;
  const mailer = digestMailer({ database: db, quota, transports, log: logger, time });
  const { publicFetch, allowPrivateFetch = false } = deps;
  const clientOf = publicFetch && hostClients({ backend, fetch: publicFetch, time, metrics: counted });
  const last = new Map<JobName, JobHealth>();
  let refusedBy: readonly string[] = [];

  /** A job that says what it did, if it did anything, and what became of it. */
  const job = (name: JobName, at: Instants, work: (run: JobRun) => Promise<object>): ScheduledJob => ({
    name,
    ...at,
    ttlMs,
    async run(run) {
      const ended = (outcome: JobHealth["outcome"]): void => {
        last.set(name, { at: new Date(now()).toISOString(), outcome });
        // Calls are counted without an event: those of the run are there now.
        heard();
      };
      try {
        const did = await work(run);
        ended("ok");
        if (Object.values(did).some((count) => count > 0)) logger.info({ job: name, ...did }, "a job has run");
      } catch (error) {
        ended("failed");
        throw error;
      }
    },
  });

  const jobs = [
    job("aggregate", { everyMs: 15 * minuteMs }, async ({ signal }) => {
      return { queued: await aggregate({ db, publicUrl, now }, signal) };
    }),
    job("enrich", { everyMs: 5 * minuteMs }, ({ signal }) => enrich({ db, limit, logger, time }, signal)),
    ...(clientOf === undefined
      ? []
      : [
          job("fetch", { everyMs: 5 * minuteMs }, ({ signal }) => {
            return fetchDue({ db, clientOf, allowPrivate: allowPrivateFetch, publicUrl, logger, now }, signal);
          }),
        ]),
    // What was gathered at the full hour goes out at once.
    job("digest", { everyMs: 60 * minuteMs, offsetMs: 5 * minuteMs }, (run) => mailer.run(run)),
    ...(apis === undefined
      ? []
      : [
          job("prospects", { everyMs: 5 * minuteMs }, async ({ signal }) => {
            const { counts, refused } = await enrichProspects({ db, apis, logger, time }, signal);
            refusedBy = refused;
            return counts;
          }),
        ]),
    job("prune", { everyMs: 60 * minuteMs }, ({ signal }) => prune({ db, now }, signal)),
  ];
  const held = leases({ backend, time, metrics: counted, onError: (error, name) => troubled(error, { job: name }) });
  const own = scheduler({ jobs, leases: held, by, time, onError: (error, { name }) => troubled(error, { job: name }) });

  function troubled(error: unknown, fields: object): void {
    // Told to stop, a job may well end by its signal.
    if (error instanceof DOMException && error.name === "AbortError") return;
    logger.error({ ...fields, ...loggable(error) }, isConfigError(error) ? "a job is mistaken" : "a job has failed");
  }

  return {
    start: () => own.start(),
    async stop() {
      await own.stop({ abort: true });
      counted.flush();
    },
    runDue: (instantMs) => own.runDue(instantMs, { withinMs: (1 + missedTriggers) * triggerMs }),
    last: () => Object.fromEntries(last),
    refusedBy: () => refusedBy,
    quota,
    limits,
    snapshot: () => counted.snapshot(),
  };
}
