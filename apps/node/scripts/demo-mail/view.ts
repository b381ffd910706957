/** Everything that is shown of one moment, gathered from those who know it. */

import type { SendUsage } from "@sluice/outbound";
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

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `18:05`, in UTC. */
export function clockOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}

/** `Tue 11 May`, in UTC. */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  return `${days[date.getUTCDay()]} ${String(date.getUTCDate()).padStart(2)} ${months[date.getUTCMonth()]}`;
}

/** `2027-05-11`, in UTC. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
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
