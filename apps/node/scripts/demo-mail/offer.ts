/** What the demo is about: four inboxes at different days of their warm-up, and eighty mails that want to leave. */

import { daysActive, type Inbox, linear } from "@sluice/outbound";

/** Tuesday evening. Fifty mails fit in the day, twenty an hour: the last of them leaves before midnight. */
export const startMs: number = Date.UTC(2027, 4, 11, 19);
export const timeZone = "UTC";
export const mails = 80;
export const limits = { perHour: 20, perDay: 80, perInbox: 20 } as const;
/**
 * How late a mail may leave, by the demo's clock: what takes a machine a second is ten minutes at 600 times its speed. The
 * same at every speed, for the hour is counted so much longer, and goes on being counted by the next run.
 */
export const toleranceMs = 600_000;

/** 5, 10, 15, 20 on the first four days on which an inbox sends, and 20 from then on. */
const schedule = linear({ start: 5, step: 5, target: limits.perInbox });

/** By address, the days before the demo on which each has sent. */
const sentBefore: Readonly<Record<string, readonly string[]>> = {
  "ada@lantern.example": [],
  "ben@lantern.example": ["2027-05-10"],
  "cleo@lantern.example": ["2027-05-07", "2027-05-10"],
  "dora@lantern.example": ["2027-05-06", "2027-05-07", "2027-05-10"],
};

export const addresses: readonly string[] = Object.keys(sentBefore);

/** The inboxes as they stand, their progress counted from the days on which they have sent. */
export function inboxes(sentOn: (address: string) => readonly string[]): Inbox[] {
  return Object.entries(sentBefore).map(([id, dates]) => {
    return { id, timeZone, warmup: { schedule, ...daysActive([...dates, ...sentOn(id)]) } };
  });
}

/** The n-th of the mails that are offered, from 1. */
export function mail(n: number): { readonly to: string; readonly subject: string; readonly text: string } {
  return {
    to: `reader-${String(n).padStart(2, "0")}@inbox.example`,
    subject: `Lantern Street, letter ${n}`,
    text: `Good evening,\n\nthis is letter ${n} of ${mails}. It left when its turn had come.\n`,
  };
}
