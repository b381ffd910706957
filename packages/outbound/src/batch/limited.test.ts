import { per } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { type VirtualTime, virtualTime } from "../../test/virtual-time.ts";
import { all } from "../limits/all.ts";
import { limiter } from "../limits/make-limiter.ts";
import { batch } from "./batch.ts";

const items = Array.from({ length: 30 }, (_, i) => i);

function stand(): { readonly time: VirtualTime; readonly backend: ReturnType<typeof memory> } {
  const time = virtualTime();
  return { time, backend: memory({ clock: time }) };
}

describe("a batch under a limiter", () => {
  it("never starts more in any window, of several limits, and loses no item", async () => {
    const { time, backend } = stand();
    const made = (name: string, limit: number, windowMs: number) =>
      limiter({ name, rate: per(`${windowMs}ms`, limit), backend, shard: "s", time, toleranceMs: 0 });
    const [second, minute] = [made("second", 5, 1_000), made("minute", 20, 60_000)];
    const starts: number[] = [];
    const worker = async (): Promise<void> => {
      starts.push(time.now());
      await time.sleep(10);
    };
    const run = batch(items, worker, { time, concurrency: 8, limiter: all(second, minute) });
    expect(await time.until(run)).toMatchObject({ done: 30, failed: 0 });
    for (const [limit, windowMs] of [
      [5, 1_000],
      [20, 60_000],
    ] as const) {
      const most = Math.max(
        ...starts.map((at) => starts.filter((other) => other >= at && other < at + windowMs).length),
      );
      expect(most, `in ${windowMs} ms`).toBe(limit);
    }
  });

  it("tells a cost that can never fit as the failure of its item, and goes on", async () => {
    const { time, backend } = stand();
    const hourly = limiter({ name: "hourly", rate: per("1h", 100), backend, time });
    const run = batch([1, 101, 2], (n) => n, { time, limiter: hourly, cost: (n) => n });
    const { results, failed } = await time.until(run);
    expect(failed).toBe(1);
    expect(results[1]).toMatchObject({ ok: false, error: { code: "SLUICE_COST_NEVER_FITS" } });
    expect(results[2]).toMatchObject({ ok: true, value: 2 });
  });

  it("stops where no place is left within maxWaitMs, with what it has done", async () => {
    const { time, backend } = stand();
    const hourly = limiter({ name: "hourly", rate: per("1h", 10), backend, time });
    const run = batch(items, (n) => n, { time, limiter: hourly, maxWaitMs: 60_000 });
    const error = await time.until(run).catch((reason) => reason);
    expect(error).toMatchObject({ code: "SLUICE_BATCH_STOPPED", cause: { code: "SLUICE_MAX_WAIT" } });
    expect(error.results).toHaveLength(10);
  });

  it("stops where the limit is paused, and lets running workers end", async () => {
    const { time, backend } = stand();
    const hourly = limiter({ name: "hourly", rate: per("1h", 50), backend, time });
    const ended: number[] = [];
    const worker = async (n: number): Promise<void> => {
      if (n === 3) await hourly.pause({ reason: "429", by: "test" });
      await time.sleep(100);
      ended.push(n);
    };
    const run = batch(items, worker, { time, limiter: hourly, concurrency: 2 });
    await expect(time.until(run)).rejects.toMatchObject({ cause: { code: "SLUICE_PAUSED" } });
    expect(ended).toContain(3);
    expect(ended.length).toBeLessThanOrEqual(6);
  });

  it("gives the place of an item back that its worker refunds, and no other", async () => {
    const { time, backend } = stand();
    const hourly = limiter({ name: "hourly", rate: per("1h", 50), backend, time });
    const run = batch(
      [0, 1, 2, 3],
      async (n, { reservation }) => {
        if (n === 1) await reservation?.refund();
        if (n === 2) throw new Error("nobody knows");
      },
      { time, limiter: hourly },
    );
    await time.until(run);
    expect((await hourly.peek())[0]?.used).toBe(3);
  });

  it("gives a place back that comes after the batch has stopped", async () => {
    const { time, backend } = stand();
    const hourly = limiter({ name: "hourly", rate: per("1h", 50), backend, time });
    const slow = {
      async acquire() {
        await time.sleep(100);
        return await hourly.acquire();
      },
    };
    const caller = new AbortController();
    const started: number[] = [];
    const run = batch(items, (n) => void started.push(n), { time, limiter: slow, signal: caller.signal });
    await time.pass(150);
    caller.abort(new Error("enough"));
    await expect(time.until(run)).rejects.toThrow("enough");
    expect(started).toEqual([0]);
    expect((await hourly.peek())[0]?.used).toBe(1);
  });

  it("gives a place back when it is aborted while it waits", async () => {
    const { time, backend } = stand();
    const hourly = limiter({ name: "hourly", rate: per("1h", 2), backend, time, toleranceMs: 0 });
    const caller = new AbortController();
    const run = batch(items, (n) => n, { time, limiter: hourly, signal: caller.signal });
    await time.pass(1_000);
    caller.abort(new Error("enough"));
    await expect(time.until(run)).rejects.toThrow("enough");
    await time.pass(3_600_000);
    expect((await hourly.peek())[0]?.remaining).toBe(2);
  });
});
