/** Processes on one backend that send mail and call an API, each with an administrator: what tests of outbound share. */

import { type Backend, perMinute } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { type FakeClock, fakeClock } from "@sluice/core/testing";
import { createClient, type Inbox, limiter, linear, metrics, sendQuota } from "@sluice/outbound";
import type { AuditAdmin } from "../src/admin/audit-admin.ts";
import { outboundAdmin } from "../src/admin/make-outbound-admin.ts";
import type { OutboundInbox, OutboundParts } from "../src/admin/outbound-parts.ts";
import type { Database } from "../src/database.ts";

const schedule = linear({ start: 5, step: 5, target: 20 });
/** On the second day of its warm-up. */
export const warming: Inbox = { id: "news-1", timeZone: "UTC", warmup: { schedule, activeDays: 1 } };
export const inboxes: readonly OutboundInbox[] = [
  { inbox: warming, address: "news-1@example.org", heldReason: "complaint: spam" },
  { inbox: { id: "news-2", timeZone: "UTC" }, address: "news-2@example.org" },
];

/** One of several processes on one backend: it sends mail, calls an API, and has an administrator. */
function processOn(db: Database, backend: Backend, clock: FakeClock, also: Partial<OutboundParts> = {}) {
  const time = { now: clock.now, sleep: async (ms: number) => clock.advance(Math.ceil(ms)) };
  const counted = metrics({ time });
  const quota = sendQuota({ backend, time });
  const fetch = async () => new Response("ok");
  const grok = createClient({
    name: "grok",
    rate: perMinute(60),
    backend,
    time,
    metrics: counted,
    fetch,
    maxWaitMs: 0,
  });
  const enrich = limiter({ name: "enrich", rate: perMinute(10), backend, time });
  const enrichment = {
    name: "enrich",
    isLimit: true,
    state: async () => ({ limits: await enrich.peek() }),
    pause: enrich.pause.bind(enrich),
    resume: enrich.resume.bind(enrich),
  };
  const lines: Parameters<AuditAdmin["add"]>[0][] = [];
  const parts: OutboundParts = {
    ...{ quota, inboxes: async () => inboxes, perInbox: 18, apis: [grok, enrichment], metrics: counted.snapshot },
    queues: async () => [{ name: "messages", waiting: 3, oldestAtMs: 1 }],
    leases: async () => [{ name: "digest", isHeld: true, by: "host 1" }],
    releaseInbox: async (id) => id === "news-1",
    ...also,
  };
  const audit = { add: async (line: (typeof lines)[number]) => lines.push(line) };
  const admin = outboundAdmin({ parts, db, audit, now: clock.now, patienceMs: 50, changeMs: 100 });
  return { admin, quota, grok, enrich, counted, lines };
}

/** The first of them, and a way to start another. */
export function outboundStand(db: Database, also: Partial<OutboundParts> = {}) {
  const clock = fakeClock();
  const backend = memory({ clock });
  return { clock, backend, ...processOn(db, backend, clock, also), another: () => processOn(db, backend, clock) };
}
