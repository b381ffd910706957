/** What the mailers and the test agree on: a clock that runs fast, the inboxes, and the queue of messages. */

import type { DatabaseSync } from "node:sqlite";
import type { Inbox } from "@sluice/outbound";

/** A clock that every process reads alike: it shows `startMs` at the real instant `realStartMs` and runs `speed` times as fast. */
export interface SharedClock {
  readonly startMs: number;
  readonly realStartMs: number;
  readonly speed: number;
}

/** What a mailer is told once it has said that it is ready. */
export interface Orders {
  readonly clock: SharedClock;
  /** The instant of the shared clock at which it stops. */
  readonly endMs: number;
  readonly counts: string;
  readonly queue: string;
  readonly port: number;
  /** `reserve` asks before it sends. `look` looks, sends, and counts afterwards: the mistake that must be noticed. */
  readonly habit: "reserve" | "look";
}

export function nowOf({ startMs, realStartMs, speed }: SharedClock): number {
  return Math.floor(startMs + (Date.now() - realStartMs) * speed);
}

/** Their midnights lie between noon and midnight in UTC, when the organisation has long sent its 80. */
export const inboxes: readonly Inbox[] = [
  { id: "berlin@example.org", timeZone: "Europe/Berlin" },
  { id: "london@example.org", timeZone: "Europe/London" },
  { id: "kolkata@example.org", timeZone: "Asia/Kolkata" },
  { id: "tokyo@example.org", timeZone: "Asia/Tokyo" },
  { id: "sydney@example.org", timeZone: "Australia/Sydney" },
];

export const limits = { perHour: 20, perDay: 80, perInbox: 20, timeZone: "UTC" } as const;

/** A message that is claimed is sent, or it is not known whether it was: it is never claimed again. */
export function messages(database: DatabaseSync): {
  offer(count: number): void;
  claim(): number | undefined;
  sent(id: number): void;
} {
  database.exec("PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000");
  database.exec("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, state TEXT NOT NULL DEFAULT 'queued')");
  const insert = database.prepare("INSERT INTO messages DEFAULT VALUES");
  const claim = database.prepare(
    "UPDATE messages SET state = 'claimed' WHERE id = (SELECT id FROM messages WHERE state = 'queued' LIMIT 1) RETURNING id",
  );
  const sent = database.prepare("UPDATE messages SET state = 'sent' WHERE id = ?");
  return {
    offer(count) {
      for (let i = 0; i < count; i++) insert.run();
    },
    claim() {
      const row = claim.get();
      return row === undefined ? undefined : Number(row["id"]);
    },
    sent(id) {
      sent.run(id);
    },
  };
}
