/** A quota for mail: each inbox by its warm-up, all of them by hour and day, decided together in one step. */

import { counted } from "../limits/counted.ts";
import type { Denial } from "../limits/denial.ts";
import { Limits } from "../limits/limits.ts";
import { pause, resume } from "../limits/pausing.ts";
import { checkInbox, checkInboxes, type Inbox } from "./inbox.ts";
import { dayNumber, localDates } from "./local-date.ts";
import { leastUsed, noneCanSend } from "./picking.ts";
import { type SendAnswer, sendBooking } from "./send-booking.ts";
import { sendLimits } from "./send-limits.ts";
import {
  checkedSendQuota,
  type SendPauseOptions,
  type SendQuotaOptions,
  type SendResumeOptions,
} from "./send-quota-options.ts";
import { type Standings, standingsOf } from "./send-standing.ts";
import { type SendUsage, usageOf } from "./send-usage.ts";

/** What `sendQuota()` makes. Every verb rejects with what the backend failed with, and then nothing may be sent. */
export interface SendQuota {
  /**
   * Books one mail of this inbox on its day, and on the organisation's day and hour: all three or none.
   *
   * Nothing is booked ahead: what does not fit now is denied, with the wait after which it does.
   *
   * Rejects with ConfigError `SLUICE_INBOX`, `SLUICE_POLICY_TIME_ZONE` or `SLUICE_WARMUP_…`.
   */
  reserveSend(inbox: Inbox): Promise<SendAnswer>;
  /**
   * Books one mail of the inbox that has used the smallest part of its day's limit, of those that can send.
   *
   * However many processes pick at once, equal inboxes are never more than one mail apart. An empty list is denied, for
   * ever. Two inboxes of one id are a mistake: ConfigError `SLUICE_INBOX_TWICE`.
   */
  pickInbox(inboxes: readonly Inbox[]): Promise<SendAnswer>;
  /** How far the limits are used, for pages and logs. Books nothing, and cannot be used to send. */
  usage(inboxes?: readonly Inbox[]): Promise<SendUsage>;
  /** Holds all sending, or one inbox, in every process on the backend. Mails that are under way go on. */
  pause(options: SendPauseOptions): Promise<void>;
  /** Ends a pause. All sending begins with one mail, and grows to the whole hour's limit within `rampMs`. */
  resume(options?: SendResumeOptions): Promise<void>;
}

/**
 * Makes a quota; nothing happens before the first verb.
 *
 * @throws ConfigError `SLUICE_OPTION_…`, `SLUICE_POLICY_…`, or `SLUICE_BACKEND_UNSUPPORTED` for a backend that cannot
 * tell what is left or take anything back.
 */
export function sendQuota(options: SendQuotaOptions): SendQuota {
  const checked = checkedSendQuota(options);
  const { perInbox, perDay, timeZone, time, metrics } = checked;
  const dates = localDates();
  const dateIn = (zone: string, instantMs = time.now()): string => dates(instantMs, zone);
  const limits = sendLimits(checked);
  const { surroundings, day, hour, of } = limits;
  const booking = sendBooking(limits, perInbox, dateIn);
  const standings = (inboxes: readonly Inbox[]): Promise<Standings> => {
    return standingsOf(limits, inboxes, perInbox, dateIn);
  };

  const pick = async (inboxes: readonly Inbox[]): Promise<SendAnswer> => {
    const turn = dayNumber(dateIn(timeZone)) as number;
    const refusedAt = new Map<string, number>();
    let refusal: Denial = { allowed: false, because: "never", violations: [] };
    // Every lost race is a mail of somebody else, and a day has only so many.
    for (let lost = 0; inboxes.length > 0 && lost <= perDay + inboxes.length; lost++) {
      const known = await standings(inboxes);
      const best = leastUsed(
        known.each.filter(({ inbox, used }) => refusedAt.get(inbox.id) !== used),
        turn,
      );
      if (best === undefined) return refusedAt.size > 0 ? refusal : await nobody(known);
      const { inbox, date, used } = best;
      // The limit is not part of a counter's identity: what was read and one more make a compare-and-set of it.
      const answer = await booking.under(inbox, date, used + 1);
      // Beside what is in everybody's way a lost race would tell the wait of a full inbox.
      if (answer.allowed || answer.violations.every(({ key }) => key === "")) return answer;
      // Used no more than before, and refused all the same: it is not a race that was lost.
      refusedAt.set(inbox.id, used);
      refusal = answer;
    }
    return refusal;
  };

  /** What is in the way of all sending is known to whoever asks, and not to whoever looks. */
  const nobody = async ({ each, day, hour }: Standings): Promise<SendAnswer> => {
    const isOpen = [day, hour].every(
      ({ remaining = 0, paused, rampLeftMs }) => remaining >= 1 && !paused && !rampLeftMs,
    );
    const [first] = each;
    if (isOpen || first === undefined) return noneCanSend(each, []);
    const answer = await booking.now(first.inbox);
    if (answer.allowed) return answer;
    const ofAll = answer.violations.filter(({ key }) => key === "");
    return noneCanSend(each, ofAll);
  };

  /** Counts on the limits of the inbox that sends; those that denied are named by the denial. */
  const told = (answer: SendAnswer): SendAnswer => {
    return counted({ metrics, members: answer.allowed ? [of(answer.inbox, perInbox), day, hour] : [] }, answer, 1);
  };

  /** What the gate of one inbox holds, or of all. */
  const gated = (inbox: string | undefined): Limits => {
    if (inbox === undefined) return new Limits([hour], surroundings);
    const held = { id: inbox, timeZone };
    checkInbox(held);
    return new Limits([of(held, perInbox)], surroundings);
  };

  return {
    async reserveSend(inbox) {
      checkInbox(inbox);
      return told(await booking.now(inbox));
    },

    async pickInbox(inboxes) {
      checkInboxes(inboxes);
      return told(await pick(inboxes));
    },

    async usage(inboxes = []) {
      checkInboxes(inboxes);
      return usageOf(await standings(inboxes));
    },

    async pause(options) {
      await pause(gated(options.inbox), options);
    },

    async resume({ inbox, ramp = true, by } = {}) {
      await resume(gated(inbox), { ramp: ramp && inbox === undefined, by });
    },
  };
}
