import { perSecond } from "@sluice/core/engine";
import { redis } from "@sluice/core/redis";
import { all, type Inbox, limiter, type SendAnswer, sendQuota } from "@sluice/outbound";
import { hasRedis, startRedis } from "@sluice/test-services/redis";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";

const server = hasRedis ? await startRedis() : undefined;
const clients = [1, 2].map(() => new Redis(server?.url ?? "", { lazyConnect: true }));
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await server?.stop();
});

/** The limits of one process, by its own connection. */
function processOn(client: Redis) {
  const shared = { backend: redis(client, { deadlineMs: 5_000 }), shard: "s", rampMs: 2_000 };
  const narrow = limiter({ ...shared, name: "narrow", rate: perSecond(5), toleranceMs: 100 });
  return { narrow, both: all(narrow, limiter({ ...shared, name: "wide", rate: perSecond(50) })) };
}

describe.skipIf(!hasRedis)("two processes with outbound limits on one Redis", () => {
  const processes = clients.map(processOn);
  const [here, there] = processes as [(typeof processes)[0], (typeof processes)[0]];

  it("start no more than the limit in any window, together", async () => {
    const starts: number[] = [];
    const callers = processes.flatMap(({ both }) => Array.from({ length: 8 }, () => both));
    await Promise.all(callers.map(async (limit) => void starts.push((await limit.acquire()).readyAtMs)));
    expect(starts).toHaveLength(16);
    for (const from of starts)
      expect(starts.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(5);
  });

  it("are paused together, and begin again with one probe", async () => {
    await here.narrow.pause({ reason: "429 from the API", by: "here", forMs: 60_000 });
    const denial = {
      because: "paused",
      violations: [{ name: "narrow", paused: { reason: "429 from the API", by: "here" } }],
    };
    expect(await there.both.tryAcquire()).toMatchObject(denial);
    await expect(there.both.acquire()).rejects.toMatchObject({ code: "SLUICE_PAUSED", denial });
    await here.narrow.resume();
    await new Promise((resolve) => setTimeout(resolve, 10));
    const answers = await Promise.all(processes.map(({ narrow }) => narrow.for("fresh").tryAcquire()));
    expect(answers.map(({ allowed }) => allowed).sort()).toEqual([false, true]);
  });
});

describe.skipIf(!hasRedis)("two mailers with one send quota on one Redis", () => {
  const [here, there] = clients.map((client) => {
    return sendQuota({ backend: redis(client, { deadlineMs: 5_000 }), perHour: 9, perInbox: 4 });
  }) as [ReturnType<typeof sendQuota>, ReturnType<typeof sendQuota>];
  const inboxes: readonly Inbox[] = ["a", "b", "c"].map((id) => ({ id, timeZone: "UTC" }));
  const [first] = inboxes as [Inbox];
  const because = (answer: SendAnswer): unknown => (answer.allowed ? undefined : answer.violations);

  it("pick at once, evenly, and no more than an hour's mails", async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 ? here : there).pickInbox(inboxes)));
    const picked = answers.flatMap((answer) => (answer.allowed ? [answer] : []));
    expect(
      picked
        .map(({ inbox: { id } }) => id)
        .sort()
        .join(""),
    ).toBe("aaabbbccc");
    expect(because(answers.find(({ allowed }) => !allowed) as SendAnswer)).toMatchObject([
      { name: "send.hour", key: "" },
    ]);
    await Promise.all(picked.slice(0, 3).map((place) => place.refund()));
    expect(await there.usage(inboxes)).toMatchObject({ hour: { used: 6, remaining: 3 }, day: { used: 6 } });
  });

  it("are held together, one inbox or all, and begin again with one mail", async () => {
    await here.pause({ inbox: "a", reason: "blocklisted", by: "here" });
    const paused = [{ name: "send.inbox", key: "a", paused: { reason: "blocklisted", by: "here" } }];
    expect(because(await there.reserveSend(first))).toMatchObject(paused);
    expect((await there.pickInbox(inboxes)).allowed).toBe(true);
    await there.resume({ inbox: "a" });
    await there.pause({ reason: "bounces of 8 %", by: "there" });
    expect(because(await here.pickInbox(inboxes))).toMatchObject([{ name: "send.hour", paused: { by: "there" } }]);
    expect(await here.usage(inboxes)).toMatchObject({
      paused: { reason: "bounces of 8 %" },
      inboxes: [{ canSend: true }, {}, {}],
    });
    await here.resume();
    await new Promise((resolve) => setTimeout(resolve, 10));
    const answers = await Promise.all([here, there].map((quota) => quota.reserveSend(first)));
    expect(answers.map(({ allowed }) => allowed).sort()).toEqual([false, true]);
  });

  it("read a thousand inboxes at once", async () => {
    const many = Array.from({ length: 1_000 }, (_, i): Inbox => ({ id: `${i}`, timeZone: "Asia/Tokyo" }));
    expect((await here.usage(many)).inboxes.filter(({ canSend }) => canSend)).toHaveLength(1_000);
  });
});
