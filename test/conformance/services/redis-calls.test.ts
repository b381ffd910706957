import { perHour } from "@sluice/core";
import { type Charge, type Decision, type Outcome, policy, type Rate } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { redis } from "@sluice/core/redis";
import { fakeClock } from "@sluice/core/testing";
import { hasRedis, startRedis } from "@sluice/test-services/redis";
import { Redis } from "ioredis";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";

/** Counts the commands it sends. */
class Counting extends Redis {
  sent: string[] = [];

  override sendCommand(...[command, stream]: Parameters<Redis["sendCommand"]>): unknown {
    this.sent.push(command.name);
    return super.sendCommand(command, stream);
  }
}

const server = hasRedis ? await startRedis() : undefined;
const client = new Counting(server?.url ?? "", { lazyConnect: true });
const backend = redis(client, { denyCache: false, deadlineMs: 5_000 });
afterAll(async () => {
  client.disconnect();
  await server?.stop();
});

const hourly = policy("api", perHour(60));
const charge = (key: string, details: Partial<Charge> = {}): Charge => ({ policy: hourly, key, cost: 1, ...details });

/** What the server has been asked since the work began, with what scripts ask of it. */
async function billed(work: () => Promise<unknown>): Promise<readonly string[]> {
  await client.config("RESETSTAT");
  await work();
  const stats = await client.info("commandstats");
  return [...stats.matchAll(/^cmdstat_(\w+):calls=(\d+)/gm)]
    .flatMap(([, name = "", calls]) => Array.from({ length: Number(calls) }, () => name))
    .filter((name) => !["config", "info"].includes(name))
    .toSorted();
}

const consume = (...charges: readonly Charge[]): Promise<Outcome> => Promise.resolve(backend.consume(charges));

describe.skipIf(!hasRedis)("what redis() asks of the server", () => {
  beforeEach(async () => {
    await client.flushall();
    await consume(charge("warm"));
    client.sent = [];
  });

  it("is one call for all charges of a request, however many and wherever", async () => {
    const charges = ["a", "b", "c"].map((name) => charge("k", { policy: policy(name, perHour(5)), shard: name }));
    expect((await consume(...charges)).allowed).toBe(true);
    expect(client.sent).toEqual(["evalsha"]);
  });

  it.each([
    ["32 callers", 1, 32],
    ["96 charges", 4, 24],
  ])("is a call for the callers of one moment together, for %s at the most", async (_, charges, callers) => {
    const keys = Array.from({ length: 2 * callers }, (_, i) => `caller ${i}`);
    const policies = Array.from({ length: charges }, (_, i) => policy(`limit-${i}`, perHour(5)));
    const asked = keys.map((key) => policies.map((one) => charge(key, { policy: one })));
    const outcomes = await Promise.all(asked.map((own) => consume(...own)));
    expect(outcomes.every(({ allowed }) => allowed)).toBe(true);
    expect(outcomes.map(({ decisions }) => decisions.map(({ key }) => key))).toEqual(
      keys.map((key) => Array<string>(charges).fill(key)),
    );
    expect(client.sent).toEqual(["evalsha", "evalsha"]);
  });

  it("carries settlements, resets and charges of one moment in the order in which they were asked", async () => {
    const one = policy("one", perHour(1));
    const first = await consume(charge("k", { policy: one }));
    client.sent = [];
    const settled = backend.settle?.([{ decision: first.decisions[0] as Decision, cost: 0 }]);
    const again = consume(charge("k", { policy: one }));
    const reset = backend.reset?.({ policy: one, key: "k" });
    const last = consume(charge("k", { policy: one }));
    await Promise.all([settled, reset]);
    expect([(await again).allowed, (await last).allowed]).toEqual([true, true]);
    expect(client.sent).toEqual(["evalsha"]);
  });

  it("is untouched by a neighbour's mistake, and a neighbour's foreign key", async () => {
    expect(() => backend.consume([charge("k", { cost: Number.NaN })])).toThrow(/SLUICE_COST/);
    await consume(charge("foreign"));
    const [foreign = ""] = await client.keys("*foreign*");
    await client.del(foreign);
    await client.rpush(foreign, "somebody's");
    const asked = await Promise.allSettled(["x", "foreign", "y"].map((key) => consume(charge(key))));
    expect(asked.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    // Each was booked once, though they were sent twice.
    expect((await consume(charge("x", { cost: 0 }))).decisions[0]?.remaining).toBeCloseTo(59, 1);
    expect(await client.lrange(foreign, 0, -1)).toEqual(["somebody's"]);
    await client.set(foreign, "hello");
    for (const mode of ["charge", "peek"] as const) {
      await expect(consume(charge("foreign", { mode }), charge("z"))).rejects.toMatchObject({
        code: "SLUICE_BACKEND_REFUSED",
      });
    }
    expect([await client.get(foreign), await client.exists("sluice:{1:z}25:token-bucket/3600000/api")]).toEqual([
      "hello",
      0,
    ]);
  });

  it("costs no more commands than it must", async () => {
    const three = ["a", "b", "c"].map((name) => charge("k", { policy: policy(name, perHour(5)), shard: "s" }));
    const spent = charge("spent", { policy: policy("one", perHour(1)) });
    expect(await billed(() => consume(charge("new")))).toEqual(["evalsha", "get", "set", "time"]);
    expect(await billed(() => consume(charge("new")))).toEqual(["evalsha", "get", "set", "time"]);
    await consume(spent);
    expect(await billed(() => consume(spent))).toEqual(["evalsha", "get", "time"]);
    expect(await billed(() => consume(...three))).toEqual(["evalsha", "mget", "set", "set", "set", "time"]);
    expect(await billed(() => consume(charge("new", { mode: "peek" })))).toEqual(["evalsha", "mget", "time"]);
  });

  it("brings the script along once after the server forgot it", async () => {
    await client.script("FLUSH");
    client.sent = [];
    await consume(charge("k"));
    await consume(charge("k"));
    expect(client.sent).toEqual(["evalsha", "eval", "evalsha"]);
  });

  it("makes an answer of another script a failure, not a decision", async () => {
    const lying = (reply: (told: unknown[]) => unknown) =>
      redis(
        Object.assign(Object.create(client), {
          evalsha: async (...args: Parameters<Redis["evalsha"]>) => reply((await client.evalsha(...args)) as unknown[]),
        }) as Redis,
        { denyCache: false },
      );
    const log = charge("k", { policy: policy("log", { algorithm: "sliding-log", limit: 2, windowMs: 60_000 }) });
    const replies: ((told: unknown[]) => unknown)[] = [
      ([now, verdict, stored]) => [now, Number(verdict) - 1, stored],
      ([now, verdict]) => [now, verdict, `${now}:${now}:2`],
      ([now, ...rest]) => [`${now}.5`, ...rest],
      ([now]) => [now, 0],
      () => "OK",
      () => null,
    ];
    for (const reply of replies) {
      await expect(lying(reply).consume([log])).rejects.toMatchObject({ code: "SLUICE_BACKEND_ANSWER" });
    }
    await client.flushall();
    expect((await consume(log)).allowed).toBe(true);
  });
});

describe.skipIf(!hasRedis)("the shipped script, by the server's own clock", () => {
  const window = { limit: 1_000, windowMs: 3_600_000 };
  const rates: readonly (Rate & { readonly isDatedByReceipt: boolean })[] = [
    { algorithm: "token-bucket", ...window, isDatedByReceipt: true },
    { algorithm: "token-bucket", ...window, strict: true, isDatedByReceipt: true },
    { algorithm: "sliding-log", ...window, isDatedByReceipt: true },
    { algorithm: "fixed-window", ...window, isDatedByReceipt: false },
    { algorithm: "sliding-window", ...window, isDatedByReceipt: false },
    { algorithm: "calendar", limit: 1_000, period: "day", timeZone: "Asia/Kolkata", isDatedByReceipt: false },
  ];

  it.each(rates)(
    "decides a $algorithm as memory does at its instant, and keeps it just as long as it means something",
    async ({ isDatedByReceipt, ...rate }) => {
      await client.flushall();
      const clock = fakeClock();
      const twin = memory({ clock });
      const asked = { policy: policy("p", rate), key: "k" };
      for (const details of [{ cost: 3 }, { cost: 5, minCost: 1 }, { cost: 0 }, { cost: 2 }, { cost: 990 }]) {
        const before = Date.now();
        const [decision] = (await consume({ ...asked, ...details })).decisions;
        // Receipts of buckets and logs say when it was; windows do not care for the millisecond.
        const dated = isDatedByReceipt ? decision?.receipt : before;
        clock.set(dated ?? before);
        const [expected] = twin.consume([{ ...asked, ...details }]).decisions;
        expect([decision?.allowed, decision?.charged]).toEqual([expected?.allowed, expected?.charged]);
        if (dated !== undefined) expect(decision?.remaining).toBe(expected?.remaining);
        if (!decision?.charged) continue;
        const [key = ""] = await client.keys("*");
        const left = await client.pttl(key);
        // What a day has had may still count in the local day of another zone, for no longer than two more days.
        const lingers = rate.algorithm === "calendar" ? 2 * 86_400_000 : 0;
        const idle = Math.ceil(decision.resetAfterMs as number) + lingers;
        expect(left).toBeLessThanOrEqual(idle + 1);
        expect(left).toBeGreaterThanOrEqual(idle - (Date.now() - before) - 1);
      }
    },
  );

  it("goes by the server's clock where a calendar's day begins, however wrong the caller's clock is", async () => {
    await client.flushall();
    const daily = policy("day", { algorithm: "calendar", limit: 2, period: "day" });
    const day = 86_400_000;
    const midnight = (Math.floor(Date.now() / day) + 1) * day;
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      for (const days of [3, -3]) {
        const key = `${days} days off`;
        vi.setSystemTime(midnight - day / 2 + days * day);
        client.sent = [];
        const own = redis(client, { denyCache: false, deadlineMs: 5_000 });
        expect((await own.consume([{ policy: daily, key, cost: 1 }])).decisions[0]?.receipt).toBe(midnight);
        expect((await own.consume([{ policy: daily, key, cost: 1 }])).decisions[0]?.remaining).toBe(0);
        // Nothing was booked by the call that found out, and the next one knows.
        expect(client.sent).toEqual(["evalsha", "evalsha", "evalsha"]);
      }
    } finally {
      vi.useRealTimers();
    }
  });
});
