import { listDurableObjectIds } from "cloudflare:test";
import { durableObject } from "@sluice/core/durable-object";
import { perMinute, policy } from "@sluice/core/engine";
import { describe, expect, it } from "vitest";
import { holdTime, LIMITER, own } from "./objects.ts";

holdTime();

const wide = policy("wide", perMinute(60));
const narrow = policy("narrow", perMinute(1));
const [first, second] = [
  { policy: wide, key: "k", shard: "s", cost: 1 },
  { policy: narrow, key: "k", shard: "s", cost: 1 },
];

describe("a crowd on one object", () => {
  it("is never admitted more than the bound, 500 at once", async () => {
    const objects = own(LIMITER);
    const backends = Array.from({ length: 10 }, () => durableObject(objects));
    const asked = Array.from({ length: 500 }, (_, i) => backends[i % 10]?.consume([first]));
    const outcomes = await Promise.all(asked);
    expect(outcomes.filter((outcome) => outcome?.allowed)).toHaveLength(60);
  });

  it("charges the first limit once where the second admits one and denies 19", async () => {
    const backend = durableObject(own(LIMITER), { denyCache: false });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => backend.consume([first, second])));
    expect(outcomes.filter(({ allowed }) => allowed)).toHaveLength(1);
    const { decisions } = await backend.consume([{ ...first, mode: "peek" }]);
    expect(decisions[0]?.remaining).toBe(59);
  });

  it("is told of a denial without being sent, as long as it is remembered", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects);
    const asked = [];
    for (let i = 0; i < 5; i++) asked.push(await backend.consume([second]));
    expect(asked.map(({ allowed, decisions }) => [allowed, decisions[0]?.via])).toEqual([
      [true, undefined],
      [false, undefined],
      [false, "cache"],
      [false, "cache"],
      [false, "cache"],
    ]);
    expect(objects.calls).toHaveLength(2);
  });
});

describe("keys without a shard", () => {
  it("share a bounded number of objects, however many and random they are", async () => {
    const before = (await listDurableObjectIds(LIMITER)).length;
    const backend = durableObject(own(LIMITER), { anonymousShards: 8 });
    const keys = Array.from({ length: 300 }, () => crypto.randomUUID());
    const outcomes = await Promise.all(
      keys.flatMap((key) => [1, 2].map(() => backend.consume([{ policy: narrow, key, cost: 1 }]))),
    );
    expect(outcomes.filter(({ allowed }) => allowed)).toHaveLength(300);
    expect((await listDurableObjectIds(LIMITER)).length - before).toBe(8);
  });

  it("are decided with all limits of one key in one call", async () => {
    const objects = own(LIMITER);
    const { allowed } = await durableObject(objects).consume([
      { policy: wide, key: "203.0.113.7", cost: 1 },
      { policy: narrow, key: "203.0.113.7", cost: 1 },
    ]);
    expect([allowed, objects.calls.length]).toEqual([true, 1]);
  });
});

describe("shards", () => {
  it("have an object each, whose name tells nobody whose it is", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects);
    for (const shard of ["ada@example.com", "k\ud800", "k\ufffd", "x".repeat(1_000_000)]) {
      expect(await backend.consume([{ ...second, shard }])).toMatchObject({ allowed: true });
    }
    expect(new Set(objects.calls).size).toBe(4);
    for (const name of objects.calls) expect(name).toMatch(/^#[0-9a-f]{64}$/);
  });

  it("are asked one after the other, each once, and settled at once", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects);
    const { decisions } = await backend.consume([first, { ...second, shard: "r" }, { ...second, shard: "s" }]);
    expect(objects.calls).toHaveLength(2);
    await backend.settle?.(decisions.map((decision) => ({ decision, cost: 0 })));
    expect(objects.calls).toHaveLength(4);
    expect(await backend.consume([{ ...second, shard: "r" }])).toMatchObject({ allowed: true });
  });
});

describe("many groups at once", () => {
  it("take one call for each object", async () => {
    const objects = own(LIMITER);
    const groups = Array.from({ length: 100 }, (_, i) => [{ ...first, shard: `s${i % 4}` }]);
    const outcomes = await durableObject(objects).consumeEach?.(groups);
    expect(outcomes?.filter(({ allowed }) => allowed)).toHaveLength(100);
    expect(objects.calls).toHaveLength(4);
  });

  it("are decided as if one after the other, also where one spans two objects", async () => {
    const backend = durableObject(own(LIMITER));
    const both = [second, { ...second, shard: "r" }];
    const outcomes = await backend.consumeEach?.([[second], both, [{ ...second, shard: "r" }], both]);
    expect(outcomes?.map(({ allowed }) => allowed)).toEqual([true, false, true, false]);
  });

  it("are none of them booked where one makes no sense", async () => {
    const backend = durableObject(own(LIMITER));
    const groups = [[second], [{ ...second, cost: -1 }]];
    await expect(backend.consumeEach?.(groups)).rejects.toMatchObject({ code: "SLUICE_COST" });
    expect(await backend.consume([second])).toMatchObject({ allowed: true });
  });
});
