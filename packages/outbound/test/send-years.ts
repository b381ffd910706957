/** A mailer that lives through days of its own clock: greedy, disturbed if asked, and watched by the oracle. */

import type { Backend } from "@sluice/core/engine";
import type { Inbox } from "../src/quota/inbox.ts";
import { allowanceOfDate } from "../src/quota/inbox.ts";
import type { SendReservation } from "../src/quota/send-booking.ts";
import { type SendQuota, sendQuota } from "../src/quota/send-quota.ts";
import { afterBounce, daysActive, released, type WarmupProgress } from "../src/quota/warmup-progress.ts";
import type { WarmupSchedule } from "../src/quota/warmup-schedule.ts";
import { type Counted, dateOf, type SendOracle, type SimulatedClock, sendOracle } from "./send-oracle.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** An inbox of the simulation: it lives in the first zone, and moves to the others and back if it is disturbed. */
export interface Sender {
  readonly id: string;
  readonly zones: readonly string[];
  readonly schedule?: WarmupSchedule;
}

/** What happens, and how often. */
export interface Years {
  readonly clock: SimulatedClock;
  readonly backend: Backend;
  readonly senders: readonly Sender[];
  readonly days: number;
  readonly random: () => number;
  readonly perHour?: number;
  readonly perDay?: number;
  /** Whether every inbox is asked by name; otherwise the quota picks. */
  readonly byName?: boolean;
  /** Whether clocks step back, zones change, mails bounce, reservations are given back and campaigns rest. */
  readonly disturbed: boolean;
  /** Called now and then in a disturbed year; gives the backend as it is after a restart. */
  readonly restart?: () => Backend;
}

/** What came of it. */
export interface Lived {
  readonly oracle: SendOracle;
  readonly sent: number;
  readonly disturbances: Readonly<Record<string, number>>;
}

interface Living {
  readonly sender: Sender;
  timeZone: string;
  progress: WarmupProgress;
  readonly sentOn: Set<string>;
}

/** Lives through the days. Rejects at the first mail too many. */
export async function live(years: Years): Promise<Lived> {
  const { clock, senders, days, random, disturbed, perHour = 20, perDay = 80 } = years;
  const timeZone = "UTC";
  const oracle = sendOracle(clock, { perHour, perDay, timeZone });
  const disturbances: Record<string, number> = {};
  const time = { now: clock.now, sleep: async (ms: number) => clock.advance(ms) };
  const quotaOn = (backend: Backend): SendQuota =>
    sendQuota({ backend, perHour, perDay, timeZone, toleranceMs: 0, expiresAfterMs: dayMs, time });
  let quota = quotaOn(years.backend);
  let sent = 0;
  let open: { reservation: SendReservation; counted: Counted }[] = [];

  const living = senders.map((sender): Living => {
    return { sender, timeZone: sender.zones[0] as string, progress: { activeDays: 0 }, sentOn: new Set() };
  });
  const inboxOf = ({ sender: { id, schedule }, timeZone: zone, progress }: Living): Inbox =>
    schedule === undefined ? { id, timeZone: zone } : { id, timeZone: zone, warmup: { schedule, ...progress } };

  /** Whether it happens now; how often it did is told in the end. */
  const happens = (what: string, perDayOdds: number, ticks: number): boolean => {
    if (!disturbed || random() >= perDayOdds / ticks) return false;
    disturbances[what] = (disturbances[what] ?? 0) + 1;
    return true;
  };
  const upTo = (ms: number): number => Math.floor(random() * ms) + 1;

  /** Sends a mail if any of these inboxes can. */
  const send = async (asked: readonly Living[]): Promise<boolean> => {
    // Bounces and zones are read as they stand, as a mailer reads them from its database.
    const inboxes = asked.map(inboxOf);
    const [only] = inboxes;
    const answer = await (inboxes.length === 1 ? quota.reserveSend(only as Inbox) : quota.pickInbox(inboxes));
    if (!answer.allowed) return false;
    const own = living.find(({ sender: { id } }) => id === answer.inbox.id) as Living;
    const { inbox } = answer;
    const counted = oracle.accept(inbox.id, inbox.timeZone, own.sender.zones, (at) =>
      allowanceOfDate(inbox, dateOf(at, inbox.timeZone), 20),
    );
    sent++;
    if (happens("refund", 1, perDay)) {
      counted.takeBack();
      sent--;
      await answer.refund();
      return true;
    }
    const date = dateOf(clock.now(), own.timeZone);
    if (!own.sentOn.has(date)) own.progress = { ...own.progress, ...daysActive(own.sentOn.add(date)) };
    if (happens("late", 1, perDay)) open.push({ reservation: answer, counted });
    else await answer.commit();
    return true;
  };

  const disturb = async (ticks: number): Promise<void> => {
    if (happens("stepBack", 0.3, ticks)) clock.stepBack(upTo(2 * hourMs));
    if (happens("rest", 0.01, ticks)) clock.advance(upTo(14 * dayMs));
    if (years.restart && happens("restart", 0.5, ticks)) quota = quotaOn(years.restart());
    for (const own of living) {
      const today = (): string => dateOf(clock.now(), own.timeZone);
      if (own.sender.zones.length > 1 && happens("zone", 0.03, ticks)) {
        oracle.leave(own.sender.id, own.timeZone);
        const at = own.sender.zones.indexOf(own.timeZone) + 1;
        own.timeZone = own.sender.zones[at % own.sender.zones.length] as string;
      }
      if (happens("bounce", 0.05, ticks)) own.progress = afterBounce(own.progress, "hard", { today: today(), days: 2 });
      if (happens("complaint", 0.01, ticks)) own.progress = afterBounce(own.progress, "complaint", { today: today() });
      if (own.progress.heldOnDay !== undefined && happens("release", 0.2, ticks)) {
        own.progress = released(own.progress, today());
      }
    }
    for (const { reservation, counted } of open.splice(0)) {
      // Given back to a day that may be over by now: what was sent on it stays counted there.
      if (reservation.state === "pending" && random() < 0.5) {
        counted.takeBack();
        await reservation.refund();
      }
    }
    open = [];
  };

  const end = clock.now() + days * dayMs;
  const ticks = disturbed ? 30 : 24;
  while (clock.now() < end) {
    for (const asked of years.byName ? living.map((own) => [own]) : [living]) while (await send(asked));
    if (disturbed) await disturb(ticks);
    clock.advance(disturbed ? upTo((2 * dayMs) / ticks) : dayMs / ticks);
  }
  return { oracle, sent, disturbances };
}
