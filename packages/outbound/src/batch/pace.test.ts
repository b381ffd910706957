import { array, assert, asyncProperty, integer, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { virtualTime } from "../../test/virtual-time.ts";
import { batch } from "./batch.ts";

describe("pace", () => {
  it("keeps the concurrency, the spacing and the pauses, and is never slower than it has to be", async () => {
    const cases = record({
      lasting: array(integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 25 }),
      concurrency: integer({ min: 1, max: 5 }),
      spacingMs: integer({ min: 0, max: 120 }),
      batchSize: integer({ min: 1, max: 7 }),
      pauseMs: integer({ min: 0, max: 500 }),
    });
    await assert(
      asyncProperty(cases, async ({ lasting, concurrency, spacingMs, batchSize, pauseMs }) => {
        const time = virtualTime(0);
        const starts: number[] = [];
        const ends: number[] = [];
        let running = 0;
        let most = 0;
        const worker = async (ms: number, { index }: { readonly index: number }): Promise<number> => {
          starts[index] = time.now();
          most = Math.max(most, ++running);
          await time.sleep(ms);
          ends[index] = time.now();
          running--;
          return index;
        };
        const run = batch(lasting, worker, { time, concurrency, spacingMs, batchSize, pauseMs });
        const { results } = await time.until(run);
        expect(results.map((result) => result.ok && result.value)).toEqual(lasting.map((_, i) => i));
        expect(most).toBeLessThanOrEqual(concurrency);
        // The earliest instant that all rules allow: each item starts exactly there.
        for (const [i, startMs] of starts.entries()) {
          const inGroup = i % batchSize;
          const spaced = i === 0 ? 0 : (starts[i - 1] as number) + spacingMs;
          const paused = i === 0 || inGroup > 0 ? 0 : Math.max(...ends.slice(0, i)) + pauseMs;
          const others = ends.slice(0, i).sort((a, b) => b - a);
          const room = others[concurrency - 1] ?? 0;
          expect(startMs).toBe(Math.max(spaced, paused, room));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("measures from the start before it, also after a stall", async () => {
    const time = virtualTime(0);
    const starts: number[] = [];
    const worker = (n: number): void => {
      starts.push(time.now());
      if (n === 1) time.stall(1_000);
    };
    await time.until(batch([0, 1, 2, 3], worker, { time, spacingMs: 100 }));
    expect(starts).toEqual([0, 100, 1_100, 1_200]);
  });

  it("is never early by the machine's own clock", async () => {
    const starts: number[] = [];
    await batch(Array.from({ length: 25 }), () => void starts.push(performance.now()), { spacingMs: 4 });
    const gaps = starts.slice(1).map((at, i) => at - (starts[i] as number));
    // A process that is held up between its own reading of the clock and this one shortens the gap that follows, but not many.
    expect(gaps.toSorted((a, b) => a - b)[6]).toBeGreaterThan(3.8);
  });

  it("works through groups with the pauses of batchSize and pauseMs, and none at the end", async () => {
    const time = virtualTime(0);
    const starts: number[] = [];
    const items = Array.from({ length: 10 });
    await time.until(batch(items, () => void starts.push(time.now()), { time, batchSize: 5, pauseMs: 5_000 }));
    expect(starts).toEqual([0, 0, 0, 0, 0, 5_000, 5_000, 5_000, 5_000, 5_000]);
    expect(time.now()).toBe(5_000);
  });
});
