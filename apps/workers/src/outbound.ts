/** Jobs and reports of bounces on Workers: what they count with, and what the cron trigger runs. Mail has no way out here. */

import type { OutboundParts } from "@sluice/console";
import { type Backend, isConfigError } from "@sluice/core";
import { durableObject } from "@sluice/core/durable-object";
import {
  type Database,
  feedsJobs,
  type JobsHealth,
  type Logger,
  outboundParts,
  type ProspectChoice,
  prospectsHealth,
} from "@sluice/feeds";

/**
 * Where leases and send quotas live: the product's backend if that is Upstash, else Durable Objects, asked without the ceilings
 * in front; whatever RATE_LIMIT_BACKEND says, no isolate's memory and no location. Undefined without the binding.
 */
export function outboundBackend(env: Readonly<Record<string, unknown>>, chosen: Backend): Backend | undefined {
  if (chosen.name === "upstash") return chosen;
  try {
    return durableObject(env["LIMITER"] as Parameters<typeof durableObject>[0]);
  } catch (error) {
    if (!isConfigError(error)) throw error;
    return undefined;
  }
}

interface WorkerJobsDeps {
  readonly db: Database;
  readonly outbound: Backend | undefined;
  readonly jobs: boolean;
  readonly bounceSecret: string | undefined;
  readonly publicUrl: string | undefined;
  readonly prospects: ProspectChoice;
  readonly allowPrivateFetch: boolean;
  /** Hears, often, that jobs have counted something that `console` tells. */
  readonly onCounted?: (() => void) | undefined;
}

/** For administrators. */
const noWayOut =
  "A Worker has no way out for mail, so none is sent, whatever its limits allow. Hand feedsJobs() a transport that calls your mail service over HTTP (apps/workers/src/outbound.ts), or let an app on Node send from the same queue.";

/** What the Worker does by itself. */
export interface WorkerJobs {
  /** Runs what is due at an instant of the trigger. */
  run(scheduledMs: number): Promise<void>;
  health(): JobsHealth;
  /** What the console shows of it, also between two triggers; undefined without a place for it to be counted in. */
  readonly console: OutboundParts | undefined;
}

/** Makes the jobs; nothing happens before the trigger comes. */
export function workerJobs(deps: WorkerJobsDeps, logger: Logger): WorkerJobs {
  const { db, outbound: backend, publicUrl, bounceSecret, prospects: choice, allowPrivateFetch, onCounted } = deps;
  const prospects = "services" in choice ? choice.services : undefined;
  // What Cloudflare connects to for a Worker is the Internet, whatever a name resolves to; literals are checked by the product.
  const publicFetch: typeof fetch = (input, init) => fetch(input, { ...init, redirect: "manual" });
  const fetching = { publicFetch, allowPrivateFetch };
  const isOn = deps.jobs && backend !== undefined;
  const jobs = isOn
    ? feedsJobs({ db, backend, transports: {}, logger, publicUrl, by: "worker", prospects, onCounted, ...fetching })
    : undefined;
  let isTold = bounceSecret !== undefined;
  return {
    async run(scheduledMs) {
      // Not while the Worker starts, when there is no time of day yet.
      if (!isTold) logger.info({}, "BOUNCE_WEBHOOK_SECRET is not set: /webhooks/bounces does not exist");
      isTold = true;
      if (deps.jobs && backend === undefined) {
        logger.warn({}, "jobs need the Durable Object binding LIMITER: nothing was run");
      }
      await jobs?.runDue(scheduledMs);
    },
    health: () => ({
      enabled: isOn,
      transports: [],
      bounces: bounceSecret !== undefined && backend !== undefined,
      prospects: prospectsHealth(choice, jobs),
      last: jobs?.last() ?? {},
    }),
    console: backend && outboundParts({ db, backend, prospects, jobs, ...(isOn && { mailWaits: noWayOut }) }),
  };
}
