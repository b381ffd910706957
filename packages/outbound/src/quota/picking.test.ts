/** The least used inbox sends next, however many ask at once. */

import { describe, expect, it } from "vitest";
import { berlin, day, hour, make, minute, noon, taken } from "../../test/send-made.ts";
import type { Inbox } from "./inbox.ts";
import type { SendQuota } from "./send-quota.ts";
import { linear } from "./warmup-schedule.ts";

describe("picking", () => {
  const ids = ["a", "b", "c", "d", "e", "f", "g", "h"].map(berlin);

  async function picks(quota: SendQuota, inboxes: readonly Inbox[], count: number): Promise<Record<string, number>> {
    const shares: Record<string, number> = Object.fromEntries(inboxes.map(({ id }) => [id, 0]));
    for (let i = 0; i < count; i++) {
      const { inbox } = await taken(quota.pickInbox(inboxes));
      shares[inbox.id] = (shares[inbox.id] ?? 0) + 1;
    }
    return shares;
  }

  it("is even among equals, and the odd mails go to others on the next day", async () => {
    const { quota, clock } = make({ perDay: 12, toleranceMs: 0 });
    const first = await picks(quota, ids, 12);
    clock.advance(day);
    const second = await picks(quota, ids, 12);
    const favoured = (shares: Record<string, number>): string[] => Object.keys(shares).filter((id) => shares[id] === 2);
    expect([Object.values(first).sort(), Object.values(second).sort()]).toEqual(
      Array(2).fill([1, 1, 1, 1, 2, 2, 2, 2]),
    );
    expect(favoured(first)).not.toEqual(favoured(second));
  });

  it("gives each of eight equals its eighth, to the mail: Jain's index of a day is 1", async () => {
    const { quota } = make({ perHour: 80 });
    const shares = Object.values(await picks(quota, ids, 80));
    const sum = shares.reduce((all, share) => all + share, 0);
    expect(sum ** 2 / (shares.length * shares.reduce((all, share) => all + share ** 2, 0))).toBe(1);
  });

  it("takes the smallest share of a day's limit, so that inboxes fill up together", async () => {
    const warm = (id: string, start: number): Inbox => ({
      ...berlin(id),
      warmup: { schedule: linear({ start, step: 1, target: 20 }), activeDays: 0 },
    });
    const { quota } = make({ perHour: 100 });
    const shares = await picks(quota, [warm("a", 4), warm("b", 8), warm("c", 16)], 14);
    expect(shares).toEqual({ a: 2, b: 4, c: 8 });
  });

  it("is a compare-and-set: of many at once none sees an inbox less used than it is", async () => {
    const { quota } = make();
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(ids.map(() => taken(quota.pickInbox(ids))));
      expect(answers.map(({ inbox }) => inbox.id).sort()).toEqual(ids.map(({ id }) => id));
    }
  });

  it("tells who lost the race for the hour's last mail to wait for the hour, not for an inbox", async () => {
    const { quota } = make({ perHour: 3 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => quota.pickInbox(ids.slice(0, 2))));
    const denials = answers.filter(({ allowed }) => !allowed);
    const retryAfterMs = hour + minute;
    const violations = [{ name: "send.hour", key: "", retryAfterMs }];
    expect(denials).toEqual(Array(2).fill({ allowed: false, because: "limit", retryAfterMs, violations }));
  });

  it("tells of a full hour beside full inboxes, and the wait after which one fits", async () => {
    const { quota, clock } = make({ perInbox: 1, perHour: 2, perDay: 100, toleranceMs: 0 });
    clock.set(noon + 9.5 * hour);
    const both = ids.slice(0, 2);
    expect(await picks(quota, both, 2)).toEqual({ a: 1, b: 1 });
    expect(await quota.pickInbox(both)).toEqual({
      allowed: false,
      because: "limit",
      // Berlin's midnight is half an hour ahead, the hour's end is further.
      retryAfterMs: hour,
      violations: [
        { name: "send.inbox", key: "a", retryAfterMs: hour / 2 },
        { name: "send.inbox", key: "b", retryAfterMs: hour / 2 },
        { name: "send.hour", key: "", retryAfterMs: hour },
      ],
    });
  });

  it("passes over who is full, held or paused; when nobody is left the wait is the first one's", async () => {
    const { quota, clock } = make({ perInbox: 1, perHour: 100 });
    const tokyo = { id: "t", timeZone: "Asia/Tokyo" };
    await quota.pause({ inbox: "b", forMs: 60_000, reason: "blocklisted", by: "ops" });
    const three = [berlin("a"), berlin("b"), tokyo];
    expect(await picks(quota, three, 2)).toEqual({ a: 1, b: 0, t: 1 });
    const denied = await quota.pickInbox(three);
    expect(denied).toMatchObject({ allowed: false, because: "paused" });
    expect(denied.allowed ? [] : denied.violations).toMatchObject([
      { name: "send.inbox", key: "a", retryAfterMs: 10 * hour },
      { name: "send.inbox", key: "b", paused: { reason: "blocklisted", by: "ops", untilMs: noon + 60_000 } },
      { name: "send.inbox", key: "t", retryAfterMs: 3 * hour },
    ]);
    const wait = denied.allowed ? 0 : (denied.retryAfterMs ?? 0);
    clock.advance(wait - 1);
    expect((await quota.pickInbox(three)).allowed).toBe(false);
    clock.advance(1);
    expect((await taken(quota.pickInbox(three))).inbox.id).toBe("b");
  });

  it("says of an empty list that it will never do, and of one id twice that it is a mistake", async () => {
    const { quota } = make();
    expect(await quota.pickInbox([])).toEqual({ allowed: false, because: "never", violations: [] });
    await expect(quota.pickInbox([berlin("a"), berlin("a")])).rejects.toMatchObject({ code: "SLUICE_INBOX_TWICE" });
  });
});
