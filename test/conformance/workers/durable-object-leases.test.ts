import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { durableObject, type LimiterNamespace } from "@sluice/core/durable-object";
import { type Charge, perMinute, policy } from "@sluice/core/engine";
import { describe, expect, it } from "vitest";
import { COUNTED, clock, holdTime, inStorage, LIMITER, own, rowsOf, type Stub } from "./objects.ts";

holdTime();

const dayMs = 86_400_000;
const take = { name: "digest", verb: "take", ttlMs: 60_000 } as const;
const look = { name: "digest", verb: "look" } as const;
const charge: Charge = { policy: policy("five", perMinute(5)), key: "digest", shard: "digest", cost: 1 };

/** What takes an object's memory away. */
const ends: Readonly<Record<string, (stub: Stub | undefined) => Promise<void>>> = {
  "was evicted": (stub) => evictDurableObject(stub),
  "was restarted": () => abortAllDurableObjects(),
};

describe.each(Object.entries(ends))("an object that %s", (_, end) => {
  it("keeps its lease, its fence and its note", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects);
    const note = '{"at":"12:00"}\0\ud800';
    const held = await backend.lease?.({ ...take, note });
    await end(objects.objects()[0]);
    expect(await backend.lease?.(take)).toEqual({ ...held, granted: false });
    await clock.advance(60_000);
    await end(objects.objects()[0]);
    expect(await backend.lease?.(look)).toEqual({ ...held, leftMs: 0 });
    const next = await backend.lease?.(take);
    expect(next).toMatchObject({ granted: true, note });
    expect(next?.fence).toBeGreaterThan(held?.fence ?? Number.NaN);
  });

  it("keeps its block", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects);
    await backend.block?.(charge, 60_000);
    await end(objects.objects()[0]);
    expect(await backend.consume([charge])).toMatchObject({ allowed: false, retryAfterMs: 72_000 });
  });
});

describe("a name", () => {
  it("has an object of its own, named by a hash, and a look leaves nothing there", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects);
    await backend.lease?.(look);
    expect(objects.calls).toEqual([expect.stringMatching(/^lease#[0-9a-f]{64}$/)]);
    expect(await rowsOf(objects.objects()[0])).toBeUndefined();
    await backend.lease?.(take);
    await backend.lease?.({ ...take, name: "prune" });
    await backend.consume([charge]);
    expect(new Set(objects.calls).size).toBe(3);
    expect(await rowsOf(objects.objects()[0])).toEqual(["lease"]);
  });

  it("costs a row where something changes, and none where nothing does", async () => {
    const objects = own(COUNTED);
    const backend = durableObject(objects);
    const held = await backend.lease?.(take);
    const [stub] = objects.objects();
    const { rows = Number.NaN } = (await stub?.written()) ?? {};
    await backend.lease?.(take);
    await backend.lease?.(look);
    expect(await stub?.written()).toMatchObject({ rows });
    await backend.lease?.({ ...take, verb: "renew", fence: held?.fence ?? Number.NaN });
    expect(await stub?.written()).toMatchObject({ rows: rows + 1, alarms: 1 });
  });

  it("is forgotten thirty days after the end of its lease, by the object's one alarm", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects);
    const held = await backend.lease?.(take);
    const [stub] = objects.objects();
    const alarm = () => inStorage(stub, (storage) => storage.getAlarm());
    expect(await alarm()).toBe(Date.now() + 30 * dayMs);
    await clock.advance(30 * dayMs);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await backend.lease?.(look)).toMatchObject({ fence: held?.fence });
    await clock.set((await alarm()) ?? Number.NaN);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await rowsOf(stub)).toBeUndefined();
    expect(await backend.lease?.(look)).toEqual({ granted: true, fence: 0, leftMs: 0, note: "" });
    const next = await backend.lease?.(take);
    expect(next?.fence).toBeGreaterThan(held?.fence ?? Number.NaN);
  });
});

describe("between versions", () => {
  type Fields = Readonly<Record<string, unknown>>;
  function between(toObject: (message: Fields) => unknown, toCaller = (answer: Fields): unknown => answer) {
    const objects = own(LIMITER);
    const namespace: LimiterNamespace = {
      getByName(name, options) {
        const stub = objects.getByName(name, options);
        return { ask: async (message: Fields) => toCaller((await stub.ask(toObject(message))) as Fields) };
      },
    };
    return namespace;
  }

  it("a charge says what the oldest object understands; a block and a lease need one that knows them", async () => {
    const versions: unknown[] = [];
    const backend = durableObject(
      between((message) => {
        versions.push(message["v"]);
        return message;
      }),
    );
    const { decisions } = await backend.consume([charge]);
    await backend.settle?.(decisions.map((decision) => ({ decision, cost: 0 })));
    await backend.reset?.(charge);
    await backend.block?.(charge, 1_000);
    await backend.lease?.(take);
    expect(versions).toEqual([1, 1, 1, 2, 2]);
  });

  it("an object that is too old says so, and nothing is taken for done", async () => {
    const backend = durableObject(between((message) => ({ ...message, v: 3 })));
    const failed = { code: "SLUICE_BACKEND_ANSWER" };
    await expect(backend.block?.(charge, 1_000)).rejects.toMatchObject(failed);
    await expect(backend.lease?.(take)).rejects.toMatchObject(failed);
  });

  it.each([undefined, 7, [], [true], [true, 1, 2], [true, "1", 2, ""], [1, 1, 2, ""], [true, 1, 2, 3]])(
    "makes no lease of %o",
    async (lease) => {
      const backend = durableObject(
        between(
          (message) => message,
          (answer) => ({ ...answer, lease }),
        ),
      );
      await expect(backend.lease?.(take)).rejects.toMatchObject({ code: "SLUICE_BACKEND_ANSWER" });
    },
  );

  it("gets an object's refusal of a request that makes no sense as the mistake it is", async () => {
    const lease = durableObject(between((message) => ({ ...message, lease: ["take", -5] })));
    await expect(lease.lease?.(take)).rejects.toMatchObject({ name: "ConfigError", code: "SLUICE_LEASE" });
    const block = durableObject(
      between((message) => ({ ...message, block: [[JSON.stringify(charge.policy), "n", -5]] })),
    );
    await expect(block.block?.(charge, 1_000)).rejects.toMatchObject({ name: "ConfigError", code: "SLUICE_BLOCK" });
  });
});
