/** Jobs, mail and reports of bounces in a process: what they count with, how mail leaves, and what /health says of them. */

import { hostname } from "node:os";
import type { OutboundParts } from "@sluice/console";
import type { Backend } from "@sluice/core";
import type { BouncesDeps, Database, FeedsJobs, JobsHealth, Logger, MailTransports } from "@sluice/feeds";
import { feedsJobs, outboundParts, prospectsHealth } from "@sluice/feeds";
import type { OpenBackend } from "./backend.ts";
import type { BackendChoice } from "./backend-settings.ts";
import type { OutboundSettings } from "./outbound-settings.ts";
import { publicFetch } from "./public-fetch.ts";

export interface OutboundDeps {
  readonly settings: OutboundSettings;
  /** The backend of the product, open, and which it is. */
  readonly backend: Backend;
  readonly choice: BackendChoice;
  readonly db: Database;
  readonly logger: Logger;
  readonly publicUrl: string | undefined;
  /** Hears, often, that jobs have counted something that `console` tells. */
  readonly onCounted?: (() => void) | undefined;
}

/** The part of the app that does things by itself. */
export interface Outbound {
  readonly bounces: BouncesDeps | undefined;
  health(): JobsHealth;
  /** What the console shows of it, whether jobs run here or elsewhere; undefined where their counts cannot be opened. */
  readonly console: OutboundParts | undefined;
  /** What it is counted in, whether anything is; undefined as above. */
  readonly counting: Backend | undefined;
  /** Runs the jobs from now on, where this process is to. */
  start(): void;
  /** Tells those that run to stop, and resolves when they have. */
  stop(): Promise<void>;
  /** Lets go of what was opened; they have stopped by then. */
  close(): Promise<void>;
}

/**
 * Opens what jobs and mail count with: the product's backend where it is one for many machines, else a file of their own,
 * since what was sent has to be remembered longer than a process lives.
 *
 * @throws Error with a sentence that names the setting.
 */
export async function openOutbound(deps: OutboundDeps): Promise<Outbound> {
  const { settings, db, logger, publicUrl, onCounted } = deps;
  const { jobs: isOn, smtp, bounceSecret, prospects, allowPrivateFetch } = settings;
  if (bounceSecret === undefined) logger.info({}, "BOUNCE_WEBHOOK_SECRET is not set: /webhooks/bounces does not exist");
  const counting = await opened(deps);
  if (counting === undefined) {
    const none = { prospects: prospectsHealth(prospects, undefined), last: {} };
    const health: JobsHealth = { enabled: false, transports: [], bounces: false, ...none };
    const nothing = { start() {}, async stop() {}, async close() {} };
    return { bounces: undefined, console: undefined, counting: undefined, health: () => health, ...nothing };
  }
  const { backend } = counting;
  const transports: MailTransports =
    isOn && smtp ? { smtp: (await import("./smtp-transport.ts")).smtpTransport(smtp) } : {};
  const by = `${hostname()} ${process.pid}`.slice(-100);
  const services = "services" in prospects ? prospects.services : undefined;
  const fetching = { publicFetch: publicFetch({ allowPrivate: allowPrivateFetch }), allowPrivateFetch };
  const jobs: FeedsJobs | undefined = isOn
    ? feedsJobs({ db, backend, transports, logger, publicUrl, by, prospects: services, onCounted, ...fetching })
    : undefined;
  return {
    bounces: bounceSecret === undefined ? undefined : { secret: bounceSecret, backend },
    health: () => ({
      enabled: isOn,
      transports: Object.keys(transports),
      bounces: bounceSecret !== undefined,
      prospects: prospectsHealth(prospects, jobs),
      last: jobs?.last() ?? {},
    }),
    counting: backend,
    console: outboundParts({ db, backend, prospects: services, jobs, ...(isOn && !smtp && { mailWaits: noWayOut }) }),
    start: () => jobs?.start(),
    stop: async () => await jobs?.stop(),
    async close() {
      await jobs?.stop();
      await counting.close();
    },
  };
}

/** For administrators; a process that runs no jobs does not know how others send. */
const noWayOut =
  "SMTP_URL is not set, so no mail has a way out, whatever its limits allow. Start the app with SMTP_URL=smtp://host:port (or smtps://user:password@host:465): what waits is sent at five past the next hour.";

/** Where it is counted. A process that neither sends nor takes reports in only looks: it starts without, and says so. */
async function opened({ settings, backend, choice, logger }: OutboundDeps): Promise<OpenBackend | undefined> {
  if (choice.name === "redis" || choice.name === "upstash") return { backend, close() {} };
  try {
    return (await import("./backend-sqlite.ts")).openSqlite(settings.limitsPath, "OUTBOUND_LIMITS_PATH");
  } catch (error) {
    if (settings.jobs || settings.bounceSecret !== undefined) throw error;
    logger.warn({ because: (error as Error).message }, "what goes out elsewhere is not shown here");
    return undefined;
  }
}
