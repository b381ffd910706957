/** The app's part: a job that sends what the quota allows, every five minutes, under a lease. */

import { hostname } from "node:os";
import type { Backend } from "@sluice/core";
import {
  type Inbox,
  LeaseLostError,
  type LocalTime,
  leases,
  nextInstant,
  type SendQuota,
  scheduler,
} from "@sluice/outbound";
import { createTransport } from "nodemailer";
import { mail } from "./offer.ts";
import type { Records } from "./records.ts";

const minuteMs = 60_000;
const everyMs = 5 * minuteMs;
const spacingMs = minuteMs;
const job = "demo.send";

/** How the sending stands, for people. */
export type Standing =
  | { readonly kind: "sending" | "idle" }
  /** These limits are in the way. */
  | { readonly kind: "waiting"; readonly limits: readonly string[]; readonly untilMs: number | undefined }
  /** Another run has the lease: one that was killed. */
  | { readonly kind: "held"; readonly untilMs: number };

export interface Sending {
  /** Connects, and waits for the first instant. */
  start(): Promise<void>;
  /** Begins no more mails, and resolves when the one that is on its way has arrived. */
  stop(): Promise<void>;
  standing(): Promise<Standing>;
  /** Resolves when no mail is left. */
  readonly done: Promise<void>;
}

export interface SendingOptions {
  readonly backend: Backend;
  readonly quota: SendQuota;
  readonly inboxes: () => Inbox[];
  readonly records: Records;
  readonly time: LocalTime;
  readonly port: number;
  /** How long a run that is killed keeps the others out, in milliseconds of the demo's clock. */
  readonly ttlMs: number;
  /** Told after every mail. */
  readonly sent: () => Promise<void>;
}

/** The job and its mails; nothing happens before it is started. */
export function sending(options: SendingOptions): Sending {
  const { backend, quota, inboxes, records, time, port, ttlMs, sent } = options;
  const by = `demo:mail on ${hostname()}, process ${process.pid}`.slice(0, 100);
  const held = leases({ backend, time });
  const transport = createTransport({ host: "127.0.0.1", port, ignoreTLS: true, pool: true, maxConnections: 1 });
  const { promise: done, resolve: finish, reject: fail } = Promise.withResolvers<void>();
  let standing: Standing = { kind: "idle" };

  const next = (): number | undefined => records.mails().find(({ state }) => state === "queued")?.id;

  /** Sends one mail; false when none is left or none fits now. */
  const sendOne = async (signal: AbortSignal): Promise<boolean> => {
    const id = next();
    if (id === undefined) return false;
    const place = await quota.pickInbox(inboxes());
    if (!place.allowed) {
      // Nobody looks before the job's next instant.
      const untilMs = place.retryAfterMs && nextInstant(everyMs, time.now() + place.retryAfterMs - 1);
      standing = { kind: "waiting", limits: [...new Set(place.violations.map(({ name }) => name))], untilMs };
      return false;
    }
    await using reservation = place;
    await reservation.ready(signal);
    // From here on nobody can know whether it left: a run that finds it so counts it as sent.
    records.mark(id, "sending", reservation.inbox.id, time.now());
    standing = { kind: "sending" };
    await transport.sendMail({ from: reservation.inbox.id, messageId: `<${id}@lantern.example>`, ...mail(id) });
    await reservation.commit();
    records.mark(id, "sent");
    await sent();
    return true;
  };

  const jobs = scheduler({
    leases: held,
    time,
    by,
    jobs: [
      {
        name: job,
        everyMs,
        ttlMs,
        async run({ signal, leftMs }) {
          try {
            while (leftMs() > 0 && (await sendOne(signal))) await time.sleep(spacingMs, signal);
          } catch (error) {
            // To be stopped, or to lose the lease, between two mails is no failure.
            if (!signal.aborted) throw error;
          }
          if (next() === undefined) finish();
        },
      },
    ],
    onError(error) {
      // After a machine's sleep, say. The next instant begins anew.
      if (!(error instanceof LeaseLostError)) fail(error);
    },
  });

  return {
    async start() {
      await transport.verify();
      jobs.start();
    },
    async stop() {
      await jobs.stop({ abort: true });
      transport.close();
    },
    async standing() {
      const { held: isHeld, leftMs, by: holder } = await held.state(job);
      if (isHeld && holder !== by) return { kind: "held", untilMs: time.now() + leftMs };
      return standing;
    },
    done,
  };
}
