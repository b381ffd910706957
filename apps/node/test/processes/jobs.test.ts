import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sqlite } from "@sluice/core/sqlite";
import { digestMailer, seedWhenEmpty } from "@sluice/feeds";
import { digestSubscriptions, messages, users } from "@sluice/feeds/schema";
import { leases, sendQuota, systemTime } from "@sluice/outbound";
import { asc } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../../src/database.ts";
import { smtpTransport } from "../../src/smtp-transport.ts";
import { endProcesses, installed, startProcess, stopped } from "../app-process.ts";
import { migrations } from "../feeds.ts";
import { type MailServer, startMailServer } from "../mail-server.ts";

let folder: string;
let server: MailServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-jobs-"));
  server = await startMailServer();
});
afterEach(async () => {
  endProcesses();
  await server.close();
  rmSync(folder, { recursive: true });
});

const settings = () => ({ DATABASE_PATH: join(folder, "feeds.sqlite"), JOBS: "on", SMTP_URL: server.url });

/** Leaves so many messages waiting in the database that the app will open. */
async function queue(count: number): Promise<void> {
  const { db, close } = openDatabase(join(folder, "feeds.sqlite"), migrations);
  await seedWhenEmpty(db);
  // Nobody else is to be told anything.
  await db.delete(digestSubscriptions);
  const [user] = await db.select().from(users);
  for (let n = 1; n <= count; n++) {
    const id = `m-${String(n).padStart(2, "0")}`;
    const draft = { id, userId: user?.id ?? "", recipient: `${id}@readers.example`, subject: "News", body: "New.\n" };
    await db
      .insert(messages)
      .values({ ...draft, messageId: `<${id}@x>`, status: "queued", dueAtMs: n, createdAtMs: Date.now() });
  }
  close();
}

/** What the files say once their process is gone, and a mailer that goes on with them. */
async function opened<T>(
  look: (found: {
    rows(): Promise<readonly (typeof messages.$inferSelect)[]>;
    used(): Promise<number>;
    isHeld(name: string): Promise<boolean>;
    sendAgain(): Promise<object>;
  }) => Promise<T>,
): Promise<T> {
  const { db, close } = openDatabase(join(folder, "feeds.sqlite"), migrations);
  const file = new DatabaseSync(join(folder, "outbound.sqlite"));
  const backend = sqlite(file);
  const quota = sendQuota({ backend });
  const log = { info() {}, warn() {}, error() {} };
  const transports = { smtp: smtpTransport(server.server) };
  const mailer = digestMailer({ database: db, quota, transports, log, time: systemTime, patienceMs: 0 });
  try {
    return await look({
      rows: () => db.select().from(messages).orderBy(asc(messages.id)),
      used: async () => (await quota.usage()).hour.used,
      isHeld: async (name) => (await leases({ backend }).state(name)).held,
      sendAgain: () => mailer.run({ fence: Number.MAX_SAFE_INTEGER, signal: new AbortController().signal }),
    });
  } finally {
    file.close();
    close();
  }
}

describe.each(installed.map(({ name }) => name))("on %s", (name) => {
  test("what waits is sent once the app listens, within the quota, and every lease is let go at the end", async () => {
    await queue(22);
    const app = startProcess(settings(), name);
    const port = await app.listening;
    await expect.poll(() => server.received.length, { timeout: 20_000 }).toBe(20);
    await expect
      .poll(() => app.log().map(({ msg }) => msg), { timeout: 5_000 })
      .toContain("messages wait for their limits");
    const health = (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as { jobs: object };
    expect(health.jobs).toMatchObject({ enabled: true, transports: ["smtp"], bounces: false, last: { digest: {} } });
    expect(await stopped(app)).toMatchObject({ code: 0, stderr: "" });
    await opened(async ({ rows, used, isHeld, sendAgain }) => {
      expect((await rows()).map(({ status }) => status)).toEqual([...Array(20).fill("sent"), "queued", "queued"]);
      for (const job of ["aggregate", "enrich", "fetch", "digest", "prune"]) expect(await isHeld(job), job).toBe(false);
      // The counts are in a file beside the database, so that a restart grants nothing anew.
      expect(await used()).toBe(20);
      expect(await sendAgain()).toMatchObject({ accepted: 0 });
    });
    expect(server.received).toHaveLength(20);
  });
});

test("told to end while a mail is under way, the app waits a little, and marks the mail if its answer does not come", async () => {
  await queue(2);
  server.answers.push("hang");
  const arrived = server.arrived();
  const app = startProcess(settings());
  await arrived;
  const startedMs = performance.now();
  expect(await stopped(app)).toMatchObject({ code: 0, stderr: "" });
  expect(performance.now() - startedMs).toBeLessThan(9_000);
  await opened(async ({ rows, used, isHeld }) => {
    const [first, second] = await rows();
    expect(first).toMatchObject({ status: "sent", ambiguous: true });
    expect(second).toMatchObject({ status: "queued" });
    expect(await used()).toBe(1);
    expect(await isHeld("digest")).toBe(false);
  });
});

test("killed while a mail is under way, it counts as used, and is never sent again", async () => {
  await queue(2);
  server.answers.push("hang");
  const arrived = server.arrived();
  const app = startProcess(settings());
  await arrived;
  app.child.kill("SIGKILL");
  await app.ended;
  await opened(async ({ rows, used, isHeld, sendAgain }) => {
    expect(await rows()).toMatchObject([{ status: "sending" }, { status: "queued" }]);
    expect(await used()).toBe(1);
    expect(await isHeld("digest"), "until its life is over").toBe(true);
    expect(await sendAgain()).toMatchObject({ leftover: 1, accepted: 1 });
    expect(await rows()).toMatchObject([
      { status: "sent", ambiguous: true },
      { status: "sent", ambiguous: false },
    ]);
    expect(await used()).toBe(2);
  });
  expect(server.received.map(({ to }) => to)).toEqual(["m-02@readers.example"]);
});

test("an address for mail or a secret that is wrong stops the start, and is not shown", async () => {
  const wrong = { SMTP_URL: "http://user:s3cr3t@mail.example", BOUNCE_WEBHOOK_SECRET: "s3cr3t", JOBS: "sometimes" };
  const { code, stderr } = await startProcess(wrong).ended;
  expect(code).toBe(1);
  expect(stderr.trim().split("\n")).toEqual([
    'JOBS="sometimes" is not known; there are on, off.',
    expect.stringMatching(/^SMTP_URL="http:\/\/\*\*\*@mail\.example" has to begin with smtp:\/\/ or smtps:\/\//),
    expect.stringMatching(/^BOUNCE_WEBHOOK_SECRET is set, but has fewer than 32 characters; /),
  ]);
  expect(stderr).not.toContain("s3cr3t");
});
