import { describe, expect, it } from "vitest";
import { type RecentCalls, recentCalls } from "./recent-calls.ts";

function made(keptMs = 1_000): { readonly calls: RecentCalls; readonly clock: { now: number } } {
  const clock = { now: 10_000 };
  return { calls: recentCalls(keptMs, () => clock.now), clock };
}

describe("recentCalls", () => {
  it("numbers calls from 1, and knows the newest", () => {
    const { calls, clock } = made();
    expect(calls.newest()).toBe(0);
    expect([calls.sent(1), calls.sent(1)]).toEqual([1, 2]);
    clock.now += 100;
    expect(calls.sent(1)).toBe(3);
    expect(calls.newest()).toBe(3);
    expect(calls.newest(10_000)).toBe(2);
    expect(calls.newest(9_999)).toBe(0);
    expect(calls.sentMs(3)).toBe(10_100);
  });

  it("tells in units what became of those from an instant to a number", () => {
    const { calls, clock } = made();
    const [first, second] = [calls.sent(5), calls.sent(3)];
    calls.answered(first, "accepted");
    calls.answered(second, "refused");
    clock.now += 10;
    const [third, fourth] = [calls.sent(2), calls.sent(1)];
    calls.sent(7);
    calls.answered(third, "accepted");
    calls.answered(fourth, "refused");
    expect(calls.seen(0, fourth)).toEqual({ accepted: 7, refused: 4 });
    expect(calls.seen(10_010, fourth)).toEqual({ accepted: 2, refused: 1 });
    expect(calls.seen(0, second)).toEqual({ accepted: 5, refused: 3 });
    expect(calls.seen(0, 100)).toEqual({ accepted: 7, refused: 4 });
  });

  it("reckons with calls that were long on their way: they count from when they have arrived", () => {
    const { calls, clock } = made(60_000);
    const quick = calls.sent(1);
    clock.now += 20;
    calls.answered(quick, "accepted");
    const [late, never] = [calls.sent(1), calls.sent(1)];
    clock.now += 320;
    calls.answered(late, "accepted");
    expect(calls.arrivedMs(quick)).toBe(10_000);
    expect(calls.arrivedMs(late)).toBe(10_320);
    expect(calls.arrivedMs(never)).toBe(10_020);
    expect(calls.seen(10_320, never)).toEqual({ accepted: 1, refused: 0 });
    expect(calls.seen(10_321, never)).toEqual({ accepted: 0, refused: 0 });
    expect(calls.arrivedMs(99)).toBeUndefined();
  });

  it.each([0, -1, 3, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("knows nothing of a call %d", (number) => {
    const { calls } = made();
    calls.sent(1);
    expect(() => calls.answered(number, "accepted")).not.toThrow();
    expect(calls.sentMs(number)).toBeUndefined();
    expect(calls.seen(0, 1)).toEqual({ accepted: 0, refused: 0 });
  });

  it("forgets what is too long ago, and keeps its numbers", () => {
    const { calls, clock } = made(1_000);
    for (let i = 0; i < 1_000; i++) {
      const call = calls.sent(1);
      if (i % 2 === 0) calls.answered(call, "accepted");
      clock.now += 10;
    }
    expect(calls.sentMs(1)).toBeUndefined();
    expect(calls.sentMs(1_000)).toBe(clock.now - 10);
    calls.answered(1, "refused");
    expect(calls.seen(clock.now - 500, 1_000)).toEqual({ accepted: 25, refused: 0 });
  });

  it("remembers no more than tens of thousands, also of one instant", () => {
    const { calls } = made(1_000_000);
    for (let i = 0; i < 100_000; i++) calls.answered(calls.sent(1), "accepted");
    expect(calls.newest()).toBe(100_000);
    expect(calls.seen(0, 100_000).accepted).toBeLessThanOrEqual(40_000);
    expect(calls.seen(0, 100_000).accepted).toBeGreaterThanOrEqual(20_000);
  });

  it("goes on after a clock that was set back", () => {
    const { calls, clock } = made();
    calls.answered(calls.sent(1), "accepted");
    clock.now -= 5_000;
    const call = calls.sent(1);
    calls.answered(call, "refused");
    expect(calls.seen(clock.now, call)).toEqual({ accepted: 1, refused: 1 });
  });
});
