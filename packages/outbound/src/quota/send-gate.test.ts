/** A pause holds all mail or one inbox, says why, and ends with a ramp. */

import { describe, expect, it } from "vitest";
import { berlin, day, hour, make, minute, noon, sendAll } from "../../test/send-made.ts";

describe("a pause", () => {
  it("of everything denies every send with its reason, and is a ramp of an hour when it ends", async () => {
    const { quota, clock } = make({ perInbox: 80, toleranceMs: 0 });
    await quota.pause({ forMs: 3 * hour, reason: "bounces of 8 %", by: "ops" });
    const paused = { reason: "bounces of 8 %", by: "ops", sinceMs: noon, untilMs: noon + 3 * hour };
    expect(await quota.reserveSend(berlin("a"))).toMatchObject({
      because: "paused",
      violations: [{ name: "send.hour", key: "", paused }],
    });
    expect(await quota.usage([berlin("a")])).toMatchObject({ paused, inboxes: [{ canSend: true }] });
    expect((await quota.pickInbox([berlin("a")])).allowed).toBe(false);
    clock.advance(3 * hour + 1);
    const { sent, denied } = await sendAll(quota, berlin("a"));
    expect([sent, denied]).toMatchObject([1, { because: "limit", violations: [{ name: "send.hour" }] }]);
    const waitMs = (denied.allowed ? undefined : denied.retryAfterMs) ?? 0;
    // An eighth of 20 an hour.
    expect(waitMs).toBe(24 * minute);
    clock.advance(waitMs);
    expect((await sendAll(quota, berlin("a"))).sent).toBe(1);
    const gaps: number[] = [];
    for (let passed = 24, last = 24; passed < 60; ) {
      clock.advance(minute);
      passed++;
      const { sent: next } = await sendAll(quota, berlin("a"));
      if (next === 0 || passed === 60) continue;
      expect(next).toBe(1);
      gaps.push(passed - last);
      last = passed;
    }
    expect(gaps).toEqual([8, 6, 5, 5, 4, 4]);
    expect((await quota.usage()).hour).toMatchObject({ used: 20, remaining: 0 });
  });

  it("without an end tells none, and holds until somebody resumes", async () => {
    const { quota, clock } = make();
    await quota.pause({ reason: "audit", by: "ops" });
    clock.advance(400 * day);
    const denied = await quota.reserveSend(berlin("a"));
    expect(denied).toMatchObject({ because: "paused" });
    expect(denied).not.toHaveProperty("retryAfterMs");
    await quota.resume({ ramp: false });
    expect((await sendAll(quota, berlin("a"))).sent).toBe(20);
  });

  it("that nobody made is not resumed: there is no ramp", async () => {
    const { quota } = make();
    await quota.resume();
    expect((await sendAll(quota, berlin("a"))).sent).toBe(20);
  });

  it("that is over is not resumed again: its ramp goes on, unless it is told to end", async () => {
    const { quota, clock } = make({ perInbox: 80 });
    await quota.pause({ reason: "audit", by: "ops" });
    await quota.resume();
    clock.advance(hour / 2);
    await quota.resume();
    const { sent, denied } = await sendAll(quota, berlin("a"));
    // Half of the rate: one in six minutes, and one in 24 if it had begun anew.
    expect([sent, denied]).toMatchObject([1, { retryAfterMs: 6.1 * minute }]);
    await quota.resume({ ramp: false });
    expect((await sendAll(quota, berlin("a"))).sent).toBe(19);
  });

  it("of one inbox leaves the others alone", async () => {
    const { quota } = make();
    await quota.pause({ inbox: "a", reason: "complaint", by: "ops" });
    expect([(await quota.reserveSend(berlin("a"))).allowed, (await quota.reserveSend(berlin("b"))).allowed]).toEqual([
      false,
      true,
    ]);
    await quota.resume({ inbox: "a" });
    expect((await sendAll(quota, berlin("a"))).sent).toBe(19);
  });

  it("of an inbox without an id is a mistake, and is not one of everything", async () => {
    const { quota } = make();
    const failure = { code: "SLUICE_INBOX" };
    await expect(quota.pause({ inbox: "", reason: "r", by: "ops" })).rejects.toMatchObject(failure);
    await expect(quota.resume({ inbox: "" })).rejects.toMatchObject(failure);
  });

  it.each([
    ["without a reason", { reason: "", by: "ops" }],
    ["of a time that is none", { reason: "r", by: "ops", forMs: Number.NaN }],
    ["until yesterday", { reason: "r", by: "ops", until: new Date(noon - day) }],
  ])("%s is refused", async (_, options) => {
    await expect(make().quota.pause(options)).rejects.toMatchObject({ code: "SLUICE_OPTION_TYPE" });
  });
});
