import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { memory } from "@sluice/core/memory";
import { sqlite } from "@sluice/core/sqlite";
import { onClock } from "@sluice/core/testing";
import { type DigestMailer, digestMailer, type MailTransport, seedWhenEmpty } from "@sluice/feeds";
import { inboxes, messages, users } from "@sluice/feeds/schema";
import { type SendQuota, sendQuota } from "@sluice/outbound";
import { asc, eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../src/database.ts";
import { smtpTransport } from "../src/smtp-transport.ts";
import { type LogLine, migrations } from "./feeds.ts";
import { type MailServer, startMailServer } from "./mail-server.ts";

const startMs = Date.UTC(2026, 5, 1, 9);
const never = new AbortController().signal;

/** A mailer on a clock of its own, an empty queue, and inboxes without a warm-up. */
async function stand(transports: Readonly<Record<string, MailTransport>>, patienceMs = 0) {
  const { db } = openDatabase(":memory:", migrations);
  await seedWhenEmpty(db);
  await db.update(inboxes).set({ warmup: null, timeZone: "UTC" });
  const clock = { nowMs: startMs, now: () => clock.nowMs };
  const time = {
    now: clock.now,
    async sleep(ms: number) {
      clock.nowMs += Math.ceil(ms);
    },
  };
  const quota = sendQuota({ backend: memory({ clock }), time });
  const log: LogLine[] = [];
  const line = (level: LogLine["level"]) => (fields: object, message: string) => {
    log.push({ level, message, fields: fields as Record<string, unknown> });
  };
  const logger = { info: line("info"), warn: line("warn"), error: line("error") };
  const mailer = digestMailer({ database: db, quota, transports, log: logger, time, patienceMs, graceMs: 500 });
  const [user] = await db.select().from(users);
  let made = 0;
  return {
    db,
    clock,
    quota,
    log,
    mailer,
    async queue(count: number) {
      for (let n = 0; n < count; n++) {
        const id = `m-${String(++made).padStart(3, "0")}`;
        const to = `reader-${made}@readers.example`;
        const draft = { id, userId: user?.id ?? "", recipient: to, subject: `Digest ${made}`, body: "What is new.\n" };
        const messageId = `<${id}@feeds.example>`;
        await db
          .insert(messages)
          .values({ ...draft, messageId, status: "queued", dueAtMs: clock.nowMs, createdAtMs: clock.nowMs });
      }
    },
    run: (fence = 1, signal = never, of: DigestMailer = mailer) => of.run({ fence, signal }),
    rows: () => db.select().from(messages).orderBy(asc(messages.id)),
    used: async (of: SendQuota = quota) => (await of.usage()).hour.used,
  };
}

describe("mail by SMTP", () => {
  let server: MailServer;
  beforeEach(async () => {
    server = await startMailServer();
  });
  afterEach(() => server.close());
  const open = (patience = {}) => stand({ smtp: smtpTransport(server.server, patience) });

  test("leaves through the least used inbox, once each, and is found sent", async () => {
    const { queue, run, rows, used } = await open();
    await queue(6);
    expect(await run()).toMatchObject({ accepted: 6, unknown: 0, refused: 0 });
    expect(server.received.map(({ to }) => to)).toEqual([1, 2, 3, 4, 5, 6].map((n) => `reader-${n}@readers.example`));
    // Four inboxes: every one has sent once before one sends twice.
    expect(new Set(server.received.slice(0, 4).map(({ from }) => from)).size).toBe(4);
    const [first] = server.received;
    expect(first?.text).toMatch(/^Message-ID: <m-001@feeds\.example>/m);
    expect(first?.text).toMatch(/^Subject: Digest 1\r?$/m);
    expect(first?.text).toMatch(/^Date: Mon, 01 Jun 2026 09:00:00 \+0000/m);
    for (const row of await rows()) {
      expect(row).toMatchObject({
        status: "sent",
        ambiguous: false,
        attempts: 1,
        sentAtMs: startMs,
        sentDate: "2026-06-01",
      });
    }
    expect(await used()).toBe(6);
    expect(await run(2)).toMatchObject({ accepted: 0 });
    expect(server.received).toHaveLength(6);
  });

  test("that is put off goes back to its window and out later, under the same Message-ID", async () => {
    const { queue, run, rows, used, clock } = await open();
    await queue(1);
    server.recipients.push(451);
    expect(await run()).toMatchObject({ deferred: 1, accepted: 0 });
    expect(await rows()).toMatchObject([{ status: "queued", attempts: 1, dueAtMs: startMs + 900_000 }]);
    expect(await used()).toBe(0);
    expect(await run(2)).toMatchObject({ deferred: 0, accepted: 0 });
    clock.nowMs += 900_000;
    expect(await run(3)).toMatchObject({ accepted: 1 });
    expect(await rows()).toMatchObject([{ status: "sent", attempts: 2 }]);
    expect(server.received[0]?.text).toContain("<m-001@feeds.example>");
  });

  test("that is put off six times is given up, and a server that puts off five is left alone for a run", async () => {
    const { queue, run, rows, clock } = await open();
    await queue(7);
    server.recipients.push(...Array(5).fill(451));
    expect(await run()).toMatchObject({ deferred: 5, accepted: 0 });
    expect(await run(2)).toMatchObject({ accepted: 2 });
    server.recipients.push(...Array(5 * 5).fill(451));
    for (let fence = 3; fence < 8; fence++) {
      clock.nowMs += 12 * 3_600_000;
      await run(fence);
    }
    const failed = (await rows()).filter(({ status }) => status === "failed");
    expect(failed.map(({ attempts }) => attempts)).toEqual([6, 6, 6, 6, 6]);
  });

  test("that is refused for good has failed, and counts as used all the same", async () => {
    const { queue, run, rows, used } = await open();
    await queue(2);
    server.recipients.push(550);
    expect(await run()).toMatchObject({ refused: 1, accepted: 1 });
    expect(await rows()).toMatchObject([{ status: "failed", ambiguous: false }, { status: "sent" }]);
    expect(await used()).toBe(2);
  });

  test.each<[what: string, answer: "hang up" | "hang"]>([
    ["breaks off", "hang up"],
    ["never comes", "hang"],
  ])("whose answer %s after its last byte counts as sent, is marked, and is not sent again", async (_, answer) => {
    const { queue, run, rows, used, log } = await open({ socketTimeout: 300 });
    await queue(1);
    server.answers.push(answer);
    expect(await run()).toMatchObject({ unknown: 1, accepted: 0 });
    expect(await rows()).toMatchObject([{ status: "sent", ambiguous: true, attempts: 1 }]);
    expect(await used()).toBe(1);
    expect(await run(2)).toMatchObject({ accepted: 0 });
    expect(log.map(({ message }) => message)).toContain("a mail was not sent, or perhaps not");
  });

  test.each([550, 451])("of an inbox that the server refuses with %d leaves through the others", async (status) => {
    const { queue, run, rows, used } = await open();
    await queue(4);
    server.senders.set("news-1@feeds.example", status);
    expect(await run()).toMatchObject({ accepted: 4, "sender-refused": 1, refused: 0 });
    expect((await rows()).map(({ status, attempts }) => [status, attempts])).toEqual(Array(4).fill(["sent", 1]));
    expect(await used()).toBe(4);
  });

  test("of a server that turns everything down is tried five times in a run", async () => {
    const { queue, run, rows } = await open();
    await queue(9);
    server.recipients.push(...Array(9).fill(550));
    expect(await run()).toMatchObject({ refused: 5, accepted: 0 });
    expect((await rows()).filter(({ status }) => status === "queued")).toHaveLength(4);
  });

  test("leaves through the others where an inbox is mistaken, which the log tells", async () => {
    const { db, queue, run, log } = await open();
    await queue(3);
    await db.update(inboxes).set({ timeZone: "Mars/Olympus" }).where(eq(inboxes.id, "news-1"));
    const none = { kind: "linear", start: -1, step: 0, target: 0 } as const;
    await db.update(inboxes).set({ warmup: none }).where(eq(inboxes.id, "news-2"));
    expect(await run()).toMatchObject({ accepted: 3 });
    expect(new Set(server.received.map(({ from }) => from))).toEqual(
      new Set(["news-3@feeds.example", "news-4@feeds.example"]),
    );
    const told = log.filter(({ level }) => level === "error");
    expect(told.map(({ fields }) => [fields["inbox"], (fields["err"] as { code: string }).code])).toEqual([
      ["news-1", "SLUICE_POLICY_TIME_ZONE"],
      ["news-2", expect.stringMatching(/^SLUICE_WARMUP_/)],
    ]);
  });

  test("refused in reply to the whole mail is not sent", async () => {
    const { queue, run, rows, used } = await open();
    await queue(2);
    server.answers.push(451, 554);
    expect(await run()).toMatchObject({ deferred: 1, refused: 1 });
    expect(await rows()).toMatchObject([{ status: "queued" }, { status: "failed", ambiguous: false }]);
    expect(await used()).toBe(1);
  });

  test("waits, and costs nothing, while nobody listens", async () => {
    const gone = await startMailServer();
    await gone.close();
    const { queue, run, rows, used } = await stand({ smtp: smtpTransport(gone.server) });
    await queue(3);
    expect(await run()).toMatchObject({ unreachable: 1 });
    expect((await rows()).map(({ status, attempts }) => [status, attempts])).toEqual(Array(3).fill(["queued", 0]));
    expect(await used()).toBe(0);
  });

  test("that was being sent when its process died counts as sent, and is not sent again", async () => {
    const { db, queue, run, rows, log } = await open();
    await queue(2);
    await db
      .update(messages)
      .set({ status: "sending", fence: 1, sendingAtMs: startMs })
      .where(eq(messages.id, "m-001"));
    expect(await run(2)).toMatchObject({ leftover: 1, accepted: 1 });
    expect(await rows()).toMatchObject([{ status: "sent", ambiguous: true, sentAtMs: startMs }, { ambiguous: false }]);
    expect(server.received.map(({ to }) => to)).toEqual(["reader-2@readers.example"]);
    expect(log[0]).toMatchObject({ level: "warn", fields: { messages: 1 } });
  });

  test("of a run that was overtaken changes nothing any more", async () => {
    const slow = Promise.withResolvers<void>();
    const transport: MailTransport = {
      async send() {
        await slow.promise;
        return { outcome: "deferred", response: "451 not now" };
      },
    };
    const { queue, run, rows, used } = await stand({ smtp: transport });
    await queue(1);
    const stalled = run(1);
    await expect.poll(async () => (await rows())[0]?.status).toBe("sending");
    expect(await run(2)).toMatchObject({ leftover: 1 });
    slow.resolve();
    expect(await stalled).toMatchObject({ deferred: 1 });
    expect(await rows()).toMatchObject([{ status: "sent", ambiguous: true }]);
    expect(await used(), "the run that was overtaken gives back what it knows did not go out").toBe(0);
  });

  test("told to stop before the server has asked for the mail, keeps its place", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const { queue, run, rows, used } = await stand({ smtp: smtpTransport({ ...server.server, port }) });
    await queue(1);
    const stopping = new AbortController();
    const connected = once(silent, "connection");
    const running = run(1, stopping.signal);
    const [socket] = (await connected) as [Socket];
    stopping.abort();
    expect(await running).toMatchObject({ unreachable: 1, unknown: 0 });
    expect(await rows()).toMatchObject([{ status: "queued", attempts: 0, ambiguous: false }]);
    expect(await used()).toBe(0);
    // The process waits for no server that does not close its side.
    const leftMs = performance.now();
    await once(socket.resume(), "close");
    expect(performance.now() - leftMs).toBeLessThan(2_000);
    silent.close();
  });

  test("told to stop takes no further message, and gives the one under way a little while", async () => {
    const { queue, run, rows } = await open();
    await queue(3);
    server.answers.push("hang");
    const stopping = new AbortController();
    const arrived = server.arrived();
    const running = run(1, stopping.signal);
    await arrived;
    const started = performance.now();
    stopping.abort();
    expect(await running).toMatchObject({ unknown: 1, accepted: 0 });
    expect(performance.now() - started).toBeLessThan(3_000);
    expect((await rows()).map(({ status, ambiguous }) => [status, ambiguous])).toEqual([
      ["sent", true],
      ["queued", false],
      ["queued", false],
    ]);
  });
});

describe("the quota", () => {
  const accepted: MailTransport = { send: async () => ({ outcome: "accepted", response: "250 OK" }) };

  test("holds: 20 in an hour, 80 in a day, and what does not fit waits for its turn", async () => {
    const { queue, run, rows, clock, log } = await stand({ smtp: accepted });
    await queue(100);
    const sent: number[] = [];
    for (let hour = 0; hour < 20; hour++) {
      sent.push((await run(hour + 1)).accepted);
      // The hour is counted a minute longer, so that late mails fit into it.
      clock.nowMs += 3_660_000;
    }
    expect(sent.slice(0, 5)).toEqual([20, 20, 20, 20, 0]);
    expect(sent.reduce((sum, count) => sum + count)).toBe(100);
    const perDay = Map.groupBy(await rows(), ({ sentDate }) => sentDate);
    expect([...perDay].map(([date, all]) => [date, all.length])).toEqual([
      ["2026-06-01", 80],
      ["2026-06-02", 20],
    ]);
    expect(log.filter(({ message }) => message === "messages wait for their limits").length).toBeGreaterThan(4);
  });

  test("that gives way soon is waited for", async () => {
    const { queue, run, clock } = await stand({ smtp: accepted }, 120_000);
    await queue(25);
    expect((await run()).accepted).toBe(20);
    clock.nowMs = startMs + 3_600_000;
    expect((await run(2)).accepted).toBe(5);
    expect(clock.nowMs).toBeLessThan(startMs + 3_600_000 + 120_000);
  });

  test("follows each inbox's warm-up, which advances by the days on which it sends", async () => {
    const { db, queue, run, clock } = await stand({ smtp: accepted });
    const warmup = { kind: "linear", start: 2, step: 1, target: 20 } as const;
    await db.update(inboxes).set({ warmup });
    await db.delete(inboxes).where(eq(inboxes.id, "news-4"));
    await queue(60);
    const sent: number[] = [];
    for (let day = 0; day < 3; day++) {
      sent.push((await run(day + 1)).accepted);
      clock.nowMs += 86_400_000;
    }
    expect(sent).toEqual([6, 9, 12]);
    const [inbox] = await db.select().from(inboxes);
    expect(inbox).toMatchObject({ activeDays: 3, lastActiveDate: "2026-06-03" });
    // Held on its day, it goes on with that day's number.
    await db.update(inboxes).set({ heldOnDay: 2 }).where(eq(inboxes.id, "news-1"));
    expect((await run(9)).accepted).toBe(3 + 5 + 5);
  });

  test("that cannot be asked sends nothing", async () => {
    const { db, queue, rows } = await stand({ smtp: accepted });
    await queue(1);
    const quota = { pickInbox: () => Promise.reject(new Error("the backend is down")) };
    const time = { now: () => startMs, sleep: async () => {} };
    const silent = { info() {}, warn() {}, error() {} };
    const mailer = digestMailer({ database: db, quota, transports: { smtp: accepted }, log: silent, time });
    await expect(mailer.run({ fence: 1, signal: never })).rejects.toThrow("the backend is down");
    expect(await rows()).toMatchObject([{ status: "queued" }]);
  });

  test("survives a restart", async () => {
    const clock = { nowMs: startMs, now: () => clock.nowMs };
    const file = new DatabaseSync(":memory:");
    const { db, queue, rows } = await stand({});
    await queue(30);
    const time = { now: clock.now, sleep: async () => {} };
    const silent = { info() {}, warn() {}, error() {} };
    const sent: number[] = [];
    for (let start = 1; start <= 3; start++) {
      // Everything anew, on the same file.
      const quota = sendQuota({ backend: sqlite(file, onClock(clock, {})), time });
      const mailer = digestMailer({
        database: db,
        quota,
        transports: { smtp: accepted },
        log: silent,
        time,
        patienceMs: 0,
      });
      sent.push((await mailer.run({ fence: start, signal: never })).accepted);
    }
    expect(sent).toEqual([20, 0, 0]);
    expect((await rows()).filter(({ status }) => status === "queued")).toHaveLength(10);
  });
});

test("without a way out messages wait, and the log says so once", async () => {
  const { queue, run, rows, log } = await stand({});
  await queue(2);
  for (let fence = 1; fence < 4; fence++) await run(fence);
  expect((await rows()).map(({ status }) => status)).toEqual(["queued", "queued"]);
  expect(log.map(({ level, message }) => `${level} ${message}`)).toEqual([
    "warn there is no way out for mail: messages wait",
  ]);
});
