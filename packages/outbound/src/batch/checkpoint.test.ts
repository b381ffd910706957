import { array, assert, asyncProperty, boolean, integer, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { type VirtualTime, virtualTime } from "../../test/virtual-time.ts";
import { batch } from "./batch.ts";
import { type BatchState, doneItems } from "./batch-state.ts";
import type { Checkpoint } from "./checkpoint.ts";

/** A checkpoint that outlives its process; a save takes its time, and one that is cut off has not happened. */
function kept(time: VirtualTime, saveMs = 0) {
  let state: string | undefined;
  const saves: BatchState[] = [];
  const checkpoint = (died: AbortSignal, everyMs = 0): Checkpoint => ({
    load: () => (state === undefined ? undefined : JSON.parse(state)),
    async save(next) {
      if (saveMs > 0) await time.sleep(saveMs, died);
      if (died.aborted) return await new Promise(() => {});
      state = JSON.stringify(next);
      saves.push(next);
    },
    everyMs,
  });
  return { checkpoint, saves };
}

describe("a checkpoint", () => {
  it("lets a crash at any point repeat at most what was in flight, and lose nothing", async () => {
    const cases = record({
      lasting: array(integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 20 }),
      failing: array(boolean(), { minLength: 20, maxLength: 20 }),
      concurrency: integer({ min: 1, max: 4 }),
      saveMs: integer({ min: 0, max: 20 }),
      crashes: array(integer({ min: 1, max: 150 }), { maxLength: 4 }),
    });
    await assert(
      asyncProperty(cases, async ({ lasting, failing, concurrency, saveMs, crashes }) => {
        const time = virtualTime(0);
        const { checkpoint } = kept(time, saveMs);
        const times = lasting.map(() => 0);
        let repeated = 0;
        for (const [nth, crashMs] of [...crashes, Number.POSITIVE_INFINITY].entries()) {
          const died = new AbortController();
          const again = new Set<number>();
          const worker = async (ms: number, { index }: { readonly index: number }): Promise<void> => {
            if (died.signal.aborted) return await new Promise(() => {});
            if (times[index]) again.add(index);
            await time.sleep(ms, died.signal).catch(() => new Promise(() => {}));
            times[index] = (times[index] ?? 0) + 1;
            if (failing[index]) throw new Error("failed");
          };
          const run = batch(lasting, worker, { time, concurrency, checkpoint: checkpoint(died.signal) });
          run.catch(() => {});
          if (crashMs === Number.POSITIVE_INFINITY) {
            const { done, skipped } = await time.until(run);
            expect(done + skipped).toBe(lasting.length);
          } else {
            await time.pass(crashMs);
            died.abort();
          }
          // The items in flight when the run before this one crashed.
          expect(again.size, `after crash ${nth}`).toBeLessThanOrEqual(nth === 0 ? 0 : concurrency * nth);
          repeated += again.size;
        }
        expect(Math.min(...times)).toBeGreaterThanOrEqual(1);
        expect(repeated).toBeLessThanOrEqual(concurrency * crashes.length);
      }),
      { numRuns: 80 },
    );
  });

  it("does not tell results of an earlier run again, and goes on counting", async () => {
    const time = virtualTime(0);
    const { checkpoint } = kept(time);
    const caller = new AbortController();
    const never = new AbortController().signal;
    const worker = (n: number): number => {
      if (n === 2) throw new Error("two");
      if (n === 4) caller.abort(new Error("enough"));
      return n;
    };
    const items = [0, 1, 2, 3, 4, 5, 6];
    await expect(batch(items, worker, { time, checkpoint: checkpoint(never), signal: caller.signal })).rejects.toThrow(
      "enough",
    );
    const told: number[] = [];
    const onProgress = ({ done, failed }: { readonly done: number; readonly failed: number }): void => {
      told.push(done + failed / 10);
    };
    const { results, ...counts } = await batch(items, worker, { time, checkpoint: checkpoint(never), onProgress });
    expect(counts).toEqual({ done: 2, failed: 0, skipped: 5 });
    expect(results.map(({ index }) => index)).toEqual([5, 6]);
    expect(told).toEqual([5.1, 6.1, 7.1, 7.1]);
  });

  it("does again what was broken off by an abort", async () => {
    const time = virtualTime(0);
    const { checkpoint, saves } = kept(time);
    const never = new AbortController().signal;
    const caller = new AbortController();
    const worker = (_: number, { signal }: { readonly signal: AbortSignal }): Promise<void> => time.sleep(100, signal);
    const run = batch([0, 1, 2], worker, { time, checkpoint: checkpoint(never), signal: caller.signal });
    await time.pass(150);
    caller.abort(new Error("enough"));
    await expect(run).rejects.toThrow("enough");
    expect(saves.at(-1)).toEqual({ cursor: 1, beyond: [], failed: 0 });
  });

  it("is saved one at a time, and at most every so often where it may wait", async () => {
    const time = virtualTime(0);
    const { checkpoint, saves } = kept(time);
    const never = new AbortController().signal;
    const worker = (): Promise<void> => time.sleep(10);
    await time.until(batch(Array.from({ length: 90 }), worker, { time, checkpoint: checkpoint(never, 250) }));
    expect(saves.map(({ cursor }) => cursor)).toEqual([25, 50, 75, 90]);
  });

  it("is saved as often when the clock is set back", async () => {
    const time = virtualTime(10_000_000);
    const { checkpoint, saves } = kept(time);
    let backMs = 0;
    const local = { now: () => time.now() - backMs, sleep: time.sleep };
    const worker = (index: number): Promise<void> => {
      if (index === 30) backMs = 3_600_000;
      return time.sleep(10);
    };
    const items = Array.from({ length: 100 }, (_, index) => index);
    await time.until(batch(items, worker, { time: local, checkpoint: checkpoint(new AbortController().signal, 250) }));
    expect(saves.length).toBeGreaterThanOrEqual(4);
  });

  it("that fails stops the batch", async () => {
    const broken: Checkpoint = {
      load: () => undefined,
      save: () => {
        throw new Error("disk full");
      },
    };
    const done: number[] = [];
    const run = batch([0, 1, 2, 3], (n) => void done.push(n), { checkpoint: broken });
    await expect(run).rejects.toMatchObject({ code: "SLUICE_BATCH_STOPPED", cause: new Error("disk full") });
    expect(done).toEqual([0]);
  });
});

describe("what is done", () => {
  it("is a cursor and what lies beyond, in whatever order it was done", async () => {
    await assert(
      asyncProperty(array(integer({ min: 0, max: 30 })), async (indexes) => {
        const done = doneItems();
        for (const index of new Set(indexes)) done.add(index, true);
        const { cursor, beyond } = done.state();
        const all = [...Array.from({ length: cursor }, (_, i) => i), ...beyond];
        expect(all).toEqual([...new Set(indexes)].sort((a, b) => a - b));
        expect(beyond).not.toContain(cursor);
        expect(doneItems(done.state()).state()).toEqual(done.state());
        expect(done.count).toBe(all.length);
      }),
    );
  });
});
