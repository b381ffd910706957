/** Messages on their way out, as rows; each step is one statement that finds the row as it was left, or does nothing. */

import { localDate } from "@sluice/outbound";
import { and, asc, eq, lte, ne, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { inboxes, messages } from "../schema.ts";
import { activeAt, type InboxRecord } from "./inbox-records.ts";

/** A message that may be tried now. */
export interface DueMessage {
  readonly id: string;
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
  readonly messageId: string;
  readonly attempts: number;
  readonly dueAtMs: number;
}

/** Who tries it, through what, and when. */
export interface Attempt {
  readonly inbox: InboxRecord;
  /** Of the run's lease. */
  readonly fence: number;
  readonly atMs: number;
}

const { id, recipient, subject, body, messageId, attempts, dueAtMs } = messages;

/** The message that has been due for longest. */
export async function nextDue(db: Database, nowMs: number): Promise<DueMessage | undefined> {
  return db
    .select({ id, recipient, subject, body, messageId, attempts, dueAtMs })
    .from(messages)
    .where(and(eq(messages.status, "queued"), lte(dueAtMs, nowMs)))
    .orderBy(asc(dueAtMs), asc(id))
    .limit(1)
    .get();
}

/** Takes a message for an attempt; false when somebody else has it. From here until it is finished a crash leaves it `sending`. */
export async function claim(db: Database, of: string, { inbox, fence, atMs }: Attempt): Promise<boolean> {
  const claimed = await db
    .update(messages)
    .set({ status: "sending", inboxId: inbox.id, fence, sendingAtMs: atMs, attempts: sql`${attempts} + 1` })
    .where(and(eq(id, of), eq(messages.status, "queued")))
    .returning({ id });
  return claimed.length > 0;
}

/** The attempt counts, whatever became of the message: the day is from now on one on which the inbox has sent. */
export async function finishUsed(
  db: Database,
  of: string,
  attempt: Attempt,
  how: { readonly status: "sent" | "failed"; readonly ambiguous: boolean; readonly response: string },
): Promise<void> {
  const { status, ambiguous, response } = how;
  const { inbox, atMs } = attempt;
  const sent = status === "sent" ? { sentAtMs: atMs, sentDate: localDate(atMs, inbox.timeZone) } : {};
  const finished = db
    .update(messages)
    .set({ status, ambiguous, lastResponse: response, ...sent })
    .where(own(of, attempt));
  const active = activeAt(inbox, atMs);
  if (active === undefined) await finished;
  else await db.batch([finished, db.update(inboxes).set(active).where(unchangedDays(inbox))]);
}

/** It is certain that it did not go out: it waits for another attempt, or is given up where `dueAtMs` is undefined. */
export async function finishUnsent(
  db: Database,
  of: string,
  attempt: Attempt,
  how: { readonly response: string; readonly dueAtMs: number | undefined; readonly attempts: number },
): Promise<void> {
  const { response, dueAtMs, attempts } = how;
  const next = dueAtMs === undefined ? { status: "failed" as const } : { status: "queued" as const, dueAtMs };
  await db
    .update(messages)
    .set({ ...next, attempts, lastResponse: response })
    .where(own(of, attempt));
}

/**
 * What earlier runs left `sending`: they have died, or lost their lease and may still be at it. Nobody knows whether these
 * went out, so they count as sent. Tells how many there were.
 */
export async function adoptLeftovers(db: Database, fence: number): Promise<number> {
  const left = await db
    .update(messages)
    .set({
      status: "sent",
      ambiguous: true,
      sentAtMs: sql`${messages.sendingAtMs}`,
      lastResponse: "the sender ended before the answer came",
    })
    .where(and(eq(messages.status, "sending"), ne(messages.fence, fence)))
    .returning({ id });
  return left.length;
}

/** Whoever was overtaken meanwhile finds nothing to finish. */
function own(of: string, { fence }: Attempt) {
  return and(eq(id, of), eq(messages.status, "sending"), eq(messages.fence, fence));
}

/** Counted once a date: of two runs that both made it active, the second finds it done. */
function unchangedDays({ id, lastActiveDate }: InboxRecord) {
  return and(eq(inboxes.id, id), sql`${inboxes.lastActiveDate} is ${lastActiveDate}`);
}
