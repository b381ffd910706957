/** Bounces and complaints as rows, and what they do to an inbox: once for each report, however often it comes. */

import { and, desc, eq, exists, inArray, isNull, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { bounceEvents, digestSubscriptions, inboxes, messages } from "../schema.ts";
import { type InboxRecord, inboxByAddress, reportedAt, unchanged } from "./inbox-records.ts";

/** A report as it came, checked. */
export interface BounceReport {
  readonly id: string;
  readonly type: "bounce" | "complaint";
  /** The inbox's address. */
  readonly inbox: string;
  readonly recipient: string;
  readonly atMs: number;
  readonly diagnostic: string | null;
}

/** What came of a report. */
export type Reported = "news" | "duplicate" | "no such inbox";

/** How often a report is applied anew because the inbox changed meanwhile: at most once a mail, and mails take longer. */
const mostTries = 10;

/**
 * Records a report and does what it means. A bounce puts the inbox's warm-up a step back, and its mail is no longer one that
 * arrived; a complaint holds the warm-up where it is. Either way that recipient gets no more digests, so that one dead
 * address does not cost a step every day.
 */
export async function applyReport(db: Database, report: BounceReport, nowMs: number): Promise<Reported> {
  for (let tries = 0; tries < mostTries; tries++) {
    const inbox = await inboxByAddress(db, report.inbox);
    if (inbox === undefined) return "no such inbox";
    const receipt = crypto.randomUUID();
    await attempt(db, inbox, report, receipt, nowMs);
    const { id } = bounceEvents;
    const kept = await db.select({ receipt: bounceEvents.receipt }).from(bounceEvents).where(eq(id, report.id)).get();
    if (kept !== undefined) return kept.receipt === receipt ? "news" : "duplicate";
  }
  throw new Error(`the inbox of the report ${report.id} is changed again and again`);
}

/** All of it or nothing: nothing where the report is known, and where the inbox is no longer as it was read. */
async function attempt(
  db: Database,
  inbox: InboxRecord,
  { id, type, recipient, atMs, diagnostic }: BounceReport,
  receipt: string,
  nowMs: number,
): Promise<void> {
  const values = { id, type, recipient, atMs, diagnostic, receipt };
  const row = db
    .select({
      id: sql`${values.id}`.as("id"),
      type: sql`${values.type}`.as("type"),
      inboxId: inboxes.id,
      recipient: sql`${values.recipient}`.as("recipient"),
      atMs: sql`${values.atMs}`.as("at_ms"),
      receivedAtMs: sql`${nowMs}`.as("received_at_ms"),
      diagnostic: sql`${values.diagnostic}`.as("diagnostic"),
      receipt: sql`${values.receipt}`.as("receipt"),
    })
    .from(inboxes)
    .where(unchanged(inbox));
  // Only the request whose row it is has an effect: another, at the same time or later, finds a row that is not its own.
  const own = and(eq(bounceEvents.id, id), eq(bounceEvents.receipt, receipt));
  const isNews = exists(db.select({ id: bounceEvents.id }).from(bounceEvents).where(own));
  const why = `${type}: ${diagnostic ?? "no diagnostic"}`.slice(0, 1_000);
  const { inboxId, status, sentAtMs } = messages;
  const last = db
    .select({ id: messages.id })
    .from(messages)
    .where(and(eq(inboxId, inbox.id), eq(messages.recipient, recipient), eq(status, "sent")))
    .orderBy(desc(sentAtMs))
    .limit(1);
  await db.batch([
    db.insert(bounceEvents).select(row).onConflictDoNothing(),
    db
      .update(inboxes)
      .set(reportedAt(inbox, type === "bounce" ? "hard" : "complaint", nowMs))
      .where(and(eq(inboxes.id, inbox.id), isNews)),
    ...(type === "complaint"
      ? [
          db
            .update(inboxes)
            .set({ heldAtMs: nowMs, heldReason: why })
            .where(and(eq(inboxes.id, inbox.id), isNull(inboxes.heldAtMs), isNews)),
        ]
      : []),
    db
      .update(messages)
      .set({ ...(type === "bounce" && { status: "bounced" as const }), lastResponse: why })
      .where(and(inArray(messages.id, last), isNews)),
    db
      .update(messages)
      .set({ status: "failed", lastResponse: why })
      .where(and(eq(messages.recipient, recipient), eq(status, "queued"), isNews)),
    db.delete(digestSubscriptions).where(and(eq(digestSubscriptions.address, recipient), isNews)),
  ]);
}
