import { perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { codeOf, type Made, made, statusOf, upstreamOf } from "../../test/client-made.ts";
import { socketTime } from "../../test/socket-time.ts";
import type { Client } from "./client.ts";
import type { ClientOptions } from "./client-options.ts";
import { createClient } from "./create-client.ts";

const backupAnswer = () => ({ status: 201, body: "backup" });

/** A client whose backup is another, with a limit of its own. */
async function withBackup(
  own: Partial<ClientOptions>,
  behaves: Parameters<typeof made>[1],
): Promise<Made & { backup: Client; second: Made["upstream"] }> {
  const plain = await made({}, behaves);
  const second = await upstreamOf({ time: plain.time, answer: backupAnswer });
  const backup = createClient({ ...plain.options, name: "backup", rate: perSecond(2), baseUrl: second.url });
  const client = createClient({ ...plain.options, ...own, fallback: backup });
  const statuses = (count: number, path = "/") =>
    plain.time.until(Promise.all(Array.from({ length: count }, () => client(path).then(statusOf, codeOf))));
  return { ...plain, client, statuses, backup, second };
}

describe("a backup", () => {
  it("is asked where the limit refuses, under its own limit", async () => {
    const { statuses, upstream, second } = await withBackup({ maxWaitMs: 0 }, {});
    const answers = await statuses(14);
    expect(answers.filter((status) => status === 200)).toHaveLength(10);
    // Told to wait for nothing, the client waits for nothing; its backup is another, which has its own patience.
    expect(answers.filter((status) => status === 201)).toHaveLength(4);
    expect(upstream.counts().requests).toBe(10);
    expect(second.mostWithin(1_000)).toBe(2);
  });

  it("is asked when all attempts have failed, or were refused for too long", async () => {
    const failing = await withBackup({ breaker: false }, { fault: () => "drop" });
    expect(await failing.statuses(1)).toEqual([201]);
    expect(failing.upstream.counts().requests).toBe(3);
    const refusing = await withBackup({}, { answer: () => ({ status: 429, headers: { "retry-after": "3600" } }) });
    expect(await refusing.statuses(2)).toEqual([201, 201]);
    expect(refusing.upstream.counts().requests).toBeLessThanOrEqual(2);
  });

  it("hears why: the error, or the answer", async () => {
    const because: unknown[] = [];
    const fallback = async (_input: unknown, _init: unknown, why: unknown) => {
      because.push(why);
      return new Response("own");
    };
    for (const fault of ["drop", 503, "hang"] as const) {
      const { client, time } = await made({ fallback, retry: false }, { fault: () => fault });
      expect(await (await time.until(client("/"))).text()).toBe("own");
    }
    expect(because).toEqual([
      expect.any(TypeError),
      expect.objectContaining({ status: 503 }),
      expect.objectContaining({ code: "SLUICE_TIMEOUT" }),
    ]);
  });

  it("is not asked about what the API may have done already", async () => {
    const { client, time, second } = await withBackup({}, { fault: () => 503 });
    expect(await time.until(client("/", { method: "POST" }).then(statusOf))).toBe(503);
    expect(second.counts().requests).toBe(0);
    const keyed = { method: "POST", headers: { "Idempotency-Key": "k" } };
    expect(await time.until(client("/", keyed).then(statusOf))).toBe(201);
    const refusing = await withBackup({}, { answer: () => ({ status: 429, headers: { "retry-after": "3600" } }) });
    const once = refusing.client("/", { method: "POST" }).then(statusOf);
    expect(await refusing.time.until(once)).toBe(429);
    expect(refusing.second.counts().requests).toBe(0);
    // What is not sent any more goes to the backup, of whatever method.
    expect(await refusing.time.until(refusing.client("/", { method: "POST" }).then(statusOf))).toBe(201);
  });

  it("is not asked for a caller who has stopped while the last answer was looked at", async () => {
    const controller = new AbortController();
    let isAsked = false;
    const fallback = async () => {
      isAsked = true;
      return new Response();
    };
    const isThrottled = () => {
      controller.abort("enough");
      return false;
    };
    const { client, time } = await made({ fallback, isThrottled, retry: false }, { fault: () => 503 });
    const call = client("/", { signal: controller.signal }).catch((error: unknown) => error);
    expect([await time.until(call), isAsked]).toEqual(["enough", false]);
  });

  it("is not asked with a body that is gone, nor about a mistake", async () => {
    const { client, time, second } = await withBackup({}, { fault: () => 503 });
    const body = new ReadableStream({ start: (controller) => controller.close() });
    expect(await time.until(client("/", { method: "PUT", body }).then(statusOf))).toBe(503);
    expect(await client("/", { cost: 0 }).catch(codeOf)).toBe("SLUICE_COST");
    expect(second.counts().requests).toBe(0);
  });
});

describe("a client's breaker", () => {
  const breaker = { minimumCalls: 5, openMs: 10_000, probes: 2 };
  const own = { breaker, retry: false as const };

  it("stops calls at once, without a place, and says when to try again", async () => {
    const { client, statuses, time, upstream } = await made(own, { fault: () => 503 });
    // The limit is used up by then, too: whoever is refused by the breaker does not wait for it first.
    await statuses(10);
    const from = time.now();
    const refused = await time.until(client("/").catch((error) => error));
    expect(refused).toMatchObject({ name: "CircuitOpenError", code: "SLUICE_CIRCUIT_OPEN", because: "open" });
    expect(refused.retryAtMs).toBe(from + 10_000);
    expect([time.now(), upstream.counts().requests]).toEqual([from, 10]);
    expect((await client.limiter.peek())[0]?.used).toBe(10);
  });

  it("lets as many probes out as it says, and the rate grows once it is closed", async () => {
    const { client, statuses, time, upstream } = await made(own, { fault: () => 503 });
    await statuses(5);
    upstream.change({ fault: undefined, latencyMs: 100 });
    await time.pass(10_001);
    const probes = await statuses(8);
    expect(probes.filter((status) => status === 200)).toHaveLength(2);
    expect(probes.filter((status) => status === "SLUICE_CIRCUIT_OPEN")).toHaveLength(6);
    expect(await client.breaker?.state()).toMatchObject({ phase: "closed" });
    upstream.change({ latencyMs: 0 });
    const state = await client.state();
    expect(state.limits[0]?.paused ?? state.limits[0]?.rampLeftMs).toBeDefined();
    expect(await statuses(20)).toEqual(Array(20).fill(200));
  });

  it("opens again when a probe fails, and its backup's success says nothing about the API", async () => {
    const { client, statuses, time, upstream, second } = await withBackup(
      { ...own, retry: false },
      { fault: () => 503 },
    );
    expect(await statuses(5)).toEqual(Array(5).fill(201));
    await time.pass(10_001);
    expect(await statuses(3)).toEqual([201, 201, 201]);
    expect(upstream.counts().requests).toBeLessThanOrEqual(7);
    expect(second.counts().requests).toBe(8);
    expect(await client.breaker?.state()).toMatchObject({ phase: "open" });
  });

  it("gives the place back when it opened while the call waited", async () => {
    const { client, statuses, time, upstream } = await made({ ...own, breaker: { minimumCalls: 100 } });
    await statuses(10);
    const waiting = client("/").catch((error) => error);
    await time.pass(100);
    await client.breaker?.isolate({ reason: "banned", by: "ada" });
    expect(await time.until(waiting)).toMatchObject({
      code: "SLUICE_CIRCUIT_OPEN",
      because: "isolated",
      reason: "banned",
    });
    expect(upstream.counts().requests).toBe(10);
    expect((await client.limiter.peek())[0]?.used).toBe(0);
    await client.breaker?.close({ by: "ada" });
    expect(await time.until(client("/").then(statusOf))).toBe(200);
  });

  it("is what refused, also where the backend does not take the place back", async () => {
    const time = socketTime();
    const state = memory({ clock: time });
    const settle = () => Promise.reject(new Error("no connection to the backend"));
    const { client, statuses } = await made({ ...own, backend: { ...state, settle }, time });
    await statuses(10);
    const waiting = client("/").catch(codeOf);
    await time.pass(100);
    await client.breaker?.isolate({ reason: "banned", by: "ada" });
    expect(await time.until(waiting)).toBe("SLUICE_CIRCUIT_OPEN");
  });

  it("keeps a probe's place as long as an attempt can take", async () => {
    const one = { minimumCalls: 1, openMs: 1_000, probes: 1 };
    const { client, statuses, time, upstream } = await made(
      { breaker: one, retry: false, timeoutMs: 120_000 },
      { fault: () => 503 },
    );
    await statuses(1);
    upstream.change({ fault: undefined, latencyMs: 100_000 });
    await time.pass(1_001);
    const probe = client("/").then(statusOf);
    await time.pass(70_000);
    expect(await client("/").catch(codeOf)).toBe("SLUICE_CIRCUIT_OPEN");
    expect(await time.until(probe)).toBe(200);
    expect(await client.breaker?.state()).toMatchObject({ phase: "closed" });
  });

  it("has a probe's place back from a call that fails before it is sent", async () => {
    const one = { minimumCalls: 1, openMs: 1_000, probes: 1 };
    const { client, statuses, time, upstream } = await made({ breaker: one, retry: false }, { fault: () => 503 });
    await statuses(1);
    upstream.change({ fault: undefined });
    await time.pass(1_100);
    // It has all that is asked of a signal while the call waits, and is none.
    const signal = { aborted: false, throwIfAborted() {}, addEventListener() {}, removeEventListener() {} };
    await expect(client("/", { signal: signal as unknown as AbortSignal })).rejects.toThrow(TypeError);
    expect((await client.limiter.peek())[0]?.used).toBe(0);
    expect(await time.until(client("/").then(statusOf))).toBe(200);
  });

  it("gives a caller the answer that opened it, not a refusal", async () => {
    const { statuses, upstream } = await made({ breaker: { minimumCalls: 1 } }, { fault: () => 503 });
    expect(await statuses(1)).toEqual([503]);
    expect(upstream.counts().requests).toBe(1);
  });

  it("tells its own listener, too", async () => {
    const told: string[] = [];
    const onClose = () => void told.push("closed");
    const { client } = await made({ breaker: { onClose } });
    await client.breaker?.isolate({ reason: "x", by: "ada" });
    await client.breaker?.close();
    expect(told).toEqual(["closed"]);
  });
});
