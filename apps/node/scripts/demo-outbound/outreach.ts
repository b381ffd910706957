/** What the demo does around the product: lists of prospects come in, and whoever has a good address is written to. */

import type { Database } from "@sluice/feeds";
import { type EmailState, emailStates, inboxes, messages, prospects, users } from "@sluice/feeds/schema";
import { and, asc, count, eq, isNull, notInArray, sql } from "drizzle-orm";
import { inboxRows, listedAtMs, mostMails, startMs } from "./offer.ts";
import type { Found } from "./summary.ts";
import { everybody } from "./world.ts";

const userId = "lantern";

/** The user whose prospects these are, and the inboxes; nothing happens where they are there. */
export async function settle(db: Database): Promise<void> {
  const user = {
    username: "lantern",
    plan: "pro" as const,
    role: "member" as const,
    tokenHash: "nobody signs in here",
  };
  await db
    .insert(users)
    .values({ id: userId, ...user, createdAtMs: startMs })
    .onConflictDoNothing();
  await db.insert(inboxes).values(inboxRows).onConflictDoNothing();
}

/** Adds whoever is on a list that has come by now; tells how many there were. Done twice, it adds nobody twice. */
export async function takeLists(db: Database, expected: number, nowMs: number): Promise<number> {
  const known = await db.select({ count: count() }).from(prospects).get();
  const come = everybody(expected).filter(({ n }) => n > (known?.count ?? 0) && listedAtMs(n) <= nowMs);
  for (const { n, name, site, isSiteGiven } of come) {
    const row = {
      id: `prospect-${String(n).padStart(3, "0")}`,
      userId,
      name,
      site: isSiteGiven ? (site ?? null) : null,
    };
    const times = { nextTryAtMs: nowMs, createdAtMs: nowMs, updatedAtMs: nowMs };
    await db
      .insert(prospects)
      .values({ ...row, ...times, emailState: "pending" })
      .onConflictDoNothing();
  }
  return come.length;
}

/**
 * Writes a message to each of the first eighty with a good address who has none. Its name follows from the prospect's, so that
 * there is never a second.
 */
export async function writeTo(db: Database, expected: number, nowMs: number): Promise<void> {
  const written = db.select({ id: messages.id }).from(messages);
  const good = await db
    .select({ id: prospects.id, name: prospects.name, email: prospects.email })
    .from(prospects)
    .where(and(eq(prospects.emailState, "valid"), notInArray(prospects.id, written)))
    .orderBy(asc(prospects.id))
    .all();
  const last = everybody(expected).filter(({ ends }) => ends === "valid")[mostMails - 1]?.n ?? expected;
  for (const { id, name, email } of good) {
    // In the order of the lists, whoever was found first: the demo knows in the end whom mail had to reach.
    if (Number(id.slice(-3)) > last || email === null) continue;
    await db
      .insert(messages)
      .values({
        id,
        userId,
        recipient: email,
        subject: `Lantern Street for ${name}`,
        body: `Good day,\n\nthis letter to ${name} left when its turn had come.\n`,
        messageId: `<${id}@lantern.example>`,
        status: "queued",
        dueAtMs: nowMs,
        createdAtMs: nowMs,
      })
      .onConflictDoNothing();
  }
}

/** How many prospects are how far. */
export async function standings(db: Database): Promise<Readonly<Record<EmailState, number>>> {
  const rows = await db
    .select({ state: prospects.emailState, count: count() })
    .from(prospects)
    .groupBy(prospects.emailState)
    .all();
  const counts = Object.fromEntries(emailStates.map((state) => [state, 0])) as Record<EmailState, number>;
  for (const { state, count } of rows) counts[state] = count;
  return counts;
}

/** Prospects whose result is not yet written where results are collected. */
export async function unrecorded(db: Database): Promise<number> {
  const row = await db.select({ count: count() }).from(prospects).where(isNull(prospects.recordedAtMs)).get();
  return row?.count ?? 0;
}

/** How many mails there are, how many have left or never will, and of how many nobody knows whether they arrived. */
export async function mailed(
  db: Database,
): Promise<Readonly<Record<"written" | "sent" | "failed" | "ambiguous", number>>> {
  const row = await db
    .select({
      written: count(),
      sent: sql<number>`count(*) filter (where ${messages.status} = 'sent')`,
      failed: sql<number>`count(*) filter (where ${messages.status} = 'failed')`,
      ambiguous: sql<number>`count(*) filter (where ${messages.ambiguous})`,
    })
    .from(messages)
    .get();
  return row ?? { written: 0, sent: 0, failed: 0, ambiguous: 0 };
}

/** Everybody as the database has it. */
export async function allFound(db: Database): Promise<readonly Found[]> {
  const { name, email, emailState } = prospects;
  return db.select({ name, email, emailState }).from(prospects).all();
}
