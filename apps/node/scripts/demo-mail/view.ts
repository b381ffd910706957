/** Everything that is shown of one moment, gathered from those who know it. */

import type { SendUsage } from "@sluice/outbound";
import { clockOf } from "../demo/calendar.ts";
import type { QueuedMail } from "./records.ts";
import type { Standing } from "./sending.ts";

export interface View {
  readonly nowMs: number;
  readonly speed: number;
  readonly usage: SendUsage;
  readonly mails: readonly QueuedMail[];
  /** How many the SMTP server has taken. */
  readonly accepted: number;
  readonly standing: Standing;
}

/** How many mails have left, those of which nobody knows included. */
export function gone({ mails }: View): number {
  return mails.filter(({ state }) => state !== "queued").length;
}

/** The last mail that left. */
export function lastOf({ mails }: View): QueuedMail | undefined {
  return mails.reduce<QueuedMail | undefined>(
    (last, mail) => ((mail.atMs ?? 0) > (last?.atMs ?? 0) ? mail : last),
    undefined,
  );
}

/** What the job does, in a few words. */
export function standingText(view: View): string {
  const { standing, usage, mails } = view;
  if (gone(view) === mails.length) return "every mail has left";
  switch (standing.kind) {
    case "sending":
      return "one mail a minute";
    case "idle":
      return "looks every five minutes";
    case "held":
      return `waits for the lease of the run before, which ends at ${clockOf(standing.untilMs)}`;
    case "waiting":
      return `${reason(standing.limits, usage)}${standing.untilMs === undefined ? "" : `: next at ${clockOf(standing.untilMs)}`}`;
  }
}

function reason(limits: readonly string[], { hour, day }: SendUsage): string {
  if (limits.includes("send.inbox")) return "every inbox has sent what its warm-up allows today";
  if (limits.includes("send.day")) return `${day.limit} mails have left today`;
  return `${hour.limit} mails have left within an hour`;
}
