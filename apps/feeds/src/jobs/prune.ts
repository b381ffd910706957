/** The job that forgets what nobody needs any more, in steps so small that no request waits for one. */

import { upkeep } from "@sluice/console";
import { and, inArray, lt } from "drizzle-orm";
import type { Database } from "../database.ts";
import { forgetOldEntries } from "../gathering/old-entries.ts";
import { planLimits } from "../plans.ts";
import { bounceEvents, messages } from "../schema.ts";

const dayMs = 86_400_000;

/** For so long it is kept. */
const keptMs = 30 * dayMs;

/** A message that could not be sent for as long is old news. */
const staleMs = 7 * dayMs;

/** Rows of one step. */
const step = 200;

export interface Pruned {
  /** Of the console: reads of feeds, decisions, denials and the like, each kept for its own time. */
  readonly records: number;
  /** Addresses of readers that a pseudonym has replaced. */
  readonly pseudonyms: number;
  readonly messages: number;
  readonly bounces: number;
  /** Entries from elsewhere. */
  readonly entries: number;
  /** Messages that were given up. */
  readonly stale: number;
}

export interface PruneDeps {
  readonly db: Database;
  readonly now: () => number;
}

/** Deletes until nothing is left that is too old, or until it is told to stop; tells how much. */
export async function prune({ db, now }: PruneDeps, signal: AbortSignal): Promise<Pruned> {
  const before = now() - keptMs;
  const staleBefore = now() - staleMs;
  const given = await db
    .update(messages)
    .set({ status: "failed", lastResponse: "given up: it could not be sent for a week" })
    .where(and(inArray(messages.status, ["queued"]), lt(messages.createdAtMs, staleBefore)))
    .returning({ id: messages.id });
  const done = and(inArray(messages.status, ["sent", "failed", "bounced"]), lt(messages.createdAtMs, before));
  const oldMessages = db.select({ id: messages.id }).from(messages).where(done).limit(step);
  const mails = () => db.delete(messages).where(inArray(messages.id, oldMessages)).returning({ id: messages.id });
  const oldBounces = db
    .select({ id: bounceEvents.id })
    .from(bounceEvents)
    .where(lt(bounceEvents.receivedAtMs, before))
    .limit(step);
  const bounces = () =>
    db.delete(bounceEvents).where(inArray(bounceEvents.id, oldBounces)).returning({ id: bounceEvents.id });
  const { pruned, pseudonymised } = await upkeep({ db, limits: planLimits, now }).run(signal);
  return {
    records: sum(pruned),
    pseudonyms: sum(pseudonymised),
    messages: await repeated(mails, signal),
    bounces: await repeated(bounces, signal),
    entries: await forgetOldEntries(db, now(), signal),
    stale: given.length,
  };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

async function repeated(one: () => PromiseLike<readonly unknown[]>, signal: AbortSignal): Promise<number> {
  let total = 0;
  while (!signal.aborted) {
    const { length } = await one();
    total += length;
    if (length < step) break;
    // Others come first.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return total;
}
