import { perMinute } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { upstreamOf } from "../../test/client-made.ts";
import { socketTime } from "../../test/socket-time.ts";
import { type Block, blocksOf } from "../../test/walked-document.ts";
import { metrics } from "../metrics/metrics.ts";
import type { Inbox } from "../quota/inbox.ts";
import { sendQuota } from "../quota/send-quota.ts";
import { linear } from "../quota/warmup-schedule.ts";
import type { ClientOptions } from "./client-options.ts";
import { createClient } from "./create-client.ts";

const blocks = blocksOf("docs/recovery.md");
const anHourMs = 3_600_000;
const start = Date.UTC(2027, 2, 29, 14, 5);

/** The steps of one walk of the document, each of which is to be taken once, in order. */
function walkOf(name: string) {
  const steps = blocks.filter(({ walk }) => walk === name);
  let next = 0;
  return {
    /** The next step, by the beginning of its heading. */
    step(heading: string): Block {
      const block = steps[next++];
      expect(block?.step.startsWith(heading), `${block?.step} is ${heading}`).toBe(true);
      return block as Block;
    },
    end: () => expect(steps.slice(next).map(({ step }) => step)).toEqual([]),
  };
}

describe("docs/recovery.md", () => {
  it("has two walks", () => {
    expect([...new Set(blocks.map(({ walk }) => walk))]).toEqual(["SMTP limits exceeded", "Banned by an API"]);
  });

  it("SMTP limits exceeded", async () => {
    const time = socketTime(start - 3 * anHourMs);
    const backend = memory({ clock: time });
    const quota = sendQuota({ backend, time });
    const warmup = { schedule: linear({ start: 5, step: 1, target: 20 }), activeDays: 9, lastActiveDate: "2027-03-28" };
    const inboxes: readonly [Inbox, Inbox, Inbox] = [
      { id: "news@example.org", timeZone: "Europe/Berlin", warmup },
      { id: "ada@example.org", timeZone: "Europe/Berlin" },
      { id: "grace@example.org", timeZone: "America/New_York" },
    ];
    const [news] = inboxes;
    const send = async (inbox: Inbox, count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const answer = await quota.reserveSend(inbox);
        if (!answer.allowed) throw new Error("the day begins otherwise");
        await answer.commit();
      }
    };
    await send(news, 14);
    await time.pass(2 * anHourMs);
    await send(inboxes[1], 6);
    await time.pass(anHourMs - 600_000);
    await send(inboxes[2], 3);
    await time.pass(600_000);

    const saved: Inbox[] = [];
    const sent: string[] = [];
    const sendMail = async (from: string) => void sent.push(from);
    const names = { quota, inboxes, affected: [news], save: async (inbox: Inbox) => void saved.push(inbox) };
    const { step, end } = walkOf("SMTP limits exceeded");
    const take = async (heading: string, known: object = names): Promise<void> => {
      const block = step(heading);
      expect(await time.until(block.run(known as never, time.now)), heading).toBe(block.prints);
    };

    await take("1. Stop all sending");
    const other = sendQuota({ backend, time });
    for (const each of [quota, other]) {
      expect(await each.pickInbox(inboxes)).toMatchObject({ allowed: false, because: "paused" });
      const paused = { reason: "550 5.4.5 daily sending limit exceeded", by: "ada" };
      expect(await each.reserveSend(inboxes[1])).toMatchObject({ violations: [{ name: "send.hour", paused }] });
    }
    await take("2. See which inboxes are affected, and when they reset");
    await take("3. Hold the affected inboxes until they reset");
    await take("4. Review the warm-up");
    expect(saved).toMatchObject([{ id: "news@example.org", warmup: { activeDays: 9, stepsBack: 3 } }]);
    expect(await other.pickInbox(inboxes)).toMatchObject({ allowed: false, because: "paused" });
    await time.pass(anHourMs);
    const after = { ...names, inboxes: [...saved, ...inboxes.slice(1)], sendMail };
    await take("5. Resume", after);
    await time.pass(1_000);
    await take("6. Send one mail, and watch it", after);
    end();
    expect(sent).toEqual(["grace@example.org"]);

    // The affected one goes on when its day is over, under what its warm-up allows then.
    expect(await other.reserveSend(saved[0] as Inbox)).toMatchObject({ violations: [{ name: "send.inbox" }, {}] });
    await time.pass(8 * anHourMs);
    const [first] = (await quota.usage(saved)).inboxes;
    expect(first).toMatchObject({ canSend: true, used: 0, limit: 11, paused: undefined });
  });

  it("Banned by an API", async () => {
    const time = socketTime(start);
    const limits = [{ limit: 30, windowMs: 60_000 }];
    const ban = { after: 10, withinMs: 60_000, forMs: 4 * anHourMs };
    const answers = (body: string) => () => ({ body });
    const upstream = await upstreamOf({ time, limits, ban, answer: answers("found") });
    const second = await upstreamOf({ time, limits, answer: answers("found by the backup") });
    const counted = metrics({ time });
    const backend = memory({ clock: time });
    // Without timeouts nothing but the client's own waiting moves the time, however slow the machine is.
    const own = { time, fetch: time.fetch, random: () => 0, timeoutMs: Number.POSITIVE_INFINITY };
    const shared = { ...own, backend, metrics: counted, rate: perMinute(30) };
    const backup = createClient({ ...shared, name: "backup", rate: perMinute(20), baseUrl: second.url });
    const isThrottled = ({ status }: Response): boolean => status === 403;
    const options: ClientOptions = { ...shared, name: "search", baseUrl: upstream.url, isThrottled, fallback: backup };
    const search = createClient(options);

    // Somebody behind the same address asks without end.
    for (let i = 0; i < 45; i++) await (await time.fetch(upstream.url)).text();
    expect(upstream.counts()).toMatchObject({ bans: 1, requests: 45 });
    await time.pass(anHourMs);
    const served = await time.until(Promise.all([1, 2, 3].map(() => search("/").then((answer) => answer.text()))));
    expect(served).toEqual(Array.from({ length: 3 }, () => "found by the backup"));
    const asked = upstream.counts().requests;

    const { step, end } = walkOf("Banned by an API");
    const take = async (heading: string): Promise<void> => {
      const block = step(heading);
      const names = { search, backup, counted };
      expect(await time.until(block.run(names, time.now)), heading).toBe(block.prints);
    };
    await take("1. Stop all calls to it");
    const other = createClient({ ...options, metrics: undefined, fallback: undefined });
    await expect(other("/")).rejects.toMatchObject({ code: "SLUICE_CIRCUIT_OPEN", reason: "banned, asked support" });
    await take("2. See the ban's end");
    await take("2. See the ban's end");
    await take("3. See what was sent, and what was not");
    await take("4. See that the backup carries");
    // Isolated it stays, also when the pause is over.
    await time.pass(5 * anHourMs);
    await expect(other("/")).rejects.toMatchObject({ code: "SLUICE_CIRCUIT_OPEN" });
    expect(upstream.counts().requests).toBe(asked);
    await take("5. When the ban is over, resume");
    expect(upstream.counts().requests).toBe(asked + 1);
    const from = time.now();
    await take("6. Watch it for a while");
    end();
    expect(upstream.counts()).toMatchObject({ requests: asked + 21, bans: 1, refused: 10 });
    // Slowly at first: the first half of them took longer than the second.
    const at = upstream.requestedAt().filter((one) => one >= from);
    expect((at[10] ?? 0) - from).toBeGreaterThan((at[19] ?? 0) - (at[10] ?? 0));
  });
});
