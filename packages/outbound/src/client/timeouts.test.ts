import { perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { made, statusOf, upstreamOf } from "../../test/client-made.ts";
import { createClient } from "./create-client.ts";

const once = { retry: false } as const;

describe("an attempt's time", () => {
  it("ends what hangs, as a failure that may be sent again", async () => {
    let left = 1;
    const { client, time, upstream } = await made(
      { timeoutMs: 2_000 },
      { fault: () => (left-- > 0 ? "hang" : undefined) },
    );
    const from = time.now();
    expect(await time.until(client("/").then(statusOf))).toBe(200);
    expect(upstream.requestedAt().map((at) => at - from)).toEqual([0, 2_000]);
    expect(await client.breaker?.state()).toMatchObject({ calls: 2, failures: 1 });
    await expect.poll(() => upstream.connections().busy).toBe(0);
  });

  it("has a code, and says how long it was", async () => {
    const { client, time } = await made({ ...once, timeoutMs: 1_500 }, { fault: () => "hang" });
    const failed = await time.until(client("/").catch((error) => error));
    expect(failed).toMatchObject({ name: "ClientError", code: "SLUICE_TIMEOUT", timeoutMs: 1_500 });
    expect(failed.message).toBe("[sluice] SLUICE_TIMEOUT: api: no answer within 1500 ms");
  });

  it("is 30 s if nothing is said, and none at all with Infinity", async () => {
    const { client, time } = await made(once, { latencyMs: 29_000 });
    expect(await time.until(client("/").then(statusOf))).toBe(200);
    const slow = await made(once, { latencyMs: 31_000 });
    expect(await slow.statuses(1)).toEqual(["SLUICE_TIMEOUT"]);
    const endless = await made({ ...once, timeoutMs: Number.POSITIVE_INFINITY }, { latencyMs: 3_600_000 });
    expect(await endless.statuses(1)).toEqual([200]);
  });

  it("does not pass while the call waits for its turn, and is over with the headers", async () => {
    const { client, time, statuses } = await made({ ...once, timeoutMs: 500 });
    expect(await statuses(25)).toEqual(Array(25).fill(200));
    const answer = await time.until(client("/"));
    await time.pass(60_000);
    expect(await statusOf(answer)).toBe(200);
    expect(time.sleepers()).toBe(0);
  });
});

describe("a body's time", () => {
  const real = async (own: object, fault: "stall" | "half" | "hang") => {
    const upstream = await upstreamOf({ fault: () => fault, answer: () => ({ body: "x".repeat(1_000) }) });
    const shared = { name: "api", backend: memory(), rate: perSecond(100), baseUrl: upstream.url, ...once };
    return { client: createClient({ ...shared, ...own }), upstream };
  };

  it("ends an answer that stops half-way", async () => {
    const { client, upstream } = await real({ bodyTimeoutMs: 100 }, "stall");
    const answer = await client("/");
    await expect(answer.text()).rejects.toMatchObject({ code: "SLUICE_TIMEOUT", timeoutMs: 100 });
    await expect.poll(() => upstream.connections().busy).toBe(0);
  });

  it("is not needed for one that breaks off", async () => {
    const { client } = await real({}, "half");
    await expect((await client("/")).text()).rejects.toThrow(TypeError);
  });

  it("leaves no timer that would keep the process alive, and neither does an attempt's", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    const { client } = await real({ bodyTimeoutMs: 60_000 }, "half");
    const answer = await client("/");
    await answer.text().catch(() => {});
    const hanging = await real({ timeoutMs: 50 }, "hang");
    await expect(hanging.client("/")).rejects.toMatchObject({ code: "SLUICE_TIMEOUT" });
    expect(timers()).toBeLessThanOrEqual(before);
  });
});
