/** Sends what waits, through whichever inbox may: a place in its quota first, then the mail, and no mail twice. */

import { LimitError, type LocalTime, type SendQuota, type SendReservation } from "@sluice/outbound";
import type { Database } from "../database.ts";
import { type Logger, loggable } from "../logger.ts";
import { type Ended, ended } from "./attempt.ts";
import { type InboxRecord, mistakeIn, quotaInbox, startedInboxes } from "./inbox-records.ts";
import { adoptLeftovers, claim, nextDue } from "./message-records.ts";
import type { MailTransport, MailTransports } from "./transport.ts";

export interface MailerDeps {
  readonly database: Database;
  /** What may be sent when; where it cannot be asked, nothing is sent. */
  readonly quota: Pick<SendQuota, "pickInbox">;
  readonly transports: MailTransports;
  readonly log: Logger;
  /** By which it waits, and by which messages are dated. */
  readonly time: LocalTime;
  /**
   * A limit that gives way within so many milliseconds is waited for; otherwise the messages wait for the next run.
   * @default 120_000: longer than the tolerance by which the quota counts its hour
   */
  readonly patienceMs?: number | undefined;
  /**
   * How long a mail that is under way may take once a run is told to stop, in milliseconds. After that it counts as sent.
   * @default 5_000
   */
  readonly graceMs?: number | undefined;
}

/** Under which right a run sends. */
export interface MailRunOptions {
  /** Of the lease that keeps runs apart; what runs of other fences left behind is not sent again. */
  readonly fence: number;
  /** Takes no further message once it is aborted; the one that is under way may take a little longer. */
  readonly signal: AbortSignal;
  /** How long the lease is still held, in milliseconds: a process that was suspended knows by it, before any signal. */
  readonly leftMs?: (() => number) | undefined;
}

/** How many messages of a run came to what. */
export type MailRun = Readonly<Record<Ended | "leftover", number>>;

export interface DigestMailer {
  /**
   * Sends until nothing is due, no limit gives way in time, or it is told to stop. Rejects with what the database or the
   * quota's backend failed with: then nothing more is sent.
   */
  run(options: MailRunOptions): Promise<MailRun>;
}

/** So many messages that a server puts off or refuses in one run, and it is left alone until the next: it may be us it means. */
const mostTurnedDown = 5;

/** Makes the mailer; it does nothing until the first run. */
export function digestMailer(deps: MailerDeps): DigestMailer {
  const { database, quota, transports, log, time, patienceMs = 120_000, graceMs = 5_000 } = deps;
  let isTold = false;

  /** Takes a place in the quota, or waits until there may be one; undefined where none comes in time. */
  async function placed(
    inboxes: readonly InboxRecord[],
    signal: AbortSignal,
  ): Promise<SendReservation | "waited" | undefined> {
    const answer = await quota.pickInbox(inboxes.map(quotaInbox));
    if (answer.allowed) return answer;
    const { because, retryAfterMs, violations } = answer;
    if (retryAfterMs === undefined || retryAfterMs > patienceMs) {
      const limits = [...new Set(violations.map(({ name }) => name))];
      log.info({ because, retryAfterMs, limits }, "messages wait for their limits");
      return undefined;
    }
    await time.sleep(retryAfterMs, signal).catch(() => {});
    return "waited";
  }

  /** Whether the place is still one: who was stalled since has to take another. */
  async function isReady(place: SendReservation, options: MailRunOptions): Promise<boolean> {
    const { signal } = options;
    try {
      await place.ready(signal);
    } catch (error) {
      // A place that is over was stalled for longer than it lasts.
      const isOver = error instanceof LimitError || place.state === "expired";
      if (!signal.aborted && !isOver) throw error;
      return false;
    }
    return isOurs(options);
  }

  return {
    async run(options) {
      const { fence, signal } = options;
      const counts = {
        accepted: 0,
        unknown: 0,
        deferred: 0,
        refused: 0,
        unreachable: 0,
        "sender-refused": 0,
        leftover: 0,
      };
      counts.leftover = await adoptLeftovers(database, fence);
      if (counts.leftover > 0) log.warn({ messages: counts.leftover }, leftBehind);
      if (Object.keys(transports).length === 0) {
        if (!isTold) log.warn({}, "there is no way out for mail: messages wait");
        isTold = true;
        return counts;
      }
      /** Ways out, and inboxes by their ids, that are of no use in this run. */
      const closed = new Set<string>();
      const left = new Set<string>();
      const checked = new Set<string>();
      while (isOurs(options)) {
        const message = await nextDue(database, time.now());
        if (message === undefined) break;
        const started = await startedInboxes(database, time.now());
        for (const inbox of started) {
          if (checked.has(inbox.id)) continue;
          checked.add(inbox.id);
          const mistake = mistakeIn(inbox, time.now());
          if (mistake === undefined) continue;
          // The others send all the same.
          left.add(inbox.id);
          log.error({ inbox: inbox.id, ...loggable(mistake) }, "an inbox is mistaken: it sends nothing");
        }
        const usable = started.filter(
          ({ id, transport }) => Object.hasOwn(transports, transport) && !closed.has(transport) && !left.has(id),
        );
        if (usable.length === 0) {
          log.warn({ closed: [...closed], left: [...left] }, "no inbox can send now: messages wait");
          break;
        }
        const place = await placed(usable, signal);
        if (place === undefined) break;
        // Meanwhile a report may have held an inbox.
        if (place === "waited") continue;
        const inbox = usable.find(({ id }) => id === place.inbox.id) as InboxRecord;
        const attempt = { inbox, fence, atMs: time.now() };
        // Nothing has gone out: told to stop, stalled, or somebody else has the message.
        if (!(await isReady(place, options)) || !(await claim(database, message.id, attempt))) {
          await place.refund();
          continue;
        }
        const transport = transports[inbox.transport] as MailTransport;
        const { outcome, response } = await ended({ database, transport, message, attempt, signal, graceMs });
        counts[outcome]++;
        await settled(place, outcome);
        const line = { message: message.id, inbox: inbox.id, outcome, response };
        if (outcome === "accepted") log.info(line, "a mail was sent");
        else log.warn(line, "a mail was not sent, or perhaps not");
        if (outcome === "sender-refused") left.add(inbox.id);
        const isTurnedDown = outcome === "deferred" || outcome === "refused";
        if (outcome === "unreachable" || (isTurnedDown && (counts.deferred + counts.refused) % mostTurnedDown === 0)) {
          closed.add(inbox.transport);
        }
      }
      return counts;
    },
  };
}

/** Whether the run may go on. */
function isOurs({ signal, leftMs }: MailRunOptions): boolean {
  return !signal.aborted && (leftMs === undefined || leftMs() > 0);
}

const leftBehind = "a run ended while it was sending: its messages count as sent, and are not sent again";

/**
 * Says whether the attempt was used. Given back is only what surely did not go out and will be tried again: a refusal for good
 * counts, since the server was asked, and a list of dead addresses shall not be gone through at any speed.
 */
async function settled(place: SendReservation, outcome: Ended): Promise<void> {
  if (outcome === "accepted" || outcome === "unknown" || outcome === "refused") await place.commit();
  else await place.refund();
}
