/** A send quota books a mail on all of its limits or on none, and says why not and how long. */

import { type Backend, isConfigError } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { fakeClock, faulty } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";
import { berlin, hour, make, sendAll, taken, timeOf } from "../../test/send-made.ts";
import { metrics } from "../metrics/metrics.ts";
import type { LocalTime } from "../time/local-time.ts";
import type { Inbox } from "./inbox.ts";
import { sendQuota } from "./send-quota.ts";
import type { SendQuotaOptions } from "./send-quota-options.ts";
import { linear } from "./warmup-schedule.ts";

describe("a send", () => {
  it("is booked on the inbox's day and the organisation's day and hour", async () => {
    const { quota } = make();
    await taken(quota.reserveSend(berlin("a")));
    const { hour: inHour, day: onDay, inboxes } = await quota.usage([berlin("a"), berlin("b")]);
    expect([inHour.used, onDay.used, inHour.remaining, onDay.remaining]).toEqual([1, 1, 19, 79]);
    expect(inboxes.map(({ id, date, used, remaining }) => [id, date, used, remaining])).toEqual([
      ["a", "2027-05-12", 1, 19],
      ["b", "2027-05-12", 0, 20],
    ]);
  });

  it("that one limit denies costs the others nothing", async () => {
    const { quota } = make({ perInbox: 1 });
    expect((await sendAll(quota, berlin("a"))).sent).toBe(1);
    for (let i = 0; i < 19; i++) await quota.reserveSend(berlin("a"));
    const { hour: inHour, day: onDay } = await quota.usage();
    expect([inHour.used, onDay.used]).toEqual([1, 1]);
  });

  it("that is denied hears every limit in its way, and the longest wait", async () => {
    const { quota, clock } = make({ perHour: 2, perInbox: 2, perDay: 2, toleranceMs: 0 });
    const { denied } = await sendAll(quota, berlin("a"));
    const waits = { "send.inbox": 10 * hour, "send.day": 12 * hour, "send.hour": hour };
    expect(denied).toMatchObject({ because: "limit", retryAfterMs: 12 * hour });
    const told = denied.allowed ? [] : denied.violations.map(({ name, retryAfterMs }) => [name, retryAfterMs]);
    expect(Object.fromEntries(told)).toEqual(waits);
    clock.advance(12 * hour - 1);
    expect((await quota.reserveSend(berlin("a"))).allowed).toBe(false);
    clock.advance(1);
    expect((await quota.reserveSend(berlin("a"))).allowed).toBe(true);
  });

  it("follows the warm-up of its inbox", async () => {
    const schedule = linear({ start: 5, step: 5, target: 15 });
    const inbox = { ...berlin("a"), warmup: { schedule, activeDays: 1, lastActiveDate: "2027-05-11" } };
    const { quota } = make();
    expect((await sendAll(quota, inbox)).sent).toBe(10);
    expect((await quota.usage([inbox])).inboxes[0]).toMatchObject({
      warmupDay: 2,
      limit: 10,
      used: 10,
      canSend: false,
    });
  });

  it("of a schedule that says 0 is never", async () => {
    const { quota } = make();
    const inbox = { ...berlin("a"), warmup: { schedule: { limitOn: () => 0 }, activeDays: 0 } };
    expect(await quota.reserveSend(inbox)).toEqual({
      allowed: false,
      because: "never",
      retryAfterMs: undefined,
      violations: [{ name: "send.inbox", key: "a" }],
    });
  });

  it("meets a limit that was lowered below what was sent: nothing is left, and nothing is negative", async () => {
    const { quota, backend, clock } = make();
    const schedule = linear({ start: 12, step: 1, target: 20 });
    const warmup = { schedule, activeDays: 5, lastActiveDate: "2027-05-12" };
    await sendAll(quota, { ...berlin("a"), warmup });
    const lower = { ...berlin("a"), warmup: { ...warmup, stepsBack: 3 } };
    expect((await quota.usage([lower])).inboxes[0]).toMatchObject({ limit: 13, used: 16, remaining: 0 });
    expect((await quota.reserveSend(lower)).allowed).toBe(false);
    const stricter = sendQuota({ backend, perInbox: 10, time: timeOf(clock) });
    expect((await stricter.usage([lower])).inboxes[0]).toMatchObject({ limit: 10, used: 16, remaining: 0 });
  });

  it.each([
    // At the end of the day in New York that began before the change.
    ["west", "Asia/Tokyo", "America/New_York", 16 * hour],
    // Tokyo's next day has begun within New York's old one, and is spent with it.
    ["east", "America/New_York", "Asia/Tokyo", 27 * hour],
  ])("does not begin its day anew when its zone moves %s in the middle of it", async (_, from, to, next) => {
    const { quota, clock } = make({ perHour: 1_000, perDay: 1_000 });
    expect((await sendAll(quota, { id: "a", timeZone: from })).sent).toBe(20);
    const again: number[] = [];
    for (let ms = 0; ms < 40 * hour; ms += hour / 4) {
      const { sent } = await sendAll(quota, { id: "a", timeZone: to });
      if (sent > 0) again.push(sent, ms);
      clock.advance(hour / 4);
    }
    expect(again).toEqual([20, next]);
  });

  it("counts a day that is over into the local day that it ended in when its zone moves there afterwards", async () => {
    const { quota, clock } = make({ perHour: 1_000, perDay: 1_000 });
    clock.set(Date.UTC(2027, 4, 12, 21));
    expect((await sendAll(quota, berlin("a"))).sent).toBe(20);
    // Berlin's day is over; New York's 12th, which saw the same mails, is not.
    clock.set(Date.UTC(2027, 4, 12, 22, 30));
    const { sent, denied } = await sendAll(quota, { id: "a", timeZone: "America/New_York" });
    expect([sent, denied]).toMatchObject([0, { because: "limit", retryAfterMs: 5.5 * hour }]);
    clock.advance(5.5 * hour);
    expect((await sendAll(quota, { id: "a", timeZone: "America/New_York" })).sent).toBe(20);
  });

  it("takes the allowance of the day on which it is counted when this process's clock is ahead of the counts'", async () => {
    const clock = fakeClock(Date.UTC(2027, 4, 12, 21, 59));
    const ahead = fakeClock(Date.UTC(2027, 4, 12, 22, 1));
    const schedule = linear({ start: 5, step: 1, target: 20 });
    const inbox = { ...berlin("a"), warmup: { schedule, activeDays: 1, lastActiveDate: "2027-05-12" } };
    const quota = sendQuota({ backend: memory({ clock }), time: timeOf(ahead) });
    const { sent, denied } = await sendAll(quota, inbox);
    expect([sent, denied]).toMatchObject([5, { because: "limit", retryAfterMs: 60_000 }]);
    expect(await quota.pickInbox([inbox])).toMatchObject({ allowed: false, retryAfterMs: 60_000 });
    expect((await quota.usage()).hour.used).toBe(5);
  });
});

describe("a quota", () => {
  it("does nothing when it is made", () => {
    const untouched = { ...memory(), consume: () => expect.fail("asked") } as unknown as Backend;
    const time: LocalTime = { now: () => expect.fail("read the clock"), sleep: () => expect.fail("slept") };
    expect(() => sendQuota({ backend: untouched, time })).not.toThrow();
  });

  it("sends nothing through a backend that is down", async () => {
    const backend = faulty(memory());
    const quota = sendQuota({ backend });
    backend.faults.down();
    await expect(quota.reserveSend(berlin("a"))).rejects.toThrow();
    await expect(quota.pickInbox([berlin("a")])).rejects.toThrow();
    await expect(quota.usage([berlin("a")])).rejects.toThrow();
  });

  it("keeps organisations apart", async () => {
    const { quota, backend, clock } = make();
    const other = sendQuota({ backend, organisation: "other", time: timeOf(clock) });
    await sendAll(quota, berlin("a"));
    expect((await sendAll(other, berlin("a"))).sent).toBe(20);
  });

  it("counts each mail on each of its limits", async () => {
    const counted = metrics();
    const { quota } = make({ metrics: counted, perInbox: 2 });
    await (await taken(quota.reserveSend(berlin("a")))).refund();
    await sendAll(quota, berlin("a"));
    await quota.pause({ reason: "audit", by: "ops" });
    await quota.pause({ inbox: "b", reason: "complaint", by: "ops" });
    await quota.resume({ inbox: "b" });
    const shown = { granted: 3, refunded: 1, committed: 2 };
    expect(counted.snapshot().limits).toMatchObject({
      "send.inbox": { ...shown, denied: 1, pauses: 1, resumes: 1 },
      "send.day": { ...shown, denied: 0, pauses: 0 },
      "send.hour": { ...shown, denied: 0, pauses: 1, resumes: 0 },
    });
  });

  it.each<[string, string, () => unknown]>([
    ["without a backend", "SLUICE_OPTION_MISSING", () => sendQuota({} as SendQuotaOptions)],
    ["on a backend that counts nothing", "SLUICE_BACKEND_UNSUPPORTED", () => sendQuota({ backend: noop() })],
    ["in a zone that is none", "SLUICE_POLICY_TIME_ZONE", () => make({ timeZone: "Mars/Olympus" })],
    ["of half a mail", "SLUICE_OPTION_TYPE", () => make({ perDay: 0.5 })],
    ["of 1,001 an hour", "SLUICE_POLICY_LIMIT", () => make({ perHour: 1_001 })],
    ["of nobody", "SLUICE_OPTION_TYPE", () => make({ organisation: "" })],
    ["with an option that it does not know", "SLUICE_OPTION_UNKNOWN", () => make({ perWeek: 7 } as object)],
    ["for an inbox without an id", "SLUICE_INBOX", () => make().quota.reserveSend({ timeZone: "UTC" } as Inbox)],
    ["for no inbox", "SLUICE_INBOX", () => make().quota.pickInbox([null as unknown as Inbox])],
    [
      "for an inbox nowhere",
      "SLUICE_POLICY_TIME_ZONE",
      () => make().quota.reserveSend({ id: "a", timeZone: "Mars/Olympus" }),
    ],
  ])("%s is a mistake with a name", async (_, code, ask) => {
    const failure = await Promise.resolve()
      .then(ask)
      .catch((error: unknown) => error);
    expect(isConfigError(failure) ? failure.code : failure).toBe(code);
  });
});
