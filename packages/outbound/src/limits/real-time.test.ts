import { perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { limiter } from "./make-limiter.ts";

/** The most of these instants within any window. */
function most(starts: readonly number[], windowMs: number): number {
  return Math.max(...starts.map((from) => starts.filter((at) => at >= from && at < from + windowMs).length));
}

describe("in real time", () => {
  it("never starts more than 5 a second, and first who came first, though the event loop stands still for 700 ms", async () => {
    const limit = limiter({ name: "api", rate: perSecond(5), backend: memory() });
    const starts: number[] = [];
    const order: number[] = [];
    const all = Array.from({ length: 15 }, async (_, who) => {
      await limit.acquire();
      starts.push(performance.now());
      order.push(who);
    });
    setTimeout(() => {
      const end = performance.now() + 700;
      while (performance.now() < end);
    }, 600);
    await Promise.all(all);
    expect(order).toEqual(Array.from({ length: 15 }, (_, who) => who));
    expect(most(starts, 999)).toBeLessThanOrEqual(5);
  });

  it("starts nobody early, and hardly late", async () => {
    const limit = limiter({ name: "api", rate: perSecond(20, { burst: 1 }), backend: memory(), toleranceMs: 250 });
    const late: number[] = [];
    const begun = Date.now();
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const place = limit.reserve(1, { maxWaitMs: 10_000 });
        if (place instanceof Promise || !place.allowed) throw new Error("denied");
        await place.ready();
        late.push(Date.now() - place.readyAtMs);
      }),
    );
    const sorted = [...late].sort((a, b) => a - b);
    console.log(`lateness in ms: p50 ${sorted[10]}, most ${sorted.at(-1)}; 20 slots in ${Date.now() - begun} ms`);
    expect(sorted[0]).toBeGreaterThanOrEqual(0);
  });
});
