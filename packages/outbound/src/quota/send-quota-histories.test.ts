/** Small random histories: whatever order mails, refunds, clocks, zones and limits come in, no limit is passed. */

import { memory } from "@sluice/core/memory";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Counted, dateOf, sendOracle, simulatedClock } from "../../test/send-oracle.ts";
import { allowanceOfDate, type Inbox } from "./inbox.ts";
import type { SendReservation } from "./send-booking.ts";
import { sendQuota } from "./send-quota.ts";

const minute = 60_000;
const zones = ["Africa/Cairo", "America/Havana", "Pacific/Kiritimati"];

const anInbox = fc.nat({ max: 2 });
const anEvent = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("send" as const), inbox: anInbox }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("pick" as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 400 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("stepBack" as const), minutes: fc.integer({ min: 1, max: 90 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("move" as const), inbox: anInbox, zone: fc.nat({ max: 2 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("limit" as const), inbox: anInbox, limit: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("refund" as const), which: fc.nat() }) },
);

it("no inbox, no day and no hour is above its limit", async () => {
  const histories = fc.array(anEvent, { minLength: 20, maxLength: 120 });
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(histories, async (events) => {
      const clock = simulatedClock(Date.UTC(2026, 3, 23, 12));
      const limits = { perHour: 3, perDay: 7, timeZone: "UTC" };
      const oracle = sendOracle(clock, limits);
      const time = { now: clock.now, sleep: async (ms: number) => clock.advance(ms) };
      const quota = sendQuota({
        backend: memory({ clock }),
        ...limits,
        perInbox: 4,
        toleranceMs: 0,
        expiresAfterMs: 86_400_000,
        time,
      });
      const inboxes: Inbox[] = zones.map((timeZone, i) => ({ id: `${i}`, timeZone }));
      const open: { reservation: SendReservation; counted: Counted }[] = [];
      for (const event of events) {
        if (event.do === "wait") clock.advance(event.minutes * minute);
        else if (event.do === "stepBack") clock.stepBack(event.minutes * minute);
        else if (event.do === "move") {
          const inbox = inboxes[event.inbox] as Inbox;
          oracle.leave(inbox.id, inbox.timeZone);
          inboxes[event.inbox] = { ...inbox, timeZone: zones[event.zone] as string };
        } else if (event.do === "limit") {
          const schedule = { limitOn: () => event.limit };
          inboxes[event.inbox] = { ...(inboxes[event.inbox] as Inbox), warmup: { schedule, activeDays: 0 } };
        } else if (event.do === "refund") {
          const [taken] = open.splice(event.which % Math.max(1, open.length), 1);
          if (taken?.reservation.state !== "pending") continue;
          taken.counted.takeBack();
          await taken.reservation.refund();
        } else {
          const asked =
            event.do === "send" ? quota.reserveSend(inboxes[event.inbox] as Inbox) : quota.pickInbox(inboxes);
          const reservation = await asked;
          if (!reservation.allowed) continue;
          const { inbox } = reservation;
          const limitOn = (at: number): number => allowanceOfDate(inbox, dateOf(at, inbox.timeZone), 4);
          open.push({ reservation, counted: oracle.accept(inbox.id, inbox.timeZone, zones, limitOn) });
          sent++;
        }
      }
      const usage = await quota.usage(inboxes);
      expect([usage.hour, usage.day, ...usage.inboxes].every(({ remaining }) => remaining >= 0)).toBe(true);
    }),
    { numRuns: 50 },
  );
  expect(sent).toBeGreaterThan(400);
}, 60_000);
