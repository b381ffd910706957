/** Mail of the days before today: what each inbox sent under its warm-up and the organisation's limits, in rows that say they are made up. */

import { allowanceOn, localDate } from "@sluice/outbound";
import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../database.ts";
import { mailsPerInbox } from "../../jobs/outbound-limits.ts";
import { activeAt, type InboxRecord, quotaInbox } from "../../mail/inbox-records.ts";
import { inboxes, messages, outboundMinutes } from "../../schema.ts";
import { inboxRows } from "../inboxes.ts";
import { chance, daylight } from "./chance.ts";
import type { Statement } from "./history-rows.ts";
import { minuteMs } from "./ledger.ts";
import { members } from "./members.ts";

const hourMs = 60 * minuteMs;

/** What `sendQuota()` allows all inboxes together, by default: in an hour, and on a day of UTC. */
const [perHour, perDay] = [20, 80];

/** Days on which the inboxes had sent before the two days began, in their order. */
const activeBefore = [6, 2, 5, 40] as const;

export interface SentMail {
  readonly inbox: InboxRecord;
  readonly atMs: number;
}

/**
 * Mails by five past each hour, and the inboxes as they were left. None is of today, by whichever calendar: what was sent today is
 * counted by the limits, which know nothing of these.
 */
export function mailsBefore(nowMs: number): {
  readonly mails: readonly SentMail[];
  readonly left: readonly InboxRecord[];
} {
  const luck = chance(20_261_121);
  const left = inboxRows(0).map((row, index): InboxRecord => {
    return { ...row, activeDays: activeBefore[index] ?? 0, lastActiveDate: null, stepsBack: 0, heldOnDay: null };
  });
  const mails: SentMail[] = [];
  const onDate = new Map<string, number>();
  const sentOn = (date: string): number => onDate.get(date) ?? 0;
  for (let hour = 47; hour >= 0; hour--) {
    const dueMs = Math.floor(nowMs / hourMs) * hourMs - hour * hourMs + 5 * minuteMs;
    const day = `all ${localDate(dueMs, "UTC")}`;
    let inHour = 0;
    for (const [index, inbox] of left.entries()) {
      const date = localDate(dueMs, inbox.timeZone);
      if (date === localDate(nowMs, inbox.timeZone) || day === `all ${localDate(nowMs, "UTC")}`) continue;
      const own = `${inbox.id} ${date}`;
      const allowed = allowanceOn(quotaInbox(inbox), dueMs, mailsPerInbox) - sentOn(own);
      const wanted = luck.times(0.4 + 0.4 * daylight(dueMs));
      const sent = Math.min(wanted, allowed, perHour - inHour, perDay - sentOn(day));
      if (sent <= 0) continue;
      for (let n = 0; n < sent; n++) mails.push({ inbox, atMs: dueMs + (inHour + n) * 2_000 });
      inHour += sent;
      for (const of of [own, day]) onDate.set(of, sentOn(of) + sent);
      left[index] = { ...inbox, ...activeAt(inbox, dueMs) };
    }
  }
  return { mails, left };
}

/** Rows of `messages` in the order of its columns. What is made up says so. */
export function mailRows(mails: readonly SentMail[], name: string): readonly (readonly (string | number | null)[])[] {
  return mails.map(({ inbox, atMs }, n) => {
    const { id, username } = members[n % members.length] as (typeof members)[number];
    const [row, sentDate] = [`${name}-${n + 1}`, localDate(atMs, inbox.timeZone)];
    return [
      ...[row, id, `${username}@readers.example`, "What is new", "Made up for the demo.\n", `<${row}@feeds.example>`],
      ...["sent", inbox.id, atMs, 1, null, 0, "made up for the demo: it never left", atMs, atMs, atMs, sentDate],
    ];
  });
}

/** Adds such rows; those that are there stay. */
export function addMails(db: Database, rows: ReturnType<typeof mailRows>): Statement {
  const select = fromJson(rows, 17);
  return db.insert(messages).select(select).onConflictDoNothing();
}

/** The statements that add them: messages, places counted by the minute, and how far each warm-up has come. */
export function mailHistory(db: Database, nowMs: number): readonly Statement[] {
  const { mails, left } = mailsBefore(nowMs);
  const byMinute = Map.groupBy(mails, ({ atMs }) => Math.floor(atMs / minuteMs) * minuteMs);
  const places = [...byMinute].flatMap(([atMs, sent]) => {
    return ["send.inbox", "send.day", "send.hour"].map((limit) => [
      ...[atMs, "limit", limit, sent.length, 0, 0, 0, 0, 0, 0, 0, 0],
    ]);
  });
  return [
    ...left.map(({ id, activeDays, lastActiveDate }) =>
      db
        .update(inboxes)
        .set({ activeDays, lastActiveDate })
        // Whoever has sent meanwhile knows better.
        .where(and(eq(inboxes.id, id), eq(inboxes.activeDays, 0))),
    ),
    addMails(db, mailRows(mails, "demo")),
    db.insert(outboundMinutes).select(fromJson(places, 12)).onConflictDoNothing(),
  ];
}

function fromJson(rows: readonly (readonly (string | number | null)[])[], columns: number): SQL {
  const places = Array.from({ length: columns }, (_, place) => sql.raw(`value ->> ${place}`));
  return sql`select ${sql.join(places, sql`, `)} from json_each(${JSON.stringify(rows)}) where true`;
}
