import { linear } from "@sluice/outbound";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/database.ts";
import { inboxes, outboundStand } from "../../test/outbound-process.ts";
import { insertOutbound, type OutboundMinuteRow } from "../records/outbound-minutes.ts";
import { outboundAdmin } from "./make-outbound-admin.ts";
import type { OutboundParts } from "./outbound-parts.ts";

const hourMs = 3_600_000;
let database: TestDatabase;
beforeEach(() => {
  database = testDatabase();
});
afterEach(() => database.close());

const stand = (also: Partial<OutboundParts> = {}) => outboundStand(database.db, also);

const none = { attempts: 0, retries: 0, throttled: 0, failures: 0, answers: 0, latencyMs: 0, waits: 0, waitMs: 0 };
const write = (...rows: (Partial<OutboundMinuteRow> & Pick<OutboundMinuteRow, "minuteMs" | "kind" | "name">)[]) => {
  return database.db.batch([
    insertOutbound(
      database.db,
      rows.map((row) => ({ calls: 0, ...none, ...row })),
    ),
  ]);
};

describe("what goes out", () => {
  test("is shown: mail against its limits, inboxes with their curves, queues and jobs", async () => {
    const { admin, quota } = stand();
    for (const { inbox } of inboxes) await quota.reserveSend(inbox);
    const { sending, queues, leases, troubles } = await admin.read();
    expect(troubles).toBeUndefined();
    expect(sending).toMatchObject({ hour: { used: 2, limit: 20 }, day: { used: 2, limit: 80 } });
    expect(sending?.inboxes).toMatchObject([
      // The ramp ends at 20, but no inbox may send more than 18.
      { id: "news-1", used: 1, limit: 10, warmupDay: 2, heldReason: "complaint: spam", curve: [5, 10, 15, 18] },
      { id: "news-2", used: 1, limit: 20, address: "news-2@example.org", curve: [] },
    ]);
    expect(queues).toEqual([{ name: "messages", waiting: 3, oldestAtMs: 1 }]);
    expect(leases).toEqual([{ name: "digest", isHeld: true, by: "host 1" }]);
  });

  test("says why mail waits where the app does, and which hours took places", async () => {
    const { admin, clock } = stand({ mailWaits: "SMTP_URL is not set. Set it." });
    const nowMs = clock.now();
    await write(
      { minuteMs: nowMs, kind: "limit", name: "send.hour", calls: 3 },
      { minuteMs: nowMs, kind: "limit", name: "send.day", calls: 3 },
      { minuteMs: nowMs - 5 * hourMs, kind: "limit", name: "send.hour", calls: 4 },
      { minuteMs: nowMs, kind: "api", name: "send.hour", calls: 50 },
    );
    const { sending } = await admin.read();
    expect(sending?.waits).toBe("SMTP_URL is not set. Set it.");
    expect(sending?.takenByHour).toHaveLength(24);
    expect(sending?.takenByHour.at(-1)).toEqual({ atMs: Math.floor(nowMs / hourMs) * hourMs, taken: 3 });
    expect(sending?.takenByHour.map(({ taken }) => taken).filter((taken) => taken > 0)).toEqual([4, 3]);
    expect((await stand().admin.read()).sending).not.toHaveProperty("waits");
  });

  test("a curve ends with the ramp, and after 60 days at the latest", async () => {
    const long = {
      id: "slow",
      timeZone: "UTC",
      warmup: { schedule: linear({ start: 1, step: 1, target: 90 }), activeDays: 0 },
    };
    const { admin } = stand({
      perInbox: undefined,
      inboxes: async () => [{ inbox: long, address: "slow@example.org" }],
    });
    const [slow] = (await admin.read()).sending?.inboxes ?? [];
    expect(slow?.curve).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
  });

  test("APIs have their state and what all processes counted of them in a day, in one statement", async () => {
    const { admin, grok, clock } = stand();
    await grok("https://api.example/v1");
    const nowMs = clock.now();
    await write(
      {
        minuteMs: nowMs,
        kind: "api",
        name: "grok",
        calls: 2,
        throttled: 1,
        answers: 3,
        latencyMs: 300,
        waits: 4,
        waitMs: 10,
      },
      { minuteMs: nowMs - 24 * hourMs + 60_000, kind: "api", name: "grok", calls: 5, retries: 1, failures: 1 },
      { minuteMs: nowMs - 24 * hourMs, kind: "api", name: "grok", calls: 100, throttled: 100 },
      { minuteMs: nowMs - 5 * hourMs, kind: "api", name: "fetch", calls: 7, throttled: 3 },
      { minuteMs: nowMs, kind: "limit", name: "enrich", calls: 9, throttled: 2 },
      { minuteMs: nowMs, kind: "limit", name: "grok", calls: 50 },
    );
    database.statements.length = 0;
    const { apis, throttledByHour } = await admin.read();
    expect(database.statements).toHaveLength(1);
    const [first, second, third] = apis;
    expect(first).toMatchObject({
      name: "grok",
      queue: 0,
      limits: [{ limit: 60, used: 1 }],
      breaker: { phase: "closed" },
    });
    const day = { calls: 7, retries: 1, throttled: 1, failures: 1, meanLatencyMs: 100, meanWaitMs: 2.5 };
    expect(first?.day).toEqual(day);
    expect(second).toMatchObject({ name: "enrich", day: { calls: 9, throttled: 0 } });
    expect(second).not.toHaveProperty("queue");
    // Called by somebody, and nothing here is its client.
    expect(third).toMatchObject({
      name: "fetch",
      limits: [],
      day: { calls: 7, throttled: 3 },
      because: expect.any(String),
    });
    expect(apis).toHaveLength(3);
    expect(throttledByHour).toHaveLength(24);
    const thisHourMs = Math.floor(nowMs / hourMs) * hourMs;
    expect(throttledByHour.at(-1)).toEqual({ atMs: thisHourMs, calls: 2, throttled: 1 });
    expect(throttledByHour.at(-6)).toEqual({ atMs: thisHourMs - 5 * hourMs, calls: 7, throttled: 3 });
    expect(throttledByHour.reduce((sum, { calls }) => sum + calls, 0)).toBe(9);
  });

  test("an app without mail, calls and jobs has an empty page", async () => {
    const audit = { add: async () => 1 };
    const view = await outboundAdmin({ parts: {}, db: database.db, audit, now: Date.now }).read();
    expect(view).toMatchObject({ apis: [], queues: [], leases: [] });
    expect(view).not.toHaveProperty("sending");
  });

  test("an API that hangs, and one whose backend fails, hold up nothing", async () => {
    const hanging = {
      name: "slow",
      state: () => new Promise<never>(() => {}),
      pause: async () => {},
      resume: async () => {},
    };
    const failing = { ...hanging, name: "lost", state: () => Promise.reject(new Error("redis://user:secret@host")) };
    const { admin } = stand({ apis: [hanging, failing], leases: () => new Promise<never>(() => {}) });
    const beganMs = performance.now();
    const { apis, sending, troubles } = await admin.read();
    expect(performance.now() - beganMs).toBeLessThan(1_000);
    expect(apis.map(({ because }) => because)).toEqual(Array(2).fill("no answer came in time, or none at all."));
    expect(sending?.inboxes).toHaveLength(2);
    expect(troubles).toEqual(["Jobs cannot be told now: no answer came in time, or none at all."]);
  });

  test("a mistaken inbox is named, and the others are shown", async () => {
    const wrong = {
      inbox: { id: "bad", timeZone: "Mars/Base" },
      address: "bad@example.org",
      mistake: "no such time zone",
    };
    const { admin } = stand({ inboxes: async () => [wrong, ...inboxes] });
    const { sending, troubles } = await admin.read();
    expect(sending?.inboxes.map(({ id }) => id)).toEqual(["news-1", "news-2"]);
    expect(troubles).toEqual(["The inbox bad sends nothing: no such time zone"]);
  });

  test("a database that is gone is said", async () => {
    const { admin } = stand();
    database.failWith(new Error("disk I/O error"));
    await expect(admin.read()).rejects.toMatchObject({ code: "unavailable", status: 503 });
  });
});
