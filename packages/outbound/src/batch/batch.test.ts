import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { virtualTime } from "../../test/virtual-time.ts";
import { batch } from "./batch.ts";
import type { BatchState } from "./batch-state.ts";
import { BatchStoppedError } from "./batch-stopped.ts";
import type { Progress } from "./progress.ts";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const doubled = (n: number): number => n * 2;

describe("batch", () => {
  it("keeps the order of the items, and one failure loses no other", async () => {
    const time = virtualTime();
    const worker = async (n: number): Promise<number> => {
      await time.sleep((10 - n) * 100);
      if (n === 3) throw new Error("three");
      return doubled(n);
    };
    const { results, ...counts } = await time.until(batch(numbers(6), worker, { concurrency: 4, time }));
    expect(counts).toEqual({ done: 6, failed: 1, skipped: 0 });
    expect(results.map((result) => (result.ok ? result.value : result.error))).toEqual([
      0,
      2,
      4,
      new Error("three"),
      8,
      10,
    ]);
    expect(results.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("takes a worker that throws or answers at once, and a source of nothing", async () => {
    const { results } = await batch(new Set([1, 2]), (n) => {
      if (n === 1) throw new Error("one");
      return n;
    });
    expect(results).toEqual([
      { index: 0, ok: false, error: new Error("one") },
      { index: 1, ok: true, value: 2 },
    ]);
    expect(await batch([], doubled)).toEqual({ results: [], done: 0, failed: 0, skipped: 0 });
  });

  it("pulls an item only when there is room for it, and closes a source that it leaves", async () => {
    let pulled = 0;
    let closed = false;
    let running = 0;
    let ahead = 0;
    async function* endless(): AsyncGenerator<number> {
      try {
        for (;;) {
          ahead = Math.max(ahead, pulled + 1 - running);
          yield pulled++;
        }
      } finally {
        closed = true;
      }
    }
    const caller = new AbortController();
    const run = batch(
      endless(),
      async (n) => {
        running++;
        await wait(1);
        if (n === 20) caller.abort(new Error("enough"));
      },
      { concurrency: 3, signal: caller.signal, keep: "none" },
    );
    await expect(run).rejects.toThrow("enough");
    expect(closed).toBe(true);
    expect(pulled).toBeLessThanOrEqual(24);
    expect(ahead).toBeLessThanOrEqual(1);
  });

  it("does not wait for a source that never answers", async () => {
    const caller = new AbortController();
    async function* silent(): AsyncGenerator<number> {
      await new Promise(() => {});
      yield 1;
    }
    const run = batch(silent(), doubled, { signal: caller.signal });
    await wait(5);
    caller.abort(new Error("enough"));
    await expect(run).rejects.toThrow("enough");
  });

  it("holds no more than what runs, of however many items", async () => {
    let pulled = 0;
    // Three kilobytes each: 100 MB if they were held.
    function* many(): Generator<readonly number[]> {
      for (; pulled < 30_000; pulled++) yield new Array<number>(400).fill(pulled);
    }
    let most = 0;
    let running = 0;
    const worker = async (): Promise<void> => {
      most = Math.max(most, ++running);
      for (let i = 0; i < 30; i++) await undefined;
      running--;
    };
    const before = process.memoryUsage().heapUsed;
    let peak = 0;
    let ahead = 0;
    const onProgress = ({ done }: Progress): void => {
      ahead = Math.max(ahead, pulled - done);
      if (done % 3_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed);
    };
    const summary = await batch(many(), worker, { concurrency: 5, keep: "none", onProgress });
    expect(summary).toEqual({ results: [], done: 30_000, failed: 0, skipped: 0 });
    expect(most).toBe(5);
    expect(ahead).toBeLessThanOrEqual(5);
    expect(peak - before).toBeLessThan(60e6);
  });

  it("aborts running workers, waits for their ends, and rejects with the reason", async () => {
    const time = virtualTime();
    const caller = new AbortController();
    const ended: number[] = [];
    const worker = async (n: number, { signal }: { readonly signal: AbortSignal }): Promise<void> => {
      await time.sleep(100).then(() => signal.throwIfAborted());
      ended.push(n);
    };
    const run = batch(numbers(10), worker, { concurrency: 2, time, signal: caller.signal });
    await time.pass(250);
    caller.abort(new Error("enough"));
    const before = time.now();
    await expect(time.until(run)).rejects.toThrow("enough");
    expect(time.now() - before).toBe(50);
    expect(ended).toEqual([0, 1, 2, 3]);
    expect(time.sleepers()).toBe(0);
  });

  it("stops where the source fails, with what it has done", async () => {
    function* failing(): Generator<number> {
      yield 1;
      yield 2;
      throw new Error("no more pages");
    }
    const error = await batch(failing(), doubled).catch((reason) => reason);
    expect(error).toBeInstanceOf(BatchStoppedError);
    expect(error).toMatchObject({ code: "SLUICE_BATCH_STOPPED", cause: new Error("no more pages"), skipped: 0 });
    expect(error.results).toHaveLength(2);
  });

  it("stops where a hook fails", async () => {
    const onResult = ({ index }: { readonly index: number }): void => {
      if (index === 2) throw new Error("disk full");
    };
    await expect(batch(numbers(10), doubled, { onResult })).rejects.toMatchObject({ cause: new Error("disk full") });
    const onProgress = ({ done }: Progress): void => {
      if (done === 2) throw new Error("no terminal");
    };
    await expect(batch(numbers(10), doubled, { onProgress })).rejects.toMatchObject({
      cause: new Error("no terminal"),
    });
  });

  it("keeps what it is told to keep", async () => {
    const odd = (n: number): number => {
      if (n % 2 === 1) throw new Error(`${n}`);
      return n;
    };
    const seen: number[] = [];
    const onResult = ({ index }: { readonly index: number }): void => void seen.push(index);
    const { results, failed } = await batch(numbers(5), odd, { keep: "failed", onResult });
    expect([results.map(({ index }) => index), failed, seen]).toEqual([[1, 3], 2, [0, 1, 2, 3, 4]]);
  });

  it("names mistakes", async () => {
    const code = (options: object, items: unknown = [1], worker: unknown = doubled): Promise<string> =>
      batch(items as number[], worker as typeof doubled, options).then(
        () => "done",
        (error) => error.code,
      );
    expect(await code({})).toBe("done");
    expect(await code({}, 7)).toBe("SLUICE_OPTION_TYPE");
    expect(await code({}, [1], "worker")).toBe("SLUICE_OPTION_TYPE");
    for (const concurrency of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await code({ concurrency }), `${concurrency}`).toBe("SLUICE_OPTION_TYPE");
    }
    for (const spacingMs of [-1, Number.NaN, Number.POSITIVE_INFINITY, "1s"]) {
      expect(await code({ spacingMs }), `${spacingMs}`).toBe("SLUICE_OPTION_TYPE");
    }
    expect(await code({ batchSize: 5 })).toBe("SLUICE_OPTION_MISSING");
    expect(await code({ pauseMs: 5 })).toBe("SLUICE_OPTION_MISSING");
    expect(await code({ cost: 2 })).toBe("SLUICE_OPTION_MISSING");
    expect(await code({ spacing: 5 })).toBe("SLUICE_OPTION_UNKNOWN");
    expect(await code({ checkpoint: { load: () => ({ cursor: -1 }) as BatchState, save: () => {} } })).toBe(
      "SLUICE_CHECKPOINT",
    );
    expect(await code({ checkpoint: { load: () => "17", save: () => {} } })).toBe("SLUICE_CHECKPOINT");
  });
});

describe("progress", () => {
  it("counts, and estimates the rest at the rate so far", async () => {
    const time = virtualTime();
    const told: Progress[] = [];
    const run = batch(numbers(4), () => time.sleep(1_000), { time, onProgress: (progress) => told.push(progress) });
    await time.until(run);
    const startedAtMs = told[0]?.startedAtMs ?? 0;
    expect(told.map(({ done, etaMs, ended, total, atMs }) => [done, etaMs, ended, total, atMs - startedAtMs])).toEqual([
      [0, undefined, false, 4, 0],
      [1, 3_000, false, 4, 1_000],
      [2, 2_000, false, 4, 2_000],
      [3, 1_000, false, 4, 3_000],
      [4, 0, false, 4, 4_000],
      [4, 0, true, 4, 4_000],
    ]);
  });
});
