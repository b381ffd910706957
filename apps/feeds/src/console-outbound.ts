/** What the console shows and holds of all that this product does by itself: from its backend and its database, whether jobs run here or not. */

import type { OutboundApi, OutboundInbox, OutboundParts } from "@sluice/console";
import type { Backend } from "@sluice/core";
import { type LocalTime, leases, type NamedLimiter, systemTime } from "@sluice/outbound";
import { asc, lte } from "drizzle-orm";
import { waitingQueues } from "./console-outbound-queues.ts";
import type { Database } from "./database.ts";
import type { FeedsJobs } from "./jobs/jobs.ts";
import { jobNames } from "./jobs/jobs-health.ts";
import { mailsPerInbox, outboundLimits } from "./jobs/outbound-limits.ts";
import { mistakeIn, quotaInbox } from "./mail/inbox-records.ts";
import { releaseInbox } from "./mail/inbox-release.ts";
import { inboxes } from "./schema.ts";
import type { ProspectServices } from "./setting-prospects.ts";

export interface OutboundPartsDeps {
  readonly db: Database;
  /** The one that jobs have, here or in other processes. */
  readonly backend: Backend;
  /** Where prospects are looked up, as far as this process is told. */
  readonly prospects?: ProspectServices | undefined;
  /** The jobs of this process, where it runs some: their counts and calls are told, too. */
  readonly jobs?: Pick<FeedsJobs, "limits" | "snapshot"> | undefined;
  /** Why mail has no way out of any process that sends, and the cure; absent where it has one. */
  readonly mailWaits?: string | undefined;
  /** @default the machine's own */
  readonly time?: LocalTime | undefined;
}

/** Puts them together; nothing happens before somebody asks, and no job is begun. */
export function outboundParts(deps: OutboundPartsDeps): OutboundParts {
  const { db, backend, prospects, jobs, mailWaits, time = systemTime } = deps;
  const { quota, enrich, apis } = jobs?.limits ?? outboundLimits({ backend, prospects, time });
  const clients = apis?.clients;
  const asked = clients && [
    clients.duckDuckGo,
    clients.searchBackup,
    clients.grok,
    clients.millionVerifier,
    clients.supabase,
    limitOnly(clients.enrichment),
  ];
  const held = backend.lease === undefined ? undefined : leases({ backend, time });
  const known = jobNames.filter((name) => name !== "prospects" || clients !== undefined);
  return {
    quota,
    perInbox: mailsPerInbox,
    mailWaits,
    inboxes: () => sendingInboxes(db, time.now()),
    releaseInbox: (id) => releaseInbox(db, id, time.now()),
    apis: [...(asked ?? []), limitOnly(enrich)].filter((api) => api !== undefined),
    queues: () => waitingQueues(db, time.now()),
    leases:
      held &&
      (() =>
        Promise.all(
          known.map(async (name) => {
            const { held: isHeld, leftMs, by } = await held.state(name);
            return { name, isHeld, ...(isHeld && { by, endsAtMs: time.now() + leftMs }) };
          }),
        )),
    metrics: jobs && (() => jobs.snapshot()),
  };
}

/** Those that may send by now; of one that is mistaken, what is wrong. */
async function sendingInboxes(db: Database, nowMs: number): Promise<readonly OutboundInbox[]> {
  const rows = await db.select().from(inboxes).where(lte(inboxes.warmupStartMs, nowMs)).orderBy(asc(inboxes.id)).all();
  return rows.map((row) => {
    const mistake = mistakeIn(row, nowMs)?.message;
    const { id, timeZone, address, heldReason } = row;
    const own = { address, ...(heldReason !== null && { heldReason }) };
    return mistake === undefined ? { inbox: quotaInbox(row), ...own } : { inbox: { id, timeZone }, ...own, mistake };
  });
}

/** A limit of our own, as though it were an API. */
function limitOnly(limit: NamedLimiter): OutboundApi {
  return {
    name: limit.name,
    isLimit: true,
    state: async () => ({ limits: await limit.peek() }),
    pause: (options) => limit.pause(options),
    resume: (options) => limit.resume(options),
  };
}
