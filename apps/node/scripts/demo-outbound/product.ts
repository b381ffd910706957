/** The product's own code on the demo's clock: its database, its clients and its mailer, its jobs under their leases. */

import { hostname } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { sqlite } from "@sluice/core/sqlite";
import { onClock } from "@sluice/core/testing";
import {
  type Database,
  digestMailer,
  enrichProspects,
  type Logger,
  type MailTransports,
  type ProspectApis,
  prospectApis,
  quotaInbox,
  startedInboxes,
} from "@sluice/feeds";
import {
  LeaseLostError,
  type Leases,
  type LocalTime,
  leases,
  type Metrics,
  metrics,
  type ScheduledJob,
  type SendUsage,
  scheduler,
  sendQuota,
} from "@sluice/outbound";
import { openDatabase } from "../../src/database.ts";
import { smtpTransport } from "../../src/smtp-transport.ts";
import type { Folder } from "./folder.ts";
import { mailToleranceMs, perList, sendLimits, timeZone, toleranceMs } from "./offer.ts";
import { settle, takeLists, writeTo } from "./outreach.ts";
import type { Traffic } from "./traffic.ts";
import type { ServiceName } from "./world.ts";

export interface Product {
  readonly db: Database;
  readonly apis: ProspectApis;
  readonly metrics: Metrics;
  /** How far mail's limits are used. */
  usage(): Promise<SendUsage>;
  /** Until when another run keeps the jobs, one that was killed; undefined once they are ours. */
  heldUntilMs(): Promise<number | undefined>;
  start(): void;
  /** Tells what runs to stop, and resolves when it has. */
  stop(): Promise<void>;
  close(): void;
  /** Rejects with what no job can mend. */
  readonly failed: Promise<never>;
}

export interface ProductOptions {
  readonly folder: Pick<Folder, "product" | "limits">;
  readonly urls: Readonly<Record<ServiceName, string>>;
  readonly smtpPort: number;
  readonly prospects: number;
  readonly time: LocalTime;
  /** How long a run that is killed keeps the others out, in milliseconds of the demo's clock. */
  readonly ttlMs: number;
  readonly logger: Logger;
  readonly traffic: Traffic;
}

const migrations = fileURLToPath(new URL("../../../feeds/migrations/", import.meta.url));
const everyMs = 5 * 60_000;

/** Opens it; nothing happens before it is started. */
export async function openProduct(options: ProductOptions): Promise<Product> {
  const { folder, urls, smtpPort, prospects, time, ttlMs, logger, traffic } = options;
  const { db, close } = openDatabase(folder.product, migrations);
  await settle(db);
  const counting = new DatabaseSync(folder.limits, { timeout: 5_000 });
  const backend = sqlite(counting, onClock(time, { deadlineMs: 2_000 }));
  const counted = metrics({ time });
  const working = traffic.time(time);
  const key = "of nobody";
  const apis = prospectApis({
    services: {
      duckDuckGo: { url: urls.search },
      grok: { url: urls.grok, key, model: "grok-4" },
      millionVerifier: { url: urls.millionVerifier, key },
      supabase: { url: urls.supabase, key },
    },
    backend,
    time: working,
    metrics: counted,
    toleranceMs,
    fetch: (input, init) => traffic.during(fetch(input, init)),
  });
  const quota = sendQuota({ backend, ...sendLimits, timeZone, time, toleranceMs: mailToleranceMs, metrics: counted });
  const smtp = { host: "127.0.0.1", port: smtpPort, secure: false, requireTLS: false, auth: undefined };
  const transport = smtpTransport(smtp);
  const transports: MailTransports = { smtp: { send: (mail, signal) => traffic.during(transport.send(mail, signal)) } };
  const mailing = { time: working, patienceMs: mailToleranceMs };
  const mailer = digestMailer({ database: db, quota, transports, log: logger, ...mailing });

  const by = `demo:outbound on ${hostname()}, process ${process.pid}`.slice(0, 100);
  const held: Leases = leases({ backend, time });
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {});
  const job = (name: string, offsetMs: number, run: ScheduledJob["run"]): ScheduledJob => {
    return { name, everyMs, offsetMs, ttlMs, run: (of) => traffic.during(Promise.resolve(run(of))) };
  };
  const jobs = scheduler({
    leases: held,
    time,
    by,
    jobs: [
      job("lists", 0, () => takeLists(db, prospects, time.now())),
      // Each a little after what it goes on with.
      job("prospects", 30_000, ({ signal }) =>
        enrichProspects({ db, apis, logger, time: working, perRun: perList }, signal),
      ),
      job("mail", 60_000, async (run) => {
        await writeTo(db, prospects, time.now());
        await mailer.run(run);
      }),
    ],
    onError(error) {
      // After a machine's sleep, say. The next instant begins anew.
      if (!(error instanceof LeaseLostError)) fail(error);
    },
  });

  return {
    db,
    apis,
    metrics: counted,
    usage: async () => quota.usage((await startedInboxes(db, time.now())).map(quotaInbox)),
    async heldUntilMs() {
      const { held: isHeld, leftMs, by: holder } = await held.state("prospects");
      return isHeld && holder !== by ? time.now() + leftMs : undefined;
    },
    start: () => jobs.start(),
    stop: () => jobs.stop({ abort: true }),
    close() {
      counting.close();
      close();
    },
    failed,
  };
}
