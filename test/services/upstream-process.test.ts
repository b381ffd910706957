import { afterAll, beforeAll, expect, it } from "vitest";
import { isRunning } from "./running.ts";
import { type ForkedUpstream, forkUpstream } from "./upstream-process.ts";

let upstream: ForkedUpstream;
beforeAll(async () => {
  const limits = [{ limit: 3, windowMs: 60_000 }];
  upstream = await forkUpstream({ limits, failing: { share: 1, status: 503, seed: 1 }, tells: ["draft-6"] });
});
afterAll(() => upstream.stop());

const statuses = (count: number) =>
  Promise.all(Array.from({ length: count }, async () => (await fetch(upstream.url)).status));

it("runs in a process of its own, and answers from there", async () => {
  expect((await fetch(upstream.url)).headers.get("ratelimit-limit")).toBeNull();
  await upstream.change({ failing: undefined });
  expect((await statuses(3)).toSorted()).toEqual([200, 200, 429]);
  expect(await upstream.counts()).toEqual({ requests: 4, accepted: 2, refused: 1, banned: 0, faults: 1, bans: 0 });
  expect(await upstream.acceptedAt()).toHaveLength(2);
  expect(await upstream.requestedAt()).toHaveLength(4);
  expect([await upstream.mostWithin(60_000), await upstream.mostWithin(60_000, "requested")]).toEqual([2, 4]);
  expect(await upstream.foreign()).toBe(false);
  await upstream.reset();
  expect(await upstream.foreign(2)).toBe(true);
  expect((await upstream.connections()).open).toBeGreaterThan(0);
});

it("ends when it is stopped, and says so to whoever asks later", async () => {
  const other = await forkUpstream({});
  expect(isRunning(other.pid)).toBe(true);
  await other.stop();
  expect(isRunning(other.pid)).toBe(false);
  await expect(other.counts()).rejects.toThrow("the upstream's process is over");
  await other.stop();
});

it("says why it could not start", async () => {
  const port = Number(new URL(upstream.url).port);
  await expect(forkUpstream({ port })).rejects.toThrow("EADDRINUSE");
});
