import { perHour, perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { codeOf, made, statusOf } from "../../test/client-made.ts";
import { limiter } from "../limits/make-limiter.ts";
import { createClient } from "./create-client.ts";

describe("a client", () => {
  it("is called as fetch is", async () => {
    const { client, time, upstream } = await made(
      {},
      {
        answer: ({ method, path, headers, body }) => ({ body: JSON.stringify([method, path, headers["x-own"], body]) }),
      },
    );
    const answer = await time.until(client("/a?b=c", { method: "POST", headers: { "x-own": "1" }, body: "text" }));
    expect(answer).toBeInstanceOf(Response);
    expect(await answer.json()).toEqual(["POST", "/a?b=c", "1", "text"]);
    const request = new Request(`${upstream.url}/d`, { method: "PUT", body: "whole" });
    expect(await (await time.until(client(request))).json()).toEqual(["PUT", "/d", null, "whole"]);
    expect(await (await time.until(client(new URL(`${upstream.url}/e`)))).json()).toEqual(["GET", "/e", null, ""]);
    expect([client.name, typeof client]).toEqual(["api", "function"]);
  });

  it("does nothing before its first call, and can be made at module scope", () => {
    const failing = () => {
      throw new Error("asked too early");
    };
    const backend = { ...memory(), consume: failing, block: failing, lease: failing };
    const time = { now: failing, sleep: failing };
    expect(() =>
      createClient({ name: "api", backend, rate: perSecond(1), time, random: failing, fetch: failing }),
    ).not.toThrow();
  });

  it("never sends more than its limit in any window, and everything in the end", async () => {
    const { statuses, upstream, time } = await made({}, { limits: [{ limit: 10, windowMs: 1_000 }] });
    const from = time.now();
    expect(await statuses(35)).toEqual(Array(35).fill(200));
    expect(upstream.counts()).toMatchObject({ requests: 35, refused: 0 });
    expect(upstream.mostWithin(1_000)).toBe(10);
    expect(time.now() - from).toBeLessThan(3_200);
  });

  it("fails at once where its turn is further ahead than it may wait", async () => {
    const { client, time, statuses, upstream } = await made();
    await statuses(10);
    const from = time.now();
    const failed = await time.until(client("/", { maxWaitMs: 999 }).catch((error) => error));
    expect(failed).toMatchObject({ name: "LimitError", code: "SLUICE_MAX_WAIT", retryAtMs: from + 32 });
    expect([time.now(), upstream.counts().requests]).toEqual([from, 10]);
  });

  it("takes more than one unit for a call that costs more", async () => {
    const { client, time, statuses } = await made();
    await time.until(client("/", { cost: 8 }));
    expect((await client.limiter.peek())[0]).toMatchObject({ used: 8 });
    expect(await statuses(2)).toEqual([200, 200]);
    expect(await time.until(client("/", { cost: 11 }).catch(codeOf))).toBe("SLUICE_COST_NEVER_FITS");
    expect(await client("/", { cost: -1 }).catch(codeOf)).toBe("SLUICE_COST");
  });

  it("tells how it stands", async () => {
    const { client, time } = await made();
    await time.until(client("/").then(statusOf));
    await client.pause({ reason: "banned until noon", by: "ada", forMs: 60_000 });
    expect(await client.state()).toMatchObject({
      name: "api",
      limits: [{ name: "api", limit: 10, used: 1, paused: { reason: "banned until noon", by: "ada" } }],
      tuned: { limit: 10, configured: 10 },
      breaker: { name: "api", phase: "closed", calls: 1, failures: 0 },
      retriesLeft: 10,
    });
    expect(await client("/").catch(codeOf)).toBe("SLUICE_PAUSED");
    await client.resume({ ramp: false });
    expect(await time.until(client("/").then(statusOf))).toBe(200);
  });
});

describe("a client with more limits", () => {
  const hourly = (backend: ReturnType<typeof memory>, time: { now(): number; sleep(ms: number): Promise<void> }) =>
    limiter({ name: "enrichment", rate: perHour(3), backend, shard: "enrichment", time });

  it("takes all of them in one step, and nothing of any where one has nothing left", async () => {
    const { options, time } = await made();
    const shared = hourly(options.backend as ReturnType<typeof memory>, time);
    const one = createClient({ ...options, name: "one", with: [shared] });
    const two = createClient({ ...options, name: "two", with: [shared] });
    for (const client of [one, two, one]) expect(await time.until(client("/").then(statusOf))).toBe(200);
    const refused = await two("/").catch((error) => error);
    expect(refused).toMatchObject({ code: "SLUICE_MAX_WAIT", denial: { violations: [{ name: "enrichment" }] } });
    expect((await one.limiter.peek()).map(({ name, used }) => [name, used])).toEqual([
      ["one", 2],
      ["enrichment", 3],
    ]);
    expect((await two.limiter.peek()).map(({ name, used }) => [name, used])).toEqual([
      ["two", 1],
      ["enrichment", 3],
    ]);
  });

  it("is paused alone: the shared limit goes on", async () => {
    const { options, time } = await made();
    const shared = hourly(options.backend as ReturnType<typeof memory>, time);
    const one = createClient({ ...options, name: "one", with: [shared] });
    const two = createClient({ ...options, name: "two", with: [shared] });
    await one.pause({ reason: "banned", by: "ada" });
    expect(await one("/").catch(codeOf)).toBe("SLUICE_PAUSED");
    expect(await time.until(two("/").then(statusOf))).toBe(200);
  });

  it("says what is wrong with limits that no step can decide together", async () => {
    const { options, time } = await made();
    const shared = hourly(memory({ clock: time }), time);
    expect(() => createClient({ ...options, with: [shared] })).toThrow(
      expect.objectContaining({ code: "SLUICE_LIMITS_APART" }),
    );
    const near = hourly(options.backend as ReturnType<typeof memory>, time);
    expect(() => createClient({ ...options, shard: "own", with: [near] })).toThrow(
      expect.objectContaining({ code: "SLUICE_LIMITS_APART" }),
    );
  });
});
