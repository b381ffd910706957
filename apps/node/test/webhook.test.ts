import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { digestSubscriptions, inboxes, messages } from "@sluice/feeds/schema";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { startFeeds } from "./feeds.ts";
import { posted, secret, signature } from "./signing.ts";

const report = { id: "b-1", type: "bounce", inbox: "news-1@feeds.example", recipient: "free@readers.example" };

async function started(options: Parameters<typeof startFeeds>[0] = {}) {
  // By the app's clock: by the machine's, a slow run would give places back.
  const backend = memory({ clock: { now: () => feeds.clock.nowMs } });
  const feeds = await startFeeds({ bounces: { secret, backend }, ...options });
  const { clock, send, db } = feeds;
  const post = (what: object | string, headers?: Record<string, string>, from?: string): Promise<Response> =>
    send("/webhooks/bounces", posted(what, clock.nowMs, headers), from);
  const inbox = async (address = report.inbox) => {
    const found = await db.select().from(inboxes).where(eq(inboxes.address, address)).get();
    if (found === undefined) throw new Error(`there is no inbox ${address}`);
    return found;
  };
  return { ...feeds, post, inbox };
}

/** An inbox that has sent on some days, so that there is something to step back from. */
async function onDay(activeDays: number, { db }: Awaited<ReturnType<typeof started>>): Promise<void> {
  await db.update(inboxes).set({ activeDays, lastActiveDate: "2026-05-31" }).where(eq(inboxes.id, "news-1"));
}

describe("a report of a bounce", () => {
  test("steps the inbox's warm-up back, marks its mail, and ends the digests of that recipient", async () => {
    const app = await started();
    await onDay(5, app);
    const { db, post, inbox, clock } = app;
    const [user] = await db.select().from(digestSubscriptions).where(eq(digestSubscriptions.address, report.recipient));
    const draft = {
      userId: user?.userId ?? "",
      recipient: report.recipient,
      subject: "",
      body: "",
      dueAtMs: 0,
      createdAtMs: 0,
      inboxId: "news-1",
    };
    const row = (id: string, status: "sent" | "queued", sentAtMs: number | null) => {
      return { ...draft, id, messageId: `<${id}@feeds.example>`, status, sentAtMs };
    };
    await db.insert(messages).values([row("old", "sent", 1), row("new", "sent", 2), row("next", "queued", null)]);
    const answer = await post({ ...report, diagnostic: "550 no such user" });
    expect([answer.status, await answer.json()]).toEqual([200, { duplicate: false }]);
    expect(await inbox()).toMatchObject({ stepsBack: 1, heldOnDay: null, heldAtMs: null });
    const found = await db.select({ id: messages.id, status: messages.status }).from(messages);
    expect(Object.fromEntries(found.map(({ id, status }) => [id, status]))).toEqual({
      old: "sent",
      new: "bounced",
      next: "failed",
    });
    const addresses = (await db.select().from(digestSubscriptions)).map(({ address }) => address);
    expect(addresses).toHaveLength(3);
    expect(addresses).not.toContain(report.recipient);
    expect(clock.nowMs).toBeGreaterThan(0);
  });

  test("that is a complaint holds the warm-up on its day", async () => {
    const app = await started();
    await onDay(5, app);
    const { post, inbox, clock } = app;
    expect((await post({ ...report, type: "complaint" })).status).toBe(200);
    expect(await inbox()).toMatchObject({
      heldOnDay: 6,
      heldAtMs: clock.nowMs,
      heldReason: "complaint: no diagnostic",
    });
  });

  test("has one effect, however often it comes, also at once", async () => {
    const app = await started();
    await onDay(5, app);
    const { post, inbox } = app;
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(report)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const said = await Promise.all(answers.map(async (answer) => (await answer.json()) as { duplicate: boolean }));
    expect(said.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect((await inbox()).stepsBack).toBe(1);
  });

  test("is none the less of its own where several come at once", async () => {
    const app = await started();
    await onDay(20, app);
    const { db } = app;
    // Straight to the rows, where nothing between them decides who is first.
    const { applyReport } = await import("../../feeds/src/mail/bounce-records.ts");
    const of = (n: number) => ({ ...report, type: "bounce" as const, id: `b-${n}`, atMs: 0, diagnostic: null });
    const all = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => applyReport(db, of(n), app.clock.nowMs)));
    expect(all).toEqual(Array(8).fill("news"));
    expect((await app.inbox()).stepsBack).toBe(8);
  });

  test("never takes more days than there are", async () => {
    const app = await started();
    await onDay(2, app);
    for (let n = 0; n < 10; n++) expect((await app.post({ ...report, id: `b-${n}` })).status).toBe(200);
    expect((await app.inbox()).stepsBack).toBe(2);
  });
});

describe("what is no report", () => {
  test.each<[what: string, header: (body: string, nowMs: number) => string]>([
    ["not signed", () => ""],
    ["signed with another secret", (body, nowMs) => signature(body, nowMs, "f".repeat(32))],
    ["signed for another body", (_, nowMs) => signature("{}", nowMs)],
    ["with another instant than the signed one", (body, nowMs) => signature(body, nowMs).replace(/t=\d/, "t=9")],
    ["signed five minutes ago", (body, nowMs) => signature(body, nowMs - 301_000)],
    ["signed in the future", (body, nowMs) => signature(body, nowMs + 301_000)],
    ["with half a signature", (body, nowMs) => signature(body, nowMs).slice(0, -2)],
    ["with too many signatures", (body, nowMs) => `${signature(body, nowMs)}${`,v1=${"0".repeat(64)}`.repeat(5)}`],
  ])("is refused with 401 and changes nothing: %s", async (_, header) => {
    const { post, inbox, clock } = await started();
    const answer = await post(report, { "X-Sluice-Signature": header(JSON.stringify(report), clock.nowMs) });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([401, "application/problem+json"]);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Sluice-Signature /);
    expect(await inbox()).toMatchObject({ stepsBack: 0, heldOnDay: null });
  });

  test("one of two signatures is enough, so that a secret can be changed", async () => {
    const { post, clock } = await started();
    const header = `${signature(JSON.stringify(report), clock.nowMs)},v1=${"0".repeat(64)}`;
    expect((await post(report, { "X-Sluice-Signature": header })).status).toBe(200);
  });

  test.each<[what: string, body: object | string, fields: string[]]>([
    ["no JSON", "{", [""]],
    ["a string", '"x"', [""]],
    ["an array", [], [""]],
    ["nothing in it", {}, ["id", "type", "inbox", "recipient"]],
    ["another type", { ...report, type: "deferral" }, ["type"]],
    ["an inbox that is no address", { ...report, inbox: "news-1" }, ["inbox"]],
    ["a field too many", { ...report, and: 1 }, [""]],
    ["an instant in words", { ...report, atMs: "now" }, ["atMs"]],
    ["an id too long", { ...report, id: "x".repeat(201) }, ["id"]],
  ])("is 400, and the problem names the fields: %s", async (_, body, fields) => {
    const answer = await (await started()).post(body);
    const said = (await answer.json()) as { errors: { field: string }[] };
    expect([answer.status, said.errors.map(({ field }) => field)]).toEqual([400, fields]);
  });

  test("is 404 for an inbox that nobody has, and leaves no trace that would make a later report a repeat", async () => {
    const { post } = await started();
    expect((await post({ ...report, inbox: "nobody@feeds.example" })).status).toBe(404);
    expect(await (await post(report)).json()).toEqual({ duplicate: false });
  });

  test("is 413 above 64 kB, whether or not its length is told, before the signature is looked at", async () => {
    const { post, send } = await started();
    const large = "x".repeat(65_537);
    expect((await post(large, { "X-Sluice-Signature": "" })).status).toBe(413);
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(16_384));
      },
    });
    const init: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
    expect((await send("/webhooks/bounces", init)).status).toBe(413);
    expect((await post("x".repeat(65_536))).status).toBe(400);
  });

  test("is 404 by any other method, and without a secret there is no such route", async () => {
    const { send, post } = await started();
    for (const method of ["GET", "PUT", "DELETE", "HEAD"]) {
      expect((await send("/webhooks/bounces", { method })).status, method).toBe(404);
    }
    expect((await post(report)).status).toBe(200);
    const without = await started({ bounces: undefined });
    expect((await without.post(report)).status).toBe(404);
  });
});

describe("reports are limited", () => {
  test.each([
    ["memory", undefined],
    ["noop, which counts nothing else", noop()],
  ])("by address, before the signature is checked: with %s", async (_, backend) => {
    const { post, inbox } = await started(backend && { backend });
    const forged = { "X-Sluice-Signature": "t=1,v1=00" };
    const statuses: number[] = [];
    for (let n = 0; n < 101; n++) statuses.push((await post(report, forged, "192.0.2.66")).status);
    expect(statuses).toEqual([...Array(100).fill(401), 429]);
    // Also one that is right: nobody looks at it.
    const refused = await post(report, {}, "192.0.2.66");
    expect([refused.status, refused.headers.get("content-type")]).toEqual([429, "application/problem+json"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await inbox()).stepsBack).toBe(0);
    expect((await post(report, {}, "192.0.2.67")).status).toBe(200);
  });

  test("by sender after it, wherever they come from, whatever the backend of the product counts", async () => {
    const { post } = await started({ backend: noop() });
    const statuses: number[] = [];
    for (let n = 0; n < 61; n++) statuses.push((await post(report, {}, `192.0.2.${n + 1}`)).status);
    expect(statuses).toEqual([...Array(60).fill(200), 429]);
    expect((await post({ ...report, id: "b-2", inbox: "news-2@feeds.example" })).status).toBe(200);
  });
});
