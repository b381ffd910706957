/** What waits to be worked through, as the database has it. */

import type { OutboundParts } from "@sluice/console";
import { count, eq, lte, min, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { messages, prospects, subscriptions } from "./schema.ts";

type QueueRow = Awaited<ReturnType<NonNullable<OutboundParts["queues"]>>>[number];

/** Mails, prospects and feeds elsewhere, each with when the first of them is or was due. One trip, by indexes alone. */
export async function waitingQueues(db: Database, nowMs: number): Promise<readonly QueueRow[]> {
  const { dueAtMs } = messages;
  const { nextTryAtMs } = prospects;
  const { nextFetchAtMs } = subscriptions;
  const [mails, pending, feeds] = await db.batch([
    db
      .select({ waiting: count(), oldestAtMs: min(dueAtMs) })
      .from(messages)
      .where(eq(messages.status, "queued")),
    db
      .select({ waiting: count(), oldestAtMs: min(nextTryAtMs) })
      .from(prospects)
      // Written out, so that the index of these rows alone is seen to answer.
      .where(sql`${prospects.emailState} = 'pending'`),
    db
      .select({ waiting: count(), oldestAtMs: min(nextFetchAtMs) })
      .from(subscriptions)
      .where(lte(nextFetchAtMs, nowMs)),
  ]);
  return [
    queueOf("Mails to be sent", mails[0]),
    queueOf("Prospects to be looked up", pending[0]),
    queueOf("Feeds to be fetched", feeds[0]),
  ];
}

function queueOf(
  name: string,
  found: { readonly waiting: number; readonly oldestAtMs: number | null } | undefined,
): QueueRow {
  const { waiting = 0, oldestAtMs = null } = found ?? {};
  return { name, waiting, ...(oldestAtMs !== null && { oldestAtMs }) };
}
