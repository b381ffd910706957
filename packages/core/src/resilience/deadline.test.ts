/** Deadlines: an answer in time or an error in time, and nothing left behind: no timer, no late message, no rejection. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { memory } from "../backends/memory.ts";
import type { Backend } from "../engine/backend.ts";
import { BackendError } from "../engine/backend-error.ts";
import type { Charge, Outcome } from "../engine/charge.ts";
import { policy } from "../engine/policy.ts";
import { perMinute } from "../engine/rate.ts";
import { faulty } from "../testing/faults.ts";
import { type Deadline, deadline, within } from "./deadline.ts";

const charge: Charge = { policy: policy("a", perMinute(1)), key: "secret@example.org", cost: 1 };
const timedOut = { code: "SLUICE_BACKEND_TIMEOUT", backend: "redis" };

const unhandled = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  process.on("unhandledRejection", unhandled);
});

afterEach(async () => {
  expect(vi.getTimerCount(), "timers left running").toBe(0);
  vi.useRealTimers();
  // Node tells of unhandled rejections once the microtasks are done.
  await new Promise((done) => setImmediate(done));
  process.off("unhandledRejection", unhandled);
  expect(unhandled, "rejections that nobody handles").not.toHaveBeenCalled();
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe("within()", () => {
  it("gives what the work gives in time", async () => {
    const answer = within("redis", 100, () => sleep(99).then(() => 7));
    await vi.advanceTimersByTimeAsync(99);
    expect(await answer).toBe(7);
  });

  it("fails as the work fails in time, also where it throws", async () => {
    await expect(within("redis", 100, () => Promise.reject(new Error("down")))).rejects.toThrow("down");
    const throwing = within("redis", 100, () => {
      throw new Error("at once");
    });
    await expect(throwing).rejects.toThrow("at once");
  });

  it("fails by name when the time has passed, without a key or a cause", async () => {
    const answer = within("redis", 100, () => new Promise(() => {}));
    const failed = expect(answer).rejects.toMatchObject(timedOut);
    await vi.advanceTimersByTimeAsync(100);
    await failed;
    const error: unknown = await answer.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BackendError);
    expect((error as BackendError).message).toBe("[sluice] SLUICE_BACKEND_TIMEOUT: redis did not answer within 100 ms");
    expect(error).not.toHaveProperty("cause");
  });

  it.each<[string, () => Promise<unknown>]>([
    ["answers late", () => sleep(150)],
    ["fails late", () => sleep(150).then(() => Promise.reject(new Error("late")))],
  ])("is over for work that %s, and nobody is left with its rejection", async (_, work) => {
    const failed = expect(within("redis", 100, work)).rejects.toMatchObject(timedOut);
    await vi.advanceTimersByTimeAsync(200);
    await failed;
  });

  it("is seen by the work, which sends nothing more", async () => {
    const sent: number[] = [];
    const failed = expect(
      within("redis", 100, async (limit) => {
        while (!limit.passed) {
          sent.push(performance.now());
          await sleep(30);
        }
      }),
    ).rejects.toMatchObject(timedOut);
    const begun = performance.now();
    await vi.advanceTimersByTimeAsync(1_000);
    await failed;
    expect(sent.map((at) => at - begun)).toEqual([0, 30, 60, 90]);
  });

  it("is seen by the clock where a busy process has not called the timer yet, and then it is over", async () => {
    let seen: boolean[] = [];
    const answer = within("redis", 100, async (limit) => {
      await Promise.resolve();
      const before = limit.passed;
      // Time passes, and no timer is called.
      const now = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 100);
      seen = [before, limit.passed, limit.passed];
      now.mockRestore();
      return await new Promise(() => {});
    });
    await expect(answer).rejects.toMatchObject(timedOut);
    expect(seen).toEqual([false, true, true]);
  });

  it("has not passed for an answer that came in time, whenever it is looked at", async () => {
    const limit: Deadline = await within("redis", 100, async (own) => own);
    expect(limit.passed).toBe(false);
    await vi.advanceTimersByTimeAsync(99);
    expect(limit.passed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(limit.passed).toBe(true);
  });
});

describe("deadline()", () => {
  const slow = (ms: number): Backend => {
    const backend = faulty({ ...memory(), name: "redis" });
    backend.faults.slow(ms);
    return backend;
  };

  it("leaves a backend alone that answers at once", () => {
    const answer = deadline(memory(), 1).consume([charge]) as Outcome;
    expect(answer.allowed).toBe(true);
  });

  it("throws what the backend throws at once", () => {
    expect(() => deadline(memory(), 1).consume([{ ...charge, cost: -1 }])).toThrow("SLUICE_COST");
  });

  it.each<[string, (backend: Backend) => unknown]>([
    ["consume", (backend) => backend.consume([charge])],
    ["consumeEach", (backend) => backend.consumeEach?.([[charge]])],
    ["settle", (backend) => backend.settle?.([])],
    ["reset", (backend) => backend.reset?.(charge)],
  ])("bounds %s", async (_, call) => {
    const inTime = Promise.resolve(call(deadline(slow(100), 101)));
    const late = expect(call(deadline(slow(100), 99))).rejects.toMatchObject(timedOut);
    await vi.advanceTimersByTimeAsync(100);
    await inTime;
    await late;
  });

  it("cannot take back what was sent: it may be charged all the same", async () => {
    const inner = memory();
    const backend = faulty(inner);
    backend.faults.slow(100);
    const failed = expect(deadline(backend, 50).consume([charge])).rejects.toThrow("SLUICE_BACKEND_TIMEOUT");
    await vi.advanceTimersByTimeAsync(100);
    await failed;
    expect(inner.consume([charge]).allowed).toBe(false);
  });

  it("is as capable as what it wraps", () => {
    const inner = memory();
    const bounded = deadline(inner, 5);
    expect([bounded.name, bounded.features]).toEqual(["memory", inner.features]);
    const { settle: _s, reset: _r, consumeEach: _c, block: _b, lease: _l, ...bare } = inner;
    expect(Object.keys(deadline(bare, 5)).sort()).toEqual(["consume", "features", "name", "supports"]);
    expect(deadline({ ...inner, supports: () => "no" }, 5).supports(charge.policy)).toBe("no");
  });

  it.each<[unknown, unknown, string]>([
    [memory(), 0, "SLUICE_OPTION_TYPE"],
    [memory(), -1, "SLUICE_OPTION_TYPE"],
    [memory(), 1.5, "SLUICE_OPTION_TYPE"],
    [memory(), Number.POSITIVE_INFINITY, "SLUICE_OPTION_TYPE"],
    // A timer of a longer time would fire at once.
    [memory(), 2 ** 31, "SLUICE_OPTION_TYPE"],
    [memory(), "100", "SLUICE_OPTION_TYPE"],
    [memory(), undefined, "SLUICE_OPTION_MISSING"],
    [memory, 100, "SLUICE_OPTION_TYPE"],
    [undefined, 100, "SLUICE_OPTION_MISSING"],
  ])("is not made of %s and %s", (backend, ms, code) => {
    expect(() => deadline(backend as Backend, ms as number)).toThrow(code);
  });
});
