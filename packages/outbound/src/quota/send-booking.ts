/** Books one mail in one step, and takes back at once what the step could not know. */

import type { Outcome } from "@sluice/core/engine";
import type { Denial, Violation } from "../limits/denial.ts";
import { tooLarge } from "../limits/denied.ts";
import { Limits } from "../limits/limits.ts";
import type { Place } from "../limits/place.ts";
import type { Reservation } from "../limits/reservation.ts";
import { take } from "../limits/take.ts";
import { allowanceOfDate, type Inbox } from "./inbox.ts";
import type { SendLimits } from "./send-limits.ts";

/** A place for one mail, and the inbox that sends it. */
export interface SendReservation extends Reservation {
  readonly inbox: Inbox;
}

/** A place for a mail, or why there is none. Tell them apart by `allowed`. */
export type SendAnswer = SendReservation | Denial;

/** Books mails. */
export interface SendBooking {
  /** Books under what the inbox may send on its local date. */
  now(inbox: Inbox): Promise<SendAnswer>;
  /** Books as long as the inbox has used less than `limit` of its local date. */
  under(inbox: Inbox, date: string, limit: number): Promise<SendAnswer>;
}

/** The limits of one mail: whoever is late asks anew, since by then another day and another limit may hold. */
class MailLimits extends Limits {
  readonly #again: () => Promise<SendAnswer>;

  constructor(
    { of, day, hour, surroundings }: SendLimits,
    inbox: Inbox,
    limit: number,
    again: () => Promise<SendAnswer>,
  ) {
    super([of(inbox, limit), day, hour], surroundings);
    this.#again = again;
  }

  override again(): Promise<SendAnswer> {
    return this.#again();
  }
}

/** `dateIn` tells the local date in a zone at an instant; now, by this process's clock, without one. */
export function sendBooking(
  limits: SendLimits,
  perInbox: number,
  dateIn: (timeZone: string, instantMs?: number) => string,
): SendBooking {
  /** The state's clock may be on another day than this process's: then that day's allowance holds. */
  const overtaken = (inbox: Inbox, date: string, limit: number, { decisions }: Outcome): Violation | undefined => {
    const decision = decisions.find(({ policy: { name }, key }) => name === "send.inbox" && key === inbox.id);
    const { receipt, remaining = 0, windowAfterMs = 0 } = decision ?? {};
    if (receipt === undefined) return undefined;
    const bookedOn = dateIn(inbox.timeZone, receipt - 1);
    if (bookedOn === date || limit - remaining <= allowanceOfDate(inbox, bookedOn, perInbox)) return undefined;
    return { name: "send.inbox", key: inbox.id, retryAfterMs: Math.ceil(windowAfterMs) };
  };

  const under = async (inbox: Inbox, date: string, limit: number): Promise<SendAnswer> => {
    const mail = new MailLimits(limits, inbox, limit, () => now(inbox));
    if (mail.capacity < 1) return tooLarge(mail.members, 1);
    const answer = await take(mail, 1, 0);
    if (!answer.allowed) return answer;
    const { outcome } = answer as Place;
    const violation = overtaken(inbox, date, limit, outcome);
    if (violation === undefined) return Object.assign(answer, { inbox });
    await mail.giveBack(outcome);
    return { allowed: false, because: "limit", retryAfterMs: violation.retryAfterMs, violations: [violation] };
  };

  const now = (inbox: Inbox): Promise<SendAnswer> => {
    const date = dateIn(inbox.timeZone);
    return under(inbox, date, allowanceOfDate(inbox, date, perInbox));
  };

  return { under, now: async (inbox) => now(inbox) };
}
