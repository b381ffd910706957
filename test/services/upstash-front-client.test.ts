import { describe, expect, it } from "vitest";
import { hasRedis } from "./redis.ts";
import { fixture, taken } from "./upstash-front-fixture.ts";

describe.skipIf(!hasRedis)("@upstash/redis through the front", () => {
  const at = fixture();

  it("sets and gets what it was given", async () => {
    const { redis } = at;
    expect(await redis.set("text", "héllo ☃")).toBe("OK");
    expect(await redis.get("text")).toBe("héllo ☃");
    await redis.set("object", { a: [1, null, "x"] });
    expect(await redis.get("object")).toEqual({ a: [1, null, "x"] });
    expect(await redis.get("absent")).toBeNull();
    expect(await redis.incrby("n", 5)).toBe(5);
    await redis.hset("h", { a: 1, b: "two" });
    expect(await redis.hgetall("h")).toEqual({ a: 1, b: "two" });
    await redis.zadd("z", { score: 1.5, member: "m" });
    expect(await redis.zrange("z", 0, -1, { withScores: true })).toEqual(["m", 1.5]);
    expect(await redis.set("ok", "OK")).toBe("OK");
    expect(await redis.get("ok")).toBe("OK");
  });

  it("puts 100 parallel commands into one request", async () => {
    const { front, redis } = at;
    const { requests, commands } = await taken(front, async () => {
      const values = await Promise.all(Array.from({ length: 100 }, () => redis.incr("together")));
      expect(values.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    });
    expect({ requests, commands }).toEqual({ requests: 1, commands: 100 });
    expect(front.requests().at(-1)?.path).toBe("/pipeline");
  });

  it("pipelines, with an error where one belongs", async () => {
    const results = await at.redis.pipeline().set("p", "x").incr("p").get("p").exec({ keepErrors: true });
    expect(results).toMatchObject([
      { result: "OK" },
      { error: expect.stringMatching(/^ERR value is not an integer/) },
      { result: "x" },
    ]);
  });

  it("runs transactions, all or nothing", async () => {
    expect(await at.redis.multi().set("m", 1).incr("m").get("m").exec()).toEqual(["OK", 2, 2]);
    const discarded = at.redis.multi().set("m", 9);
    // Its own types let nothing through that a server would refuse to queue.
    (discarded as unknown as { incr(): unknown }).incr();
    await expect(discarded.exec()).rejects.toThrow(/EXECABORT|wrong number/);
    expect(await at.redis.get("m")).toBe(2);
  });

  it("runs scripts by their SHA after the first time", async () => {
    const { front, redis } = at;
    for (const shebang of ["", "#!lua flags=allow-key-locking\n"]) {
      const script = redis.createScript<[number, string]>(`${shebang}return { redis.call('INCR', KEYS[1]), ARGV[1] }`);
      const key = `script${shebang.length}`;
      expect(await taken(front, () => script.exec([key], ["a"]))).toMatchObject({ requests: 2 });
      expect(await taken(front, () => script.exec([key], ["a"]))).toEqual({ requests: 1, commands: 2 });
      expect(await script.exec([key], ["a"])).toEqual([3, "a"]);
    }
    const readOnly = redis.createScript<string, true>("return redis.call('GET', KEYS[1])", { readonly: true });
    expect(await readOnly.exec(["script0"], [])).toBe(3);
  });

  it("sends the sync token of the last answer", async () => {
    const { front, redis } = at;
    const [first, second] = [await redis.get("a"), await redis.get("b")];
    expect([first, second]).toEqual([null, null]);
    const [before, last] = front.requests().slice(-2);
    expect(before?.headers["upstash-sync-token"]).not.toBe(last?.headers["upstash-sync-token"]);
    expect(last?.headers["upstash-sync-token"]).toMatch(/^front-\d+$/);
  });

  it("reads answers without base64, too", async () => {
    const { Redis } = await import("@upstash/redis");
    const { url, token } = at.front;
    const plain = new Redis({ url, token, responseEncoding: false, enableTelemetry: false });
    await plain.set("plain", "☃");
    expect(await plain.get("plain")).toBe("☃");
  });

  it("works in the form for workers", async () => {
    const { Redis } = await import("@upstash/redis/cloudflare");
    const { url, token } = at.front;
    const redis = new Redis({ url, token, enableTelemetry: false });
    expect(await redis.set("worker", "yes")).toBe("OK");
    expect(await redis.get("worker")).toBe("yes");
  });
});
