import { perMinute, perSecond, type Rate } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { tuning } from "../adapting/make-tuning.ts";
import type { Tuning } from "../adapting/tuning.ts";
import { type VirtualTime, virtualTime } from "../time/virtual-time.ts";
import { all } from "./all.ts";
import type { Limiter, NamedLimiter } from "./limiter.ts";
import { limiter } from "./make-limiter.ts";

interface Made {
  readonly time: VirtualTime;
  readonly limit: NamedLimiter;
  readonly other: NamedLimiter;
  readonly tuned: Tuning;
}

function made(rate: Rate): Made {
  const time = virtualTime();
  const backend = memory({ clock: time });
  const limit = limiter({ name: "api", rate, backend, time, shard: "a", rampMs: 500 });
  const other = limiter({ name: "other", rate: perMinute(10_000), backend, time, shard: "a" });
  return { time, limit, other, tuned: tuning({ limiter: limit, isOn: true, time, random: () => 0 }) };
}

/** Lets so many wait; the numbers of those who started, with the instants, and how many could not. */
function waiters(limit: Limiter, time: VirtualTime, count: number) {
  const startMs = time.now();
  const starts: { readonly turn: number; readonly atMs: number }[] = [];
  const failures: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    limit.acquire().then(
      () => starts.push({ turn, atMs: time.now() - startMs }),
      () => failures.push(time.now() - startMs),
    );
  }
  return { starts, failures };
}

describe("a limit that is lowered while others wait for slots of a bucket", () => {
  it.each(["alone", "as one of several"])(
    "leaves them their turns, so much later as it drains more slowly (%s)",
    async (how) => {
      const { time, limit, other, tuned } = made(perSecond(20, { burst: 3 }));
      const { starts, failures } = waiters(how === "alone" ? limit : all(limit, other), time, 400);
      await time.advance(100);
      tuned.announced([{ limit: 14, windowMs: 1_000 }]);
      await time.advance(900);
      const late = waiters(limit, time, 20);
      await time.advance(60_000);
      expect(starts.length + failures.length).toBe(400);
      // What fits into the thirty seconds that they were ready to wait: with a burst of 2, 12 come back in a second.
      expect(starts.length).toBeGreaterThan((0.97 * 12 * 30) / 1.02);
      expect(Math.max(...failures)).toBeLessThanOrEqual(30_000);
      for (const { atMs } of starts.filter((one) => one.atMs >= 1_000)) {
        const inSecond = starts.filter((one) => one.atMs >= atMs && one.atMs < atMs + 1_000);
        expect(inSecond.length).toBeLessThanOrEqual(14);
      }
      // Nobody overtakes while all have their turns.
      const orderly = starts.filter(({ atMs }) => atMs < 20_000).map(({ turn }) => turn);
      expect(orderly).toEqual(orderly.toSorted((a, b) => a - b));
      expect(late.starts).toEqual([]);
    },
  );

  it("also where everybody is held for a moment first", async () => {
    const { time, limit, tuned } = made(perSecond(20, { burst: 3 }));
    const { starts } = waiters(limit, time, 300);
    await time.advance(100);
    const calls = Array.from({ length: 20 }, () => tuned.sent());
    for (const [i, call] of calls.entries()) {
      await (i < 14 ? tuned.accepted(call) : tuned.throttled(call, 1_000, "429"));
    }
    expect((await tuned.state()).limit).toBe(14);
    await time.advance(60_000);
    // All but those whose turns fell into the hold, and some of these.
    expect(starts.length).toBeGreaterThan(260);
  });

  it("moves nobody who waits for a limit of the same name elsewhere", async () => {
    const time = virtualTime();
    const backend = memory({ clock: time });
    const [one, other] = ["a", "b"].map((shard) => {
      return limiter({ name: "api", rate: perMinute(60, { burst: 2 }), backend, time, shard });
    }) as [NamedLimiter, NamedLimiter];
    const { starts } = waiters(other, time, 10);
    await time.advance(10);
    tuning({ limiter: one, isOn: true, time }).announced([{ limit: 30, windowMs: 60_000 }]);
    await time.advance(8_500);
    expect(starts).toHaveLength(10);
  });
});
