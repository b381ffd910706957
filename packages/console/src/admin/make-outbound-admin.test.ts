import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/database.ts";
import { outboundStand, warming } from "../../test/outbound-process.ts";
import type { OutboundParts } from "./outbound-parts.ts";

const hourMs = 3_600_000;
let database: TestDatabase;
beforeEach(() => {
  database = testDatabase();
});
afterEach(() => database.close());

const stand = (also: Partial<OutboundParts> = {}) => outboundStand(database.db, also);

describe("what is held here is held in every process", () => {
  test("all sending, until it is resumed", async () => {
    const { admin, lines, another, clock } = stand();
    const sender = another();
    await admin.pauseSending({ reason: "  bounces of 8 %  " }, "ada");
    expect(await sender.quota.reserveSend(warming)).toMatchObject({ allowed: false, because: "paused" });
    expect((await sender.admin.read()).sending?.paused).toMatchObject({ reason: "bounces of 8 %", by: "ada" });
    await admin.resumeSending("bob");
    clock.advance(hourMs);
    expect(await sender.quota.reserveSend(warming)).toMatchObject({ allowed: true });
    expect(lines).toMatchObject([
      {
        who: "ada",
        action: "sending.pause",
        note: "bounces of 8 %",
        after: { reason: "bounces of 8 %", untilMs: null },
      },
      { who: "bob", action: "sending.resume", subject: "sending" },
    ]);
  });

  test("one inbox, until its time is over", async () => {
    const { admin, lines, another, clock } = stand();
    const sender = another();
    const untilMs = clock.now() + hourMs;
    await admin.pauseInbox("news-2", { reason: "moving", untilMs }, "ada");
    const other = { id: "news-2", timeZone: "UTC" };
    expect(await sender.quota.reserveSend(other)).toMatchObject({ allowed: false, because: "paused" });
    expect(await sender.quota.reserveSend(warming)).toMatchObject({ allowed: true });
    await admin.resumeInbox("news-2", "ada");
    clock.advance(1_000);
    expect(await sender.quota.reserveSend(other)).toMatchObject({ allowed: true });
    expect(lines.map(({ action, subject }) => [action, subject])).toEqual([
      ["inbox.pause", "news-2"],
      ["inbox.resume", "news-2"],
    ]);
    expect(lines[0]?.after).toEqual({ reason: "moving", untilMs });
  });

  test("one API, and one limit of our own", async () => {
    const { admin, lines, another, clock } = stand();
    const caller = another();
    await admin.pauseApi("grok", { reason: "over budget" }, "ada");
    await expect(caller.grok("https://api.example/v1")).rejects.toMatchObject({ code: "SLUICE_PAUSED" });
    await admin.resumeApi("grok", "ada");
    clock.advance(60_000);
    expect((await caller.grok("https://api.example/v1")).status).toBe(200);
    await admin.pauseApi("enrich", { reason: "later" }, "ada");
    expect(await caller.enrich.tryAcquire()).toMatchObject({ allowed: false, because: "paused" });
    expect(lines.map(({ action }) => action)).toEqual(["api.pause", "api.resume", "api.pause"]);
  });

  test("a breaker, until it is closed", async () => {
    const { admin, lines, another, clock } = stand();
    const caller = another();
    await admin.openBreaker("grok", "wrong answers", "ada");
    await expect(caller.grok("https://api.example/v1")).rejects.toMatchObject({ code: "SLUICE_CIRCUIT_OPEN" });
    const [row] = (await caller.admin.read()).apis;
    expect(row?.breaker).toMatchObject({ phase: "isolated", reason: "wrong answers", by: "ada" });
    await admin.closeBreaker("grok", "bob");
    clock.advance(60_000);
    expect((await caller.grok("https://api.example/v1")).status).toBe(200);
    expect(lines).toMatchObject([
      { who: "ada", action: "breaker.isolate", subject: "grok", note: "wrong answers" },
      { who: "bob", action: "breaker.close", subject: "grok" },
    ]);
  });

  test("an inbox that a complaint held is let go; one that none holds is not", async () => {
    const { admin, lines } = stand();
    await admin.releaseInbox("news-1", "ada");
    await expect(admin.releaseInbox("news-2", "ada")).rejects.toMatchObject({ code: "stale", status: 409 });
    expect(lines).toEqual([{ who: "ada", action: "inbox.release", subject: "news-1" }]);
  });
});

test("the log has what was before: who pauses what is paused already takes a reason away from somebody", async () => {
  const { admin, lines, clock } = stand();
  const untilMs = clock.now() + hourMs;
  await admin.pauseSending({ reason: "bounces", untilMs }, "ada");
  await admin.pauseSending({ reason: "a test" }, "bob");
  await admin.resumeSending("bob");
  // What nothing holds is let go without a line.
  await admin.resumeSending("bob");
  await admin.resumeInbox("news-2", "bob");
  await admin.resumeApi("grok", "bob");
  await admin.pauseInbox("news-2", { reason: "moving" }, "ada");
  await admin.resumeInbox("news-2", "bob");
  await admin.pauseApi("grok", { reason: "over budget" }, "ada");
  await admin.resumeApi("grok", "bob");
  await admin.openBreaker("grok", "wrong answers", "ada");
  await admin.closeBreaker("grok", "bob");
  const none = undefined;
  expect(lines.map(({ action, before, after }) => [action, before, after])).toEqual([
    ["sending.pause", none, { reason: "bounces", untilMs }],
    ["sending.pause", { reason: "bounces", untilMs }, { reason: "a test", untilMs: null }],
    ["sending.resume", { reason: "a test", untilMs: null }, none],
    ["inbox.pause", none, { reason: "moving", untilMs: null }],
    ["inbox.resume", { reason: "moving", untilMs: null }, none],
    ["api.pause", none, { reason: "over budget", untilMs: null }],
    ["api.resume", { reason: "over budget", untilMs: null }, none],
    ["breaker.isolate", expect.anything(), { phase: "isolated", reason: "wrong answers", untilMs: null }],
    ["breaker.close", { phase: "isolated", reason: "wrong answers" }, { phase: "closed" }],
  ]);
});

test("what was before cannot be told: it is held all the same", async () => {
  const { admin, quota } = stand();
  const deaf = stand({ quota: { pause: quota.pause, resume: quota.resume, usage: () => new Promise(() => {}) } });
  await deaf.admin.pauseSending({ reason: "bounces" }, "ada");
  expect(deaf.lines).toEqual([
    {
      who: "ada",
      action: "sending.pause",
      subject: "sending",
      note: "bounces",
      after: { reason: "bounces", untilMs: null },
    },
  ]);
  expect((await admin.read()).sending?.paused?.reason).toBe("bounces");
});

describe("what makes no sense changes nothing", () => {
  test.each([
    ["", undefined, "reason"],
    ["   ", undefined, "reason"],
    ["x".repeat(501), undefined, "reason"],
    ["why", 0, "untilMs"],
    ["why", Number.NaN, "untilMs"],
    ["why", 1.5e300, "untilMs"],
  ])("a reason of %j until %s", async (reason, untilMs, field) => {
    const { admin, lines } = stand();
    const hold = { reason, untilMs };
    const refused = { code: "invalid", status: 422, field };
    await expect(admin.pauseSending(hold, "ada")).rejects.toMatchObject(refused);
    await expect(admin.pauseInbox("news-1", hold, "ada")).rejects.toMatchObject(refused);
    await expect(admin.pauseApi("grok", hold, "ada")).rejects.toMatchObject(refused);
    expect((await admin.read()).sending?.paused).toBeUndefined();
    expect(lines).toEqual([]);
  });

  test("names that nothing has", async () => {
    const { admin, lines } = stand();
    const unknown = { code: "unknown", status: 404 };
    const hold = { reason: "why" };
    await expect(admin.pauseApi("grokk", hold, "ada")).rejects.toMatchObject(unknown);
    await expect(admin.resumeApi("toString", "ada")).rejects.toMatchObject(unknown);
    await expect(admin.openBreaker("grokk", "why", "ada")).rejects.toMatchObject(unknown);
    await expect(admin.closeBreaker("", "ada")).rejects.toMatchObject(unknown);
    await expect(admin.pauseInbox("news-9", hold, "ada")).rejects.toMatchObject(unknown);
    await expect(admin.resumeInbox("news-9", "ada")).rejects.toMatchObject(unknown);
    await expect(admin.releaseInbox("news-9", "ada")).rejects.toMatchObject(unknown);
    expect(lines).toEqual([]);
  });

  test("what the app does not have", async () => {
    const { admin, lines } = stand({ quota: undefined, releaseInbox: undefined });
    const unsupported = { code: "unsupported", status: 409 };
    await expect(admin.openBreaker("enrich", "why", "ada")).rejects.toMatchObject(unsupported);
    await expect(admin.pauseSending({ reason: "why" }, "ada")).rejects.toMatchObject(unsupported);
    await expect(admin.releaseInbox("news-1", "ada")).rejects.toMatchObject(unsupported);
    expect(lines).toEqual([]);
  });

  test("a backend that fails or hangs, and no line says that it did", async () => {
    const pausing = (pause: () => Promise<never>) => {
      return stand({ quota: { pause, resume: pause, usage: pause } });
    };
    const fails = pausing(() => Promise.reject(new Error("redis://user:secret@host")));
    const hangs = pausing(() => new Promise<never>(() => {}));
    for (const { admin, lines } of [fails, hangs]) {
      const refused = admin.pauseSending({ reason: "why" }, "ada");
      await expect(refused).rejects.toMatchObject({ code: "unavailable", status: 503 });
      await expect(refused).rejects.not.toThrow(/secret/);
      expect(lines).toEqual([]);
      const { sending, troubles } = await admin.read();
      expect(sending).toBeUndefined();
      expect(troubles?.[0]).toMatch(/^Mail against its limits cannot be told now/);
    }
  });
});
