import { afterEach, describe, expect, it, vi } from "vitest";
import { systemTime } from "./system-time.ts";

afterEach(() => void vi.useRealTimers());

describe("a sleep", () => {
  it("never ends early, by the clock that it is measured by", async () => {
    const early: number[] = [];
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const ms = 1 + (i % 37);
        const start = Date.now();
        await systemTime.sleep(ms);
        if (Date.now() - start < ms) early.push(ms);
      }),
    );
    expect(early).toEqual([]);
  });

  it("is over at once when nothing is left of it", async () => {
    await systemTime.sleep(0);
    await systemTime.sleep(-5);
  });

  it("takes its timer and its listener back when it is aborted", async () => {
    vi.useFakeTimers();
    const aborting = new AbortController();
    const removed = vi.spyOn(aborting.signal, "removeEventListener");
    const sleep = systemTime.sleep(60_000, aborting.signal);
    expect(vi.getTimerCount()).toBe(1);
    aborting.abort(new Error("enough"));
    await expect(sleep).rejects.toThrow("enough");
    expect(vi.getTimerCount()).toBe(0);
    const other = systemTime.sleep(10, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(10);
    await other;
    await expect(systemTime.sleep(1, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
    expect(vi.getTimerCount()).toBe(0);
    const signal = new AbortController().signal;
    const forgotten = vi.spyOn(signal, "removeEventListener");
    const last = systemTime.sleep(10, signal);
    await vi.advanceTimersByTimeAsync(10);
    await last;
    expect(forgotten).toHaveBeenCalledOnce();
    expect(removed).not.toHaveBeenCalled();
  });

  it("hears of an abort between two of its timers", async () => {
    vi.useFakeTimers();
    const aborting = new AbortController();
    // The timer is over by the clock that it was set by, and a millisecond is left by the other.
    const sleep = systemTime.sleep(2 ** 31 + 60_000, aborting.signal);
    sleep.catch(() => {});
    setTimeout(() => aborting.abort(new Error("enough")), 2 ** 31 - 1);
    vi.advanceTimersByTime(2 ** 31 - 1);
    await expect(sleep).rejects.toThrow("enough");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("may be longer than a timer can be", async () => {
    vi.useFakeTimers();
    const days = 60 * 86_400_000;
    let isOver = false;
    const sleep = systemTime.sleep(days).then(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(days - 1);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await sleep;
  });

  it("goes by its timer when the clock steps back, and is over when it jumps ahead", async () => {
    vi.useFakeTimers();
    const sleep = systemTime.sleep(1_000);
    vi.setSystemTime(Date.now() - 3_600_000);
    await vi.advanceTimersByTimeAsync(1_000);
    await sleep;
    const next = systemTime.sleep(1_000);
    vi.setSystemTime(Date.now() + 3_600_000);
    await vi.advanceTimersByTimeAsync(1_000);
    await next;
    expect(vi.getTimerCount()).toBe(0);
  });
});
