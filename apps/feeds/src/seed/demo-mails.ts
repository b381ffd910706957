/** Mails of a new demo's first minute: made up like its history, but counted by the limits that mail goes by. */

import { insertOutbound } from "@sluice/console";
import type { Backend } from "@sluice/core";
import { eq } from "drizzle-orm";
import type { Database } from "../database.ts";
import { outboundLimits } from "../jobs/outbound-limits.ts";
import { activeAt, type InboxRecord, quotaInbox, startedInboxes } from "../mail/inbox-records.ts";
import { inboxes } from "../schema.ts";
import { addMails, mailRows, type SentMail } from "./history/history-mail.ts";
import type { Statement } from "./history/history-rows.ts";

/** So many, where the limits allow them: less than half of an hour's. */
const mostMails = 9;

/**
 * Takes their places in the send quota on `backend`, and writes them down as sent: what the limits tell of today is then true of the
 * rows. Rejects with what the backend or the database fails with.
 *
 * @param backend The one that counts mail.
 * @param nowMs Milliseconds since 1970.
 * @returns How many there are.
 */
export async function seedMails(db: Database, backend: Backend, nowMs: number): Promise<number> {
  const { quota } = outboundLimits({ backend });
  const sending = new Map((await startedInboxes(db, nowMs)).map((inbox) => [inbox.id, inbox]));
  const sent: SentMail[] = [];
  while (sent.length < mostMails) {
    const place = await quota.pickInbox([...sending.values()].map(quotaInbox));
    if (!place.allowed) break;
    await place.commit();
    const inbox = sending.get(place.inbox.id) as InboxRecord;
    sent.push({ inbox, atMs: nowMs });
    sending.set(inbox.id, { ...inbox, ...activeAt(inbox, nowMs) });
  }
  if (sent.length === 0) return 0;
  const none = { attempts: 0, retries: 0, throttled: 0, failures: 0, answers: 0, latencyMs: 0, waits: 0, waitMs: 0 };
  const minuteMs = nowMs - (nowMs % 60_000);
  const places = ["send.inbox", "send.day", "send.hour"].map((name) => {
    return { minuteMs, kind: "limit" as const, name, calls: sent.length, ...none };
  });
  const statements: Statement[] = [
    addMails(db, mailRows(sent, "demo-today")),
    insertOutbound(db, places),
    ...[...sending.values()].map(({ id, activeDays, lastActiveDate }) =>
      db.update(inboxes).set({ activeDays, lastActiveDate }).where(eq(inboxes.id, id)),
    ),
  ];
  await db.batch(statements as [Statement, ...Statement[]]);
  return sent.length;
}
