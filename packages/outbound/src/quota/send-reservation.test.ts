/** A place for a mail goes back once, to the day it was booked on, and never when it may have been used. */

import type { Charge, Outcome } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { fakeClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";
import { berlin, day, hour, make, minute, noon, sendAll, taken, timeOf } from "../../test/send-made.ts";
import type { SendQuotaOptions } from "./send-quota-options.ts";
import { linear } from "./warmup-schedule.ts";

/** A quota whose every question takes 3 ms to be answered, and how many there were. */
function slow(options: Partial<SendQuotaOptions>) {
  const clock = fakeClock(noon);
  const fast = memory({ clock });
  let asked = 0;
  const consume = async (charges: readonly Charge[]): Promise<Outcome> => {
    asked++;
    const outcome = fast.consume(charges);
    clock.advance(3);
    return await Promise.resolve(outcome);
  };
  return { ...make({ ...options, time: timeOf(clock), backend: { ...fast, consume } }), clock, asked: () => asked };
}

describe("a reservation", () => {
  it("that is given back after midnight goes to yesterday", async () => {
    const { quota, clock } = make({ perInbox: 2, perDay: 2, expiresAfterMs: day });
    const yesterday = await taken(quota.reserveSend(berlin("a")));
    clock.set(Date.UTC(2027, 4, 13, 0, 30));
    await sendAll(quota, berlin("a"));
    await yesterday.refund();
    expect((await quota.usage([berlin("a")])).inboxes[0]).toMatchObject({ used: 2, remaining: 0 });
    expect((await quota.reserveSend(berlin("a"))).allowed).toBe(false);
  });

  it("is given back once, and not after it was sent", async () => {
    const { quota } = make();
    const [sent, back] = [await taken(quota.reserveSend(berlin("a"))), await taken(quota.reserveSend(berlin("a")))];
    await sent.commit();
    await sent.refund();
    await back.refund();
    await back.refund();
    await back.commit();
    expect([sent.state, back.state]).toEqual(["committed", "refunded"]);
    expect(await quota.usage([berlin("a")])).toMatchObject({
      hour: { used: 1 },
      day: { used: 1 },
      inboxes: [{ used: 1 }],
    });
  });

  it("counts as used once it has expired", async () => {
    const { quota, clock } = make();
    const lost = await taken(quota.reserveSend(berlin("a")));
    clock.advance(600_000);
    expect(lost.state).toBe("expired");
    await lost.refund();
    expect((await quota.usage()).day.used).toBe(1);
  });

  it("goes back when its block is left unused, and stays when it was ready", async () => {
    const { quota } = make();
    {
      await using unused = await taken(quota.reserveSend(berlin("a")));
      expect(unused.state).toBe("pending");
    }
    expect((await quota.usage()).day.used).toBe(0);
    {
      await using begun = await taken(quota.reserveSend(berlin("a")));
      await begun.ready();
    }
    expect((await quota.usage()).day.used).toBe(1);
  });

  it("may leave a minute after it was booked, and counts in the hour for so much longer", async () => {
    const { quota, clock } = make({ perHour: 1 });
    const place = await taken(quota.reserveSend(berlin("a")));
    clock.advance(60_000);
    await place.ready();
    expect(place.readyAtMs).toBe(noon);
    clock.advance(hour - 1);
    expect((await quota.reserveSend(berlin("a"))).allowed).toBe(false);
    clock.advance(1);
    expect((await quota.reserveSend(berlin("a"))).allowed).toBe(true);
  });

  it("that is late takes another place, so that an hour never has one more", async () => {
    const { quota, clock } = make({ perHour: 2 });
    const late = await taken(quota.reserveSend(berlin("a")));
    clock.advance(60_001);
    await late.ready();
    expect([late.readyAtMs, (await quota.usage()).hour.used]).toEqual([noon + 60_001, 1]);
    clock.advance(59 * 60_000);
    expect((await sendAll(quota, berlin("a"))).sent).toBe(1);
  });

  it("that is late takes another place once, however long the answer takes and however little late is allowed", async () => {
    const { quota, clock, asked } = slow({ toleranceMs: 0 });
    const late = await taken(quota.reserveSend(berlin("a")));
    clock.advance(5);
    await late.ready();
    expect([late.state, asked()]).toEqual(["pending", 1]);
    const later = await taken(quota.reserveSend(berlin("a")));
    clock.advance(6);
    await later.ready();
    expect([later.state, asked()]).toEqual(["pending", 3]);
    expect((await quota.usage()).hour.used).toBe(2);
  });

  it("that is late over midnight takes one under the limit of the new day", async () => {
    const { quota, clock } = make();
    clock.set(Date.UTC(2027, 4, 12, 21, 59));
    const schedule = linear({ start: 5, step: 1, target: 20 });
    const inbox = { ...berlin("a"), warmup: { schedule, activeDays: 2, lastActiveDate: "2027-05-12" } };
    const late = await taken(quota.pickInbox([inbox]));
    clock.advance(2 * minute);
    await sendAll(quota, { ...berlin("a"), warmup: { ...inbox.warmup, stepsBack: 1 } });
    await late.ready();
    expect((await quota.usage([inbox])).inboxes[0]).toMatchObject({ date: "2027-05-13", limit: 7, used: 7 });
  });

  it("that is late and finds no other place rejects, and has given back its own", async () => {
    const { quota, clock } = make({ perInbox: 1 });
    const late = await taken(quota.reserveSend(berlin("a")));
    clock.advance(60_001);
    await quota.pause({ reason: "bounces", by: "ops" });
    await expect(late.ready()).rejects.toMatchObject({ code: "SLUICE_PAUSED", denial: { because: "paused" } });
    expect([late.state, (await quota.usage()).day.used]).toEqual(["refunded", 0]);
  });
});
