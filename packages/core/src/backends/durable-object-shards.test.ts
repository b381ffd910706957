import { describe, expect, it } from "vitest";
import { perMinute } from "../engine/index.ts";
import { objectOf, rowOf, spread } from "./durable-object-shards.ts";

const policy = { name: "p", ...perMinute(1) };
const identity = (key: string, shard?: string) => ({ policy, key, ...(shard !== undefined && { shard }) });

describe("keys without a shard", () => {
  it("stay where they are from one version to the next", () => {
    const keys = ["", "k", "203.0.113.7", "2001:db8::/56", "\ud800"];
    expect(keys.map((key) => spread(key, 64))).toEqual([60, 50, 62, 21, 28]);
    expect(keys.map((key) => spread(key, 7))).toEqual([4, 4, 5, 1, 1]);
  });

  it("are spread evenly", () => {
    const homes = Array.from({ length: 64_000 }, (_, i) => spread(`10.${i >> 8}.${i & 255}.1`, 64));
    const counts = Array.from({ length: 64 }, (_, home) => homes.filter((each) => each === home).length);
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1_200);
  });

  it("are in objects of which there are no more than asked for, whatever the limit", () => {
    expect(new Set(Array.from({ length: 500 }, (_, i) => objectOf(identity(`k${i}`), 3))).size).toBe(3);
    expect(objectOf({ ...identity("k"), policy: { ...policy, name: "q" } }, 64)).toBe(objectOf(identity("k"), 64));
  });
});

describe("shards", () => {
  it("have an object each, named by a hash, of what UTF-8 cannot write, too", async () => {
    const shards = ["", "k", "anonymous-1", "k\ud800", "k\ud801", "k\ufffd", "{k}", "%7b;k%7d;", "k".repeat(100_000)];
    const names = await Promise.all(shards.map((shard) => objectOf(identity("k", shard), 64)));
    expect(new Set(names).size).toBe(shards.length);
    for (const name of names) expect(name).toMatch(/^#[0-9a-f]{64}$/);
  });

  it("have the same name when it is remembered", async () => {
    const first = await objectOf(identity("k", "remembered"), 64);
    expect(objectOf(identity("other", "remembered"), 64)).toBe(first);
  });

  it("are remembered by name in bounded number", async () => {
    for (let i = 0; i < 2_100; i++) await objectOf(identity("k", `s${i}`), 64);
    expect(typeof objectOf(identity("k", "s2099"), 64)).toBe("string");
    expect(objectOf(identity("k", "s1"), 64)).toBeInstanceOf(Promise);
  });
});

describe("rows", () => {
  it("are named by policy, algorithm, window and key, and hashed where that is long", async () => {
    expect(rowOf(identity("a:b"))).toBe("20:token-bucket/60000/p3:a:b");
    expect(rowOf(identity("k\ud800"))).toBe("20:token-bucket/60000/p7:k%d800;");
    expect(await rowOf(identity("k".repeat(300)))).toMatch(/^#[0-9a-f]{64}$/);
  });
});
