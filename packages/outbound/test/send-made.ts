/** A quota on a clock that stands still, and what its tests do with it. */

import type { Backend } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { type FakeClock, fakeClock } from "@sluice/core/testing";
import type { Inbox } from "../src/quota/inbox.ts";
import type { SendAnswer, SendReservation } from "../src/quota/send-booking.ts";
import { type SendQuota, sendQuota } from "../src/quota/send-quota.ts";
import type { SendQuotaOptions } from "../src/quota/send-quota-options.ts";
import type { LocalTime } from "../src/time/local-time.ts";

export const minute = 60_000;
export const hour: number = 60 * minute;
export const day: number = 24 * hour;
export const noon: number = Date.UTC(2027, 4, 12, 12);

export const timeOf = (clock: FakeClock): LocalTime => ({
  now: clock.now,
  sleep: async (ms) => clock.advance(ms),
});

export interface Made {
  readonly quota: SendQuota;
  readonly clock: FakeClock;
  readonly backend: Backend;
}

export function make(options: Partial<SendQuotaOptions> = {}): Made {
  const clock = fakeClock(noon);
  const backend = options.backend ?? memory({ clock });
  return { quota: sendQuota({ time: timeOf(clock), ...options, backend }), clock, backend };
}

export const berlin = (id: string): Inbox => ({ id, timeZone: "Europe/Berlin" });

/** Reserves and commits until something is denied; how many were sent, and the denial. */
export async function sendAll(quota: SendQuota, inbox: Inbox): Promise<{ sent: number; denied: SendAnswer }> {
  for (let sent = 0; ; sent++) {
    const answer = await quota.reserveSend(inbox);
    if (!answer.allowed) return { sent, denied: answer };
    await answer.commit();
  }
}

export async function taken(answer: Promise<SendAnswer>): Promise<SendReservation> {
  const reservation = await answer;
  if (!reservation.allowed) throw new Error(`denied: ${JSON.stringify(reservation)}`);
  return reservation;
}
