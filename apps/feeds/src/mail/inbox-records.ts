/** Inboxes as rows, and as the quota wants them: a row keeps how far a warm-up is, outbound says what that means. */

import { type ConfigError, isConfigError } from "@sluice/core";
import {
  afterBounce,
  allowanceOn,
  exponential,
  type Inbox,
  linear,
  localDate,
  released,
  steps,
  type WarmupProgress,
  type WarmupSchedule,
  warmupDay,
} from "@sluice/outbound";
import { and, asc, eq, lte, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { inboxes, type WarmupPlan } from "../schema.ts";

/** An inbox that sends. */
export interface InboxRecord {
  readonly id: string;
  readonly address: string;
  readonly transport: string;
  readonly timeZone: string;
  readonly warmup: WarmupPlan | null;
  readonly activeDays: number;
  readonly lastActiveDate: string | null;
  readonly stepsBack: number;
  readonly heldOnDay: number | null;
}

const { id, address, transport, timeZone, warmup, activeDays, lastActiveDate, stepsBack, heldOnDay } = inboxes;
const columns = { id, address, transport, timeZone, warmup, activeDays, lastActiveDate, stepsBack, heldOnDay };

/** The inboxes that may send at an instant, as far as the warm-up's start is concerned. */
export async function startedInboxes(db: Database, nowMs: number): Promise<readonly InboxRecord[]> {
  return db.select(columns).from(inboxes).where(lte(inboxes.warmupStartMs, nowMs)).orderBy(asc(id)).all();
}

/** The inbox of an address. */
export async function inboxByAddress(db: Database, of: string): Promise<InboxRecord | undefined> {
  return db.select(columns).from(inboxes).where(eq(address, of)).get();
}

/** As the quota asks for it. */
export function quotaInbox(inbox: InboxRecord): Inbox {
  const { id, timeZone, warmup } = inbox;
  return { id, timeZone, ...(warmup && { warmup: { schedule: scheduleOf(warmup), ...progressOf(inbox) } }) };
}

/** What is wrong with a row: a time zone or a warm-up that there is not. */
export function mistakeIn(inbox: InboxRecord, nowMs: number): ConfigError | undefined {
  try {
    allowanceOn(quotaInbox(inbox), nowMs);
    return undefined;
  } catch (error) {
    if (!isConfigError(error)) throw error;
    return error;
  }
}

/** The schedule that the data describes. */
export function scheduleOf(plan: WarmupPlan): WarmupSchedule {
  switch (plan.kind) {
    case "linear":
      return linear(plan);
    case "exponential":
      return exponential(plan);
    case "steps":
      return steps(plan.steps);
  }
}

/** What changes in the row when the inbox has sent at an instant; undefined when it has sent on that date before. */
export function activeAt(inbox: InboxRecord, atMs: number): Partial<InboxRecord> | undefined {
  const { activeDays, lastActiveDate } = inbox;
  const date = localDate(atMs, inbox.timeZone);
  if (lastActiveDate !== null && lastActiveDate >= date) return undefined;
  const undisturbed = { activeDays, lastActiveDate: lastActiveDate ?? undefined };
  return { activeDays: warmupDay(undisturbed, date), lastActiveDate: date };
}

/** What changes in the row after a report: a hard bounce steps back, a complaint holds. */
export function reportedAt(inbox: InboxRecord, kind: "hard" | "complaint", atMs: number): Partial<InboxRecord> {
  const next = afterBounce(progressOf(inbox), kind, { today: localDate(atMs, inbox.timeZone) });
  return { stepsBack: next.stepsBack ?? 0, heldOnDay: next.heldOnDay ?? null };
}

/** What changes in the row when a person lets an inbox go that a complaint holds: it goes on from the day on which it was held. */
export function releasedAt(inbox: InboxRecord, atMs: number): Partial<InboxRecord> {
  const next = released(progressOf(inbox), localDate(atMs, inbox.timeZone));
  return { stepsBack: next.stepsBack ?? 0, heldOnDay: null };
}

/** True of the row as it was read: whoever changes it says so, and reads again when it has changed meanwhile. */
export function unchanged(inbox: InboxRecord): SQL | undefined {
  return and(
    eq(id, inbox.id),
    eq(activeDays, inbox.activeDays),
    sql`${lastActiveDate} is ${inbox.lastActiveDate}`,
    eq(stepsBack, inbox.stepsBack),
    sql`${heldOnDay} is ${inbox.heldOnDay}`,
  );
}

function progressOf(inbox: InboxRecord): WarmupProgress {
  const { activeDays, lastActiveDate, stepsBack, heldOnDay } = inbox;
  return {
    activeDays,
    stepsBack,
    ...(lastActiveDate !== null && { lastActiveDate }),
    ...(heldOnDay !== null && { heldOnDay }),
  };
}
