import { memory } from "@sluice/core/memory";
import { faulty } from "@sluice/core/testing";
import { type FeedsJobsDeps, feedsJobs, type MailTransport, type OutgoingMail, seedWhenEmpty } from "@sluice/feeds";
import * as schema from "@sluice/feeds/schema";
import { leases } from "@sluice/outbound";
import { eq, isNull, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../src/database.ts";
import { type LogLine, migrations } from "./feeds.ts";

const { bounceEvents, digestSubscriptions, entries, feedAccess, feeds, messages, users } = schema;
const minuteMs = 60_000;
const dayMs = 86_400_000;
const midnightMs = Date.UTC(2026, 5, 1);

/** The jobs on a clock that stands still unless it is told, with a way out that keeps what it is given. */
async function stand(options: Partial<FeedsJobsDeps> = {}) {
  const { db } = openDatabase(":memory:", migrations);
  await seedWhenEmpty(db);
  const clock = { nowMs: midnightMs, now: () => clock.nowMs };
  const backend = memory({ clock });
  // Leases are renewed by sleeping; here nobody holds one for so long.
  const time = { now: clock.now, sleep: (_: number, signal?: AbortSignal) => aborted(signal) };
  const mails: OutgoingMail[] = [];
  const smtp: MailTransport = {
    async send(mail) {
      mails.push(mail);
      return { outcome: "accepted", response: "250 OK" };
    },
  };
  const log: LogLine[] = [];
  const line = (level: LogLine["level"]) => (fields: object, message: string) => {
    log.push({ level, message, fields: fields as Record<string, unknown> });
  };
  const logger = { info: line("info"), warn: line("warn"), error: line("error") };
  const deps = { db, backend, transports: { smtp }, logger, time, publicUrl: "https://feeds.example", ...options };
  const make = () => feedsJobs(deps);
  const jobs = make();
  return {
    db,
    clock,
    backend: deps.backend,
    time,
    mails,
    log,
    make,
    jobs,
    /** Fires the trigger at an instant, and tells which jobs ran and how they failed. */
    async fire(atMs: number, of = jobs) {
      clock.nowMs = atMs;
      const runs = await of.runDue(atMs);
      return Object.fromEntries(
        runs.map((run) => [run.name, "error" in run ? String(run.error) : run.outcome.ran || run.outcome.because]),
      );
    },
  };
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

describe("the jobs", () => {
  test("run when they are due, by one trigger every five minutes, and once for each instant", async () => {
    const { fire, make } = await stand();
    expect(await fire(midnightMs)).toEqual({ aggregate: true, enrich: true, prune: true });
    const done = "done";
    expect(await fire(midnightMs + 5 * minuteMs)).toEqual({ aggregate: done, enrich: true, digest: true, prune: done });
    expect(await fire(midnightMs + 15 * minuteMs)).toEqual({ aggregate: true, enrich: true, digest: done });
    expect(await fire(midnightMs + 60 * minuteMs)).toEqual({ aggregate: true, enrich: true, prune: true });
    expect(await fire(midnightMs + 65 * minuteMs)).toEqual({
      aggregate: done,
      enrich: true,
      digest: true,
      prune: done,
    });
    // The platform's trigger may come twice, or to another process.
    const again = { aggregate: done, enrich: done, digest: done, prune: done };
    expect(await fire(midnightMs + 65 * minuteMs)).toEqual(again);
    expect(await fire(midnightMs + 65 * minuteMs + 900, make())).toEqual(again);
    // Or not at all: the next two make up for it.
    expect(await fire(midnightMs + 135 * minuteMs)).toEqual({ aggregate: true, enrich: true, digest: true });
  });

  test("never run twice at once", async () => {
    const { fire, backend, time, jobs } = await stand();
    const released = Promise.withResolvers<void>();
    const held = leases({ backend, time }).withLease("aggregate", minuteMs, () => released.promise);
    expect(await fire(midnightMs)).toMatchObject({ aggregate: "held", enrich: true });
    released.resolve();
    await held;
    expect(jobs.last()).not.toHaveProperty("aggregate");
    expect(jobs.last()).toMatchObject({ enrich: { at: "2026-06-01T00:00:00.000Z", outcome: "ok" } });
  });

  test("fail alone, are told of, and run again at their next instant", async () => {
    const backend = faulty(memory());
    const { fire, log, jobs, db } = await stand({ backend });
    backend.faults.down();
    const failed = await fire(midnightMs);
    expect(Object.keys(failed)).toHaveLength(3);
    expect(Object.values(failed).filter((what) => what === true)).toEqual([]);
    expect(log.filter(({ level }) => level === "error").length).toBeGreaterThanOrEqual(3);
    expect(await db.select().from(messages)).toEqual([]);
    backend.faults.heal();
    expect(await fire(midnightMs + 60 * minuteMs)).toEqual({ aggregate: true, enrich: true, prune: true });
    expect(jobs.last()["aggregate"]).toMatchObject({ outcome: "ok" });
  });
});

describe("aggregate and digest", () => {
  test("tell every subscriber once what is new in the feeds they read, by mail", async () => {
    const { fire, mails, db } = await stand();
    await db.delete(digestSubscriptions).where(sql`${digestSubscriptions.address} <> 'free@readers.example'`);
    await fire(midnightMs + 45 * minuteMs);
    expect(mails).toEqual([]);
    const [queued] = await db.select().from(messages);
    expect(queued).toMatchObject({ status: "queued", recipient: "free@readers.example" });
    expect(queued?.subject).toMatch(/^\d+ new entries in 3 feeds$/);
    await fire(midnightMs + 65 * minuteMs);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({ to: "free@readers.example", messageId: queued?.messageId });
    expect(mails[0]?.text).toContain("Northline Rail\n==============\nhttps://feeds.example/public/enterprise/news\n");
    expect(mails[0]?.text).toContain("* Summer timetable is out");
    expect(mails[0]?.text).toMatch(/\n\d+ more are in the feeds themselves\.\n$/);
    // Nothing new, nothing sent.
    await fire(midnightMs + 2 * dayMs);
    await fire(midnightMs + 2 * dayMs + 65 * minuteMs);
    expect(mails).toHaveLength(1);
    const [feed] = await db.select().from(feeds).where(eq(feeds.title, "Small Orchard"));
    const entry = { feedId: feed?.id ?? "", title: "Two\nlines", summary: "", content: "<p>a &amp; b</p>", url: null };
    await db.insert(entries).values({ ...entry, id: "fresh", publishedAtMs: midnightMs + 2 * dayMs + 61 * minuteMs });
    await fire(midnightMs + 2 * dayMs + 70 * minuteMs);
    await fire(midnightMs + 4 * dayMs);
    await fire(midnightMs + 4 * dayMs + 65 * minuteMs);
    expect(mails).toHaveLength(2);
    expect(mails[1]).toMatchObject({ subject: "1 new entry in Small Orchard" });
    expect(mails[1]?.text).toContain("* Two lines (1 min)\n  a & b\n");
    expect(mails[1]?.messageId).not.toBe(mails[0]?.messageId);
  });

  test("queue nobody a second message while the first waits, and the next tells of both times", async () => {
    const { fire, db } = await stand({ transports: {} });
    for (let day = 0; day < 5; day++) await fire(midnightMs + day * dayMs);
    const rows = await db.select().from(messages);
    expect(rows.map(({ recipient }) => recipient).sort()).toEqual(
      ["admin", "enterprise", "free", "pro"].map((name) => `${name}@readers.example`),
    );
  });

  test("hold nobody's message back for another's", async () => {
    const { fire, db } = await stand({ transports: {} });
    const admin = eq(digestSubscriptions.address, "admin@readers.example");
    await db.update(digestSubscriptions).set({ lastDigestAtMs: midnightMs }).where(admin);
    await fire(midnightMs);
    expect(await db.select().from(messages)).toHaveLength(3);
    const [feed] = await db.select().from(feeds).where(eq(feeds.title, "Small Orchard"));
    const entry = { feedId: feed?.id ?? "", title: "New", summary: "", content: "", url: null };
    await db.insert(entries).values({ ...entry, id: "fresh", publishedAtMs: midnightMs + 1 });
    await fire(midnightMs + dayMs);
    const recipients = (await db.select().from(messages)).map(({ recipient }) => recipient);
    expect(recipients).toHaveLength(4);
    expect(recipients).toContain("admin@readers.example");
  });

  test("queue a message once, also where two gather at once", async () => {
    const { db, clock } = await stand();
    const { aggregate } = await import("../../feeds/src/jobs/aggregate.ts");
    const deps = { db, publicUrl: undefined, now: clock.now };
    const { signal } = new AbortController();
    await Promise.all([aggregate(deps, signal), aggregate(deps, signal), aggregate(deps, signal)]);
    expect(await db.select().from(messages)).toHaveLength(4);
  });
});

describe("enrich", () => {
  test("fills what entries lack, a hundred an hour, whoever runs it", async () => {
    const { db, fire, make } = await stand();
    const [feed] = await db.select().from(feeds);
    for (let n = 0; n < 60; n++) {
      const entry = { feedId: feed?.id ?? "", title: "", summary: "", content: "<p>one two</p>", url: null };
      await db.insert(entries).values({ ...entry, id: `many-${n}`, publishedAtMs: n });
    }
    const total = (await db.select().from(entries)).length;
    expect(total).toBeGreaterThan(130);
    const lacking = async () => (await db.select().from(entries).where(isNull(entries.words))).length;
    await fire(midnightMs + 5 * minuteMs);
    expect(await lacking()).toBe(total - 100);
    await fire(midnightMs + 10 * minuteMs, make());
    expect(await lacking()).toBe(total - 100);
    await fire(midnightMs + 70 * minuteMs);
    expect(await lacking()).toBe(0);
    const [one] = await db.select().from(entries).where(eq(entries.id, "many-1"));
    expect(one).toMatchObject({ excerpt: "one two", words: 2, readingMs: 500 });
    // Nothing lacks, so nothing is charged.
    await fire(midnightMs + 75 * minuteMs);
  });
});

describe("prune", () => {
  test("forgets what is older than thirty days, and gives up what waited for a week", async () => {
    const { db, fire, log } = await stand({ transports: {} });
    await db.delete(digestSubscriptions);
    const [feed] = await db.select().from(feeds);
    const [user] = await db.select().from(users);
    const nowMs = midnightMs + 40 * dayMs;
    const access = (atMs: number) => ({
      ...{ feedId: feed?.id ?? "", ownerId: "", atMs, address: "192.0.2.1", userAgent: "", status: 200 },
      decision: "allowed",
    });
    for (let n = 0; n < 450; n++) await db.insert(feedAccess).values(access(nowMs - 31 * dayMs + n));
    await db.insert(feedAccess).values([access(nowMs - 29 * dayMs), access(nowMs)]);
    const message = (id: string, status: "queued" | "sent" | "bounced", createdAtMs: number) => ({
      ...{ id, status, createdAtMs, dueAtMs: createdAtMs, userId: user?.id ?? "", messageId: id },
      ...{ recipient: "a@b.example", subject: "", body: "" },
    });
    await db
      .insert(messages)
      .values([
        message("old", "sent", nowMs - 31 * dayMs),
        message("bounced", "bounced", nowMs - 31 * dayMs),
        message("new", "sent", nowMs - 29 * dayMs),
        message("stale", "queued", nowMs - 8 * dayMs),
        message("waiting", "queued", nowMs - 6 * dayMs),
      ]);
    const bounce = (id: string, receivedAtMs: number) => ({
      ...{ id, receivedAtMs, type: "bounce" as const, inboxId: "news-1" },
      ...{ recipient: "", atMs: 0, receipt: id },
    });
    await db.insert(bounceEvents).values([bounce("old", nowMs - 31 * dayMs), bounce("new", nowMs)]);
    expect(await fire(nowMs)).toMatchObject({ prune: true });
    expect(await db.select().from(feedAccess)).toHaveLength(2);
    const left = await db.select({ id: messages.id, status: messages.status }).from(messages);
    expect(Object.fromEntries(left.map(({ id, status }) => [id, status]))).toEqual({
      new: "sent",
      stale: "failed",
      waiting: "queued",
    });
    expect((await db.select().from(bounceEvents)).map(({ id }) => id)).toEqual(["new"]);
    expect(log.find(({ fields }) => fields["job"] === "prune")?.fields).toEqual({
      // A read of more than a day ago is under another name by then.
      ...{ job: "prune", records: 450, pseudonyms: 1, messages: 2, bounces: 1, entries: 0, stale: 1 },
    });
  });
});
