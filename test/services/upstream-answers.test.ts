import { describe, expect, it } from "vitest";
import type { Fault } from "./upstream.ts";
import { at, start, stopAfterEach } from "./upstream-fixture.ts";

stopAfterEach();

describe("an upstream that fails", () => {
  const faults: readonly (readonly [Fault, (url: string) => Promise<unknown>])[] = [
    [503, async (url) => expect((await fetch(url)).status).toBe(503)],
    ["drop", (url) => expect(fetch(url)).rejects.toThrow("fetch failed")],
    [
      "half",
      async (url) => {
        const answer = await fetch(url);
        expect([answer.status, answer.headers.get("content-length")]).toEqual([200, "13"]);
        await expect(answer.text()).rejects.toThrow("terminated");
      },
    ],
    ["hang", (url) => expect(fetch(url, { signal: AbortSignal.timeout(100) })).rejects.toThrow("timeout")],
    [
      "stall",
      async (url) => {
        const answer = await fetch(url, { signal: AbortSignal.timeout(200) });
        await expect(answer.text()).rejects.toThrow("timeout");
      },
    ],
  ];
  it.each(faults)("by %s", async (fault, check) => {
    const { upstream } = await at({ fault: () => fault, limits: [{ limit: 1, windowMs: 1_000 }] });
    await check(upstream.url);
    expect(upstream.counts()).toMatchObject({ requests: 1, accepted: 0, faults: 1 });
    expect(upstream.acceptedAt()).toEqual([]);
    // It was counted against the limit nevertheless.
    expect((await fetch(upstream.url)).status).toBe(429);
    await expect.poll(() => upstream.connections().busy).toBe(0);
  });

  it("fails the same share of requests for the same seed", async () => {
    const failing = { share: 0.3, status: 500, seed: 7 };
    const { statuses, upstream } = await at({ failing });
    const first = await statuses(50);
    expect(first.filter((status) => status === 500).length).toBeGreaterThan(5);
    expect(first.filter((status) => status === 500).length).toBeLessThan(25);
    upstream.reset();
    expect(await statuses(50)).toEqual(first);
    upstream.change({ failing: { ...failing, seed: 8 } });
    const second = await statuses(50);
    expect(second).not.toEqual(first);
    upstream.reset();
    expect(await statuses(50)).toEqual(second);
  });
});

describe("an upstream's answers", () => {
  it("take as long as they are to take, by its own time", async () => {
    const { time, ask } = await at({ latencyMs: 250 });
    await ask();
    expect(time.now()).toBe(start + 250);
  });

  it("are made from what was asked", async () => {
    const { upstream } = await at({
      answer: async ({ method, path, headers, body, number, atMs }) => ({
        status: 201,
        headers: { "x-made": "yes" },
        body: JSON.stringify([method, path, headers["x-asked"], body, number, atMs]),
      }),
    });
    const init = { method: "POST", headers: { "x-asked": "é" }, body: "héllo" };
    const answer = await fetch(`${upstream.url}/a?b=c`, init);
    expect([answer.status, answer.headers.get("x-made")]).toEqual([201, "yes"]);
    expect(await answer.json()).toEqual(["POST", "/a?b=c", "é", "héllo", 1, start]);
  });

  it("say what a test's own function threw", async () => {
    const { upstream } = await at({
      answer: () => {
        throw new Error("mine");
      },
    });
    const answer = await fetch(upstream.url);
    expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining("mine")]);
  });

  it("come over connections that are counted", async () => {
    const { upstream, ask } = await at();
    expect(upstream.connections()).toEqual({ open: 0, busy: 0 });
    await ask();
    expect(upstream.connections()).toEqual({ open: 1, busy: 0 });
    const dropping = await at({ fault: () => "drop" });
    await expect(dropping.ask()).rejects.toThrow("fetch failed");
    await expect.poll(() => dropping.upstream.connections()).toEqual({ open: 0, busy: 0 });
  });
});
