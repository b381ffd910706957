import { type OutboundParts, outboundAdmin, outboundDeltas } from "@sluice/console";
import { memory } from "@sluice/core/memory";
import { type FeedsJobs, feedsJobs, type OutgoingMail, outboundParts, seedWhenEmpty } from "@sluice/feeds";
import { digestSubscriptions, feeds, inboxes, messages, prospects, subscriptions, users } from "@sluice/feeds/schema";
import { leases } from "@sluice/outbound";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../src/database.ts";
import { migrations } from "./feeds.ts";

const minuteMs = 60_000;
const startMs = Date.UTC(2026, 5, 1, 9);
const digestMs = startMs + 5 * minuteMs;
const key = "s3cr3t-key";
const services = {
  duckDuckGo: { url: "http://search.example" },
  grok: { url: "http://grok.example", key, model: "grok-4" },
  millionVerifier: { url: "http://verifier.example", key },
};

/** A process that sends and looks up, and one that runs no jobs and has an administrator, on one backend and database. */
async function stand() {
  const asked: string[] = [];
  const { db } = openDatabase(":memory:", migrations, (sql) => asked.push(sql));
  await seedWhenEmpty(db);
  await db.delete(messages);
  // Nobody's digest is due: what goes out is what a test queues.
  await db.delete(digestSubscriptions);
  const clock = { nowMs: startMs, now: () => clock.nowMs };
  const backend = memory({ clock });
  // Leases are renewed by sleeping; here nobody holds one for so long.
  const sleep = (_: number, signal?: AbortSignal) => {
    return new Promise<never>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  };
  const time = { now: clock.now, sleep };
  const mails: OutgoingMail[] = [];
  const smtp = {
    async send(mail: OutgoingMail) {
      mails.push(mail);
      return { outcome: "accepted" as const, response: "250 OK" };
    },
  };
  const logger = { info() {}, warn() {}, error() {} };
  let counted = 0;
  const onCounted = (): void => {
    counted++;
    throw new Error("nobody writes it down");
  };
  const deps = { db, backend, time, prospects: services };
  const jobs: FeedsJobs = feedsJobs({ ...deps, transports: { smtp }, logger, by: "host 1", onCounted });
  const lines: unknown[] = [];
  const audit = { add: async (line: unknown) => lines.push(line) };
  const adminOf = (parts: OutboundParts) => outboundAdmin({ parts, db, audit, now: clock.now });
  return {
    ...{ db, clock, backend, time, jobs, mails, lines, asked, counted: () => counted },
    /** Runs no jobs. */
    admin: adminOf(outboundParts(deps)),
    /** Runs them. */
    ownAdmin: adminOf(outboundParts({ ...deps, jobs })),
    async queue(id: string) {
      const user = await db.select().from(users).get();
      const draft = { userId: user?.id ?? "", recipient: `${id}@readers.example`, subject: id, body: "What is new.\n" };
      const row = { id, ...draft, messageId: `<${id}@feeds.example>`, status: "queued" as const };
      await db.insert(messages).values({ ...row, dueAtMs: startMs, createdAtMs: startMs });
    },
    async fire(atMs: number) {
      clock.nowMs = atMs;
      await jobs.runDue(atMs);
    },
  };
}

describe("an administrator, in a process that runs no jobs", () => {
  test("stops all mail of the process that sends, and lets it go on", async () => {
    const { admin, queue, fire, mails, lines } = await stand();
    await queue("one");
    await admin.pauseSending({ reason: "bounces of 8 %" }, "ada");
    await fire(digestMs);
    expect(mails).toEqual([]);
    expect(await admin.read()).toMatchObject({
      sending: { paused: { reason: "bounces of 8 %", by: "ada" } },
      queues: [{ name: "Mails to be sent", waiting: 1, oldestAtMs: startMs }, {}, {}],
    });
    await admin.resumeSending("ada");
    await fire(digestMs + 60 * minuteMs);
    expect(mails.map(({ to }) => to)).toEqual(["one@readers.example"]);
    expect((await admin.read()).sending).toMatchObject({ hour: { used: 1 }, day: { used: 1 } });
    expect(lines).toMatchObject([{ action: "sending.pause" }, { action: "sending.resume" }]);
  });

  test("opens a breaker, and the process that calls is refused", async () => {
    const { admin, jobs } = await stand();
    await admin.openBreaker("grok", "wrong answers", "ada");
    const grok = jobs.limits.apis?.clients.grok;
    await expect(grok?.("/v1/models")).rejects.toMatchObject({ code: "SLUICE_CIRCUIT_OPEN" });
    const [row] = (await admin.read()).apis.filter(({ name }) => name === "grok");
    expect(row?.breaker).toMatchObject({ phase: "isolated", by: "ada" });
    await admin.closeBreaker("grok", "ada");
    expect(await grok?.breaker?.state()).toMatchObject({ phase: "closed" });
  });

  test("pauses all looking up by its limit", async () => {
    const { admin, jobs } = await stand();
    await admin.pauseApi("enrichment", { reason: "over budget" }, "ada");
    expect(await jobs.limits.apis?.clients.enrichment.tryAcquire()).toMatchObject({ because: "paused" });
    await expect(admin.openBreaker("enrichment", "why", "ada")).rejects.toMatchObject({ code: "unsupported" });
  });

  test("sees who runs which job", async () => {
    const { admin, backend, time } = await stand();
    const { promise, resolve } = Promise.withResolvers<void>();
    const run = leases({ backend, time }).withLease("fetch", minuteMs, () => promise, { by: "host 1" });
    // The lease is taken a moment later.
    await expect
      .poll(async () => (await admin.read()).leases.find(({ isHeld }) => isHeld))
      .toMatchObject({
        ...{ name: "fetch", by: "host 1", endsAtMs: startMs + minuteMs },
      });
    resolve();
    await run;
    const { leases: rows } = await admin.read();
    expect(rows.map(({ name }) => name)).toEqual(["aggregate", "enrich", "fetch", "digest", "prospects", "prune"]);
    expect(rows.some(({ isHeld }) => isHeld)).toBe(false);
  });
});

describe("an inbox", () => {
  const held = { heldOnDay: 4, heldAtMs: startMs, heldReason: "complaint: spam", activeDays: 9 };

  test("that a complaint holds is let go on the day on which it was held", async () => {
    const { admin, db, lines } = await stand();
    await db.update(inboxes).set(held).where(eq(inboxes.id, "news-1"));
    const before = (await admin.read()).sending?.inboxes[0];
    expect(before).toMatchObject({ id: "news-1", held: true, heldReason: "complaint: spam", warmupDay: 4 });
    expect(before?.curve.slice(0, 4)).toEqual([5, 6, 7, 8]);
    await admin.releaseInbox("news-1", "ada");
    const row = await db.select().from(inboxes).where(eq(inboxes.id, "news-1")).get();
    expect(row).toMatchObject({ heldOnDay: null, heldAtMs: null, heldReason: null, stepsBack: 6 });
    const after = (await admin.read()).sending?.inboxes[0];
    expect(after).toMatchObject({ held: false, warmupDay: 4 });
    expect(after).not.toHaveProperty("heldReason");
    await expect(admin.releaseInbox("news-1", "ada")).rejects.toMatchObject({ code: "stale" });
    await expect(admin.releaseInbox("news-2", "ada")).rejects.toMatchObject({ code: "stale" });
    expect(lines).toEqual([{ who: "ada", action: "inbox.release", subject: "news-1" }]);
  });

  test("that is mistaken is named, and keeps no other from being shown", async () => {
    const { admin, db } = await stand();
    await db.update(inboxes).set({ timeZone: "Mars/Base" }).where(eq(inboxes.id, "news-2"));
    const { sending, troubles } = await admin.read();
    expect(sending?.inboxes.map(({ id }) => id)).toEqual(["news-1", "news-3", "news-4"]);
    expect(troubles).toEqual([expect.stringMatching(/^The inbox news-2 sends nothing: .*Mars\/Base/)]);
  });
});

test("what waits is counted by indexes, in one trip", async () => {
  const { admin, db, queue, asked, clock } = await stand();
  await queue("one");
  await queue("two");
  await db.delete(prospects);
  await db.delete(subscriptions);
  const user = await db.select().from(users).get();
  const own = { userId: user?.id ?? "", createdAtMs: startMs, updatedAtMs: startMs };
  const states = ["pending", "pending", "valid"] as const;
  for (const [n, emailState] of states.entries()) {
    await db.insert(prospects).values({ id: `${n}`, name: `${n}`, emailState, nextTryAtMs: startMs + n, ...own });
  }
  const feedId = (await db.select().from(feeds).get())?.id ?? "";
  // One is due, one is not.
  for (const [n, nextFetchAtMs] of [startMs + 1, startMs + 2 * minuteMs].entries()) {
    const { userId, createdAtMs } = own;
    const url = `http://${n}.example/feed`;
    await db.insert(subscriptions).values({ id: `${n}`, userId, feedId, url, nextFetchAtMs, createdAtMs });
  }
  clock.nowMs = startMs + minuteMs;
  asked.length = 0;
  const { queues } = await admin.read();
  expect(queues).toEqual([
    { name: "Mails to be sent", waiting: 2, oldestAtMs: startMs },
    { name: "Prospects to be looked up", waiting: 2, oldestAtMs: startMs },
    { name: "Feeds to be fetched", waiting: 1, oldestAtMs: startMs + 1 },
  ]);
  const counting = asked.filter((sql) => sql.includes("count(*)"));
  expect(counting).toHaveLength(3);
  for (const sql of counting) {
    const plan = await db.all<{ detail: string } | string[]>(`explain query plan ${sql.replaceAll("?", "1")}`);
    expect(JSON.stringify(plan)).toMatch(/USING COVERING INDEX (messages_status_due|prospects_due|subscriptions_due)/);
  }
});

test("a process that runs jobs tells what it counted, for everybody", async () => {
  const { jobs, ownAdmin, queue, fire, clock, counted } = await stand();
  await queue("one");
  const deltas = outboundDeltas(() => jobs.snapshot(), clock.now);
  await fire(digestMs);
  expect(counted()).toBeGreaterThan(0);
  expect(jobs.last().digest).toMatchObject({ outcome: "ok" });
  const rows = deltas.take();
  expect(rows.find(({ name }) => name === "lease:digest")).toMatchObject({ kind: "limit", calls: 1 });
  expect(rows.every(({ minuteMs: at }) => at === digestMs)).toBe(true);
  expect(deltas.take()).toEqual([]);
  expect((await ownAdmin.read()).apis.find(({ name }) => name === "grok")).toMatchObject({ queue: 0 });
});
