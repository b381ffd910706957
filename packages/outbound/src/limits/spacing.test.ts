import { perMinute, perSecond, type Rate } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { virtualTime } from "../time/virtual-time.ts";
import type { NamedLimiter } from "./limiter.ts";
import { limiter } from "./make-limiter.ts";

/** Everybody wants a place all the time: when calls start within so many windows, in milliseconds from the first. */
async function startsOf(rate: Rate, windows: number, lowered?: number): Promise<readonly number[]> {
  const time = virtualTime();
  const made = limiter({ name: "api", rate, backend: memory({ clock: time }), time });
  const limit: NamedLimiter = lowered === undefined ? made : made.withLimit(lowered);
  const start = time.now();
  const untilMs = windows * ("windowMs" in rate ? rate.windowMs : 0);
  const starts: number[] = [];
  const worker = async (): Promise<void> => {
    for (;;) {
      await limit.acquire(1, { maxWaitMs: Number.MAX_SAFE_INTEGER });
      const at = time.now() - start;
      if (at >= untilMs) return;
      starts.push(at);
    }
  };
  for (let i = 0; i < 20; i++) void worker();
  await time.advance(untilMs + 10_000);
  return starts;
}

describe("a rate without burst", () => {
  it.each([
    ["101/s", perSecond(101), 101, 1_000, undefined],
    ["200/s", perSecond(200), 200, 1_000, undefined],
    ["500/s", perSecond(500), 500, 1_000, undefined],
    ["2,000/s", perSecond(2_000), 2_000, 1_000, undefined],
    ["200/min", perMinute(200), 200, 60_000, undefined],
    ["600/min", perMinute(600), 600, 60_000, undefined],
    ["500/s, lowered to 450", perSecond(500), 450, 1_000, 450],
    ["500/s, lowered to 90", perSecond(500), 90, 1_000, 90],
  ])("of %s is used, and never exceeded", async (_name, rate, limit, windowMs, lowered) => {
    const windows = windowMs === 1_000 ? 10 : 4;
    const starts = await startsOf(rate, windows, lowered);
    expect(starts.length).toBeGreaterThanOrEqual(0.95 * limit * windows);
    for (const [i, from] of starts.entries()) {
      const next = starts[i + limit];
      if (next !== undefined) expect(next - from).toBeGreaterThanOrEqual(windowMs);
    }
  });
});
