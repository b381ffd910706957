import { connect } from "node:net";
import { Redis } from "@upstash/redis";
import { describe, expect, it } from "vitest";
import { hasRedis } from "./redis.ts";
import { fixture } from "./upstash-front-fixture.ts";

describe.skipIf(!hasRedis)("the front's faults", () => {
  const at = fixture();
  const once = (more: { signal?: () => AbortSignal } = {}) =>
    new Redis({ url: at.front.url, token: at.front.token, retry: { retries: 0 }, enableTelemetry: false, ...more });
  const count = () => at.redis.get<number>("faults");

  it("answer with a status, for as many requests as told", async () => {
    at.front.faults.status(503, { error: "ERR down for a moment" }, 2);
    for (const path of ["/", "/pipeline"]) {
      const response = await at.post(path, ["INCR", "faults"]);
      expect([response.status, await response.json()]).toEqual([503, { error: "ERR down for a moment" }]);
    }
    expect((await at.post("/", ["PING"])).status).toBe(200);
    expect(await count()).toBeNull();
  });

  it("answer with a status and any text", async () => {
    at.front.faults.status(200, "[]", 1);
    expect(await (await at.post("/pipeline", [["PING"]])).text()).toBe("[]");
  });

  it("answer with a proxy's page", async () => {
    at.front.faults.html(1);
    await expect(once().incr("faults")).rejects.toThrow(/Unable to parse response body/);
    at.front.faults.html(1, 502);
    await expect(once().incr("faults")).rejects.toThrow(/Unable to parse response body/);
    expect(await count()).toBeNull();
  });

  it("hang until the client goes, and say that it went", async () => {
    at.front.faults.hang(1);
    await expect(once({ signal: () => AbortSignal.timeout(50) }).incr("faults")).rejects.toThrow(/timeout/);
    await expect.poll(() => at.front.requests().at(-1)?.aborted).toBe(true);
    expect(await count()).toBeNull();
  });

  it("reset the connection, and nothing was done", async () => {
    at.front.faults.reset(1);
    await expect(once().incr("faults")).rejects.toThrow(/fetch failed/);
    expect(at.front.requests().at(-1)?.aborted).toBe(false);
    expect(await count()).toBeNull();
  });

  it("answer late", async () => {
    at.front.faults.slow(100, 1);
    const start = performance.now();
    expect(await once().incr("late")).toBe(1);
    expect(performance.now() - start).toBeGreaterThan(95);
  });

  it("carry out and then drop, so that a client that tries again does it twice", async () => {
    at.front.faults.dropAfterCommit(1);
    await expect(once().incr("dropped")).rejects.toThrow(/fetch failed/);
    expect(await at.redis.get("dropped")).toBe(1);
    at.front.faults.dropAfterCommit(1);
    const eager = new Redis({ url: at.front.url, token: at.front.token, retry: { retries: 1, backoff: () => 1 } });
    expect(await eager.incr("twice")).toBe(2);
  });

  it("carry out and never answer", async () => {
    at.front.faults.hangAfterCommit(1);
    await expect(once({ signal: () => AbortSignal.timeout(50) }).incr("silent")).rejects.toThrow(/timeout/);
    expect(await at.redis.get("silent")).toBe(1);
  });

  it("carry out and answer half", async () => {
    at.front.faults.truncate(1);
    await expect(once().incr("half")).rejects.toThrow();
    expect(await at.redis.get("half")).toBe(1);
  });

  it("last until they are healed", async () => {
    at.front.faults.reset();
    for (let i = 0; i < 3; i++) await expect(once().ping()).rejects.toThrow(/fetch failed/);
    at.front.faults.heal();
    expect(await once().ping()).toBe("PONG");
  });

  it("include a server that is gone, and one that comes back empty", async () => {
    await at.redis.set("before", 1);
    await at.server.kill();
    const response = await at.post("/pipeline", [["GET", "before"]]);
    expect([response.status, await response.json()]).toEqual([500, { error: expect.any(String) }]);
    await at.server.start();
    await expect.poll(async () => (await at.post("/", ["GET", "before"])).status, { timeout: 5_000 }).toBe(200);
    expect(await at.redis.get("before")).toBeNull();
    expect(await at.front.commands()).toBeGreaterThan(0);
  });

  it("end with the front", async () => {
    const { startUpstashFront } = await import("./upstash-front.ts");
    const front = await startUpstashFront({ redisUrl: at.server.url, token: "another" });
    front.faults.hang();
    const waiting = new Redis({ url: front.url, token: "another", retry: { retries: 0 } }).ping();
    await expect.poll(() => front.requests().length).toBe(1);
    await Promise.all([expect(waiting).rejects.toThrow(), front.stop()]);
    const refused = connect(Number(new URL(front.url).port), "127.0.0.1");
    await new Promise<void>((resolve) => refused.once("error", () => resolve()));
  });
});
