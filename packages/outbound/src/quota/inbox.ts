/** An inbox: an address that sends, where its day begins, and how far it has come. */

import { ConfigError } from "@sluice/core/engine";
import { localDate } from "./local-date.ts";
import { type WarmupProgress, warmupDay } from "./warmup-progress.ts";
import type { WarmupSchedule } from "./warmup-schedule.ts";

/** A ramp, and how far along it an inbox is. */
export interface Warmup extends WarmupProgress {
  readonly schedule: WarmupSchedule;
}

/** What a quota has to know of an inbox. Hand it in as it stands: nothing of it is kept. */
export interface Inbox {
  /** Names its counter, for ever: an address, or better a number that outlives the address. */
  readonly id: string;
  /** An IANA name such as `Europe/Paris`: its day begins at local midnight. */
  readonly timeZone: string;
  /** Absent for an inbox that is warm. */
  readonly warmup?: Warmup | undefined;
}

/**
 * How many mails the inbox may send on the local day that holds an instant: its schedule's number for that day, and never
 * more than `most`.
 *
 * @throws ConfigError `SLUICE_POLICY_TIME_ZONE` or `SLUICE_WARMUP_PROGRESS`.
 */
export function allowanceOn(inbox: Inbox, nowMs: number, most: number = Number.POSITIVE_INFINITY): number {
  return allowanceOfDate(inbox, localDate(nowMs, inbox.timeZone), most);
}

/** As {@link allowanceOn}, of a local date. */
export function allowanceOfDate({ id, warmup }: Inbox, date: string, most: number): number {
  if (warmup === undefined) return most;
  const limit = warmup.schedule.limitOn(warmupDay(warmup, date));
  if (Number.isSafeInteger(limit) && limit >= 0) return Math.min(most, limit);
  const problem = `the warm-up schedule of inbox ${JSON.stringify(id)} tells whole numbers of at least 0`;
  throw new ConfigError("SLUICE_WARMUP_SCHEDULE", problem, limit, "Make it with linear(), steps() or exponential().");
}

/**
 * Checks what is asked about.
 *
 * @throws ConfigError `SLUICE_INBOX`.
 */
export function checkInbox(inbox: Inbox): void {
  const id: unknown = (inbox as Inbox | null | undefined)?.id;
  if (typeof id === "string" && id !== "") return;
  throw new ConfigError("SLUICE_INBOX", "an inbox is an object whose id is a string", id, "Pass { id, timeZone }.");
}

/**
 * Checks a list: two entries with one id would be one counter with two limits.
 *
 * @throws ConfigError `SLUICE_INBOX` or `SLUICE_INBOX_TWICE`.
 */
export function checkInboxes(inboxes: readonly Inbox[]): void {
  const seen = new Set<string>();
  for (const inbox of inboxes) {
    checkInbox(inbox);
    if (seen.has(inbox.id)) {
      const problem = "every inbox of a list has an id of its own";
      throw new ConfigError("SLUICE_INBOX_TWICE", problem, inbox.id, "Leave the second one out.");
    }
    seen.add(inbox.id);
  }
}
