import { isConfigError, isSluiceError } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { describe, expect, it } from "vitest";
import { metrics } from "../metrics/metrics.ts";
import { virtualTime } from "../time/virtual-time.ts";
import type { CircuitBreaker, Permit, Refused } from "./breaker.ts";
import type { BreakerChange, BreakerOptions } from "./breaker-options.ts";
import { circuitBreaker } from "./circuit-breaker.ts";

function set(options: Partial<BreakerOptions> = {}) {
  const time = virtualTime();
  const changes: BreakerChange[] = [];
  const breaker = circuitBreaker({ name: "grok", time, onChange: (change) => void changes.push(change), ...options });
  return { time, changes, breaker, start: time.now() };
}

/** A breaker of this process answers at once. */
function leave(breaker: CircuitBreaker): Permit {
  const asked = breaker.admit();
  if (!("done" in asked)) throw new Error(`refused: ${JSON.stringify(asked)}`);
  return asked;
}

const refused = (breaker: CircuitBreaker): Refused => {
  const asked = breaker.admit();
  expect(asked).not.toHaveProperty("done");
  expect(breaker.check()).toEqual(asked);
  return asked as Refused;
};

function fail(breaker: CircuitBreaker, times = 10): void {
  for (let i = 0; i < times; i++) void leave(breaker).done("failure");
}

describe("a closed breaker", () => {
  it("lets every call through, at once and without a promise", () => {
    const { breaker } = set();
    expect(breaker.check()).toBeUndefined();
    expect(leave(breaker).isProbe).toBe(false);
    expect(leave(breaker).done("success")).toBeUndefined();
  });

  it("opens at a share of failures, of so many calls, within its window", async () => {
    const { breaker, time, changes, start } = set({ failureRate: 0.5, minimumCalls: 6, windowMs: 10_000 });
    fail(breaker, 4);
    await time.advance(11_000);
    for (let i = 0; i < 3; i++) void leave(breaker).done("success");
    fail(breaker, 2);
    expect(await breaker.state()).toMatchObject({ phase: "closed", calls: 5, failures: 2 });
    fail(breaker, 1);
    const reason = "3 of 6 calls failed within 10 s";
    const opened = { phase: "open", generation: 1, sinceMs: start + 11_000, untilMs: start + 41_000, reason };
    expect(await breaker.state()).toEqual({ name: "grok", calls: 0, failures: 0, isShared: false, ...opened });
    const change = { name: "grok", from: "closed", to: "open", generation: 1, atMs: start + 11_000 };
    expect(changes).toEqual([{ ...change, untilMs: start + 41_000, reason }]);
  });

  it("is opened by a failure, never by a success", async () => {
    const { breaker } = set({ minimumCalls: 3 });
    fail(breaker, 2);
    void leave(breaker).done("success");
    expect(breaker.check()).toBeUndefined();
    fail(breaker, 1);
    expect(breaker.check()).toMatchObject({ because: "open" });
  });

  it("counts neither what tells nothing nor the same call twice", async () => {
    const { breaker } = set({ minimumCalls: 2, failureRate: 1 });
    for (let i = 0; i < 20; i++) void leave(breaker).done("ignored");
    const once = leave(breaker);
    for (let i = 0; i < 20; i++) void once.done("failure");
    expect(await breaker.state()).toMatchObject({ phase: "closed", calls: 1, failures: 1 });
  });

  it("costs well under a microsecond", () => {
    const breaker = circuitBreaker({ name: "grok", backend: memory() });
    const call = (): void => {
      breaker.check();
      void leave(breaker).done("success");
    };
    const asked = (): void => {
      breaker.check();
      breaker.admit();
    };
    for (let i = 0; i < 20_000; i++) call();
    const best = (act: () => void): number => {
      const rounds = Array.from({ length: 10 }, () => {
        const start = performance.now();
        for (let i = 0; i < 10_000; i++) act();
        return ((performance.now() - start) * 1_000) / 10_000;
      });
      return Math.min(...rounds);
    };
    expect(best(asked)).toBeLessThan(0.5);
    expect(best(call)).toBeLessThan(1.5);
  });
});

describe("an open breaker", () => {
  it("refuses until its time is over, and then lets its probes out, nothing running meanwhile", async () => {
    const { breaker, time } = set();
    fail(breaker);
    expect(refused(breaker)).toMatchObject({ because: "open", retryAfterMs: 30_000 });
    await time.advance(29_999);
    expect([refused(breaker).retryAfterMs, time.sleepers()]).toEqual([1, 0]);
    await time.advance(1);
    expect(breaker.check()).toBeUndefined();
    const due = await breaker.state();
    expect([due.phase, due.generation, due.untilMs]).toEqual(["half-open", 1, undefined]);
    const probes = [1, 2, 3].map(() => leave(breaker));
    expect(probes.map(({ isProbe }) => isProbe)).toEqual([true, true, true]);
    const reason = "10 of 10 calls failed within 30 s";
    expect(refused(breaker)).toEqual({ because: "half-open", retryAfterMs: 60_000, reason });
    expect(await breaker.state()).toMatchObject({ phase: "half-open", generation: 2, reason });
  });

  it("closes when all of its probes have succeeded, and tells once", async () => {
    let closes = 0;
    const { breaker, time, changes } = set({ onClose: () => void closes++ });
    fail(breaker);
    await time.advance(30_000);
    const [first, second, third] = [1, 2, 3].map(() => leave(breaker)) as [Permit, Permit, Permit];
    await first.done("success");
    await second.done("success");
    expect([refused(breaker).because, closes]).toEqual(["half-open", 0]);
    await third.done("success");
    expect([closes, leave(breaker).isProbe]).toEqual([1, false]);
    expect(changes.map(({ from, to, generation }) => [from, to, generation])).toEqual([
      ["closed", "open", 1],
      ["open", "half-open", 2],
      ["half-open", "closed", 3],
    ]);
    // Failures from before it opened count no more.
    fail(breaker, 9);
    expect(breaker.check()).toBeUndefined();
  });

  it("opens again when one of them fails, and the others come too late", async () => {
    const { breaker, time } = set();
    fail(breaker);
    await time.advance(30_000);
    const [first, second, third] = [1, 2, 3].map(() => leave(breaker)) as [Permit, Permit, Permit];
    await first.done("success");
    await time.advance(500);
    await second.done("failure");
    expect(refused(breaker)).toEqual({ because: "open", retryAfterMs: 30_000, reason: "a probe failed" });
    await third.done("success");
    expect(await breaker.state()).toMatchObject({ phase: "open", generation: 3 });
  });

  it("gives the place of a probe that tells nothing to another, and that of one that never comes back in time", async () => {
    const { breaker, time } = set({ probes: 1, probeTimeoutMs: 20_000 });
    fail(breaker);
    await time.advance(30_000);
    await leave(breaker).done("ignored");
    const lost = leave(breaker);
    await time.advance(19_999);
    expect(refused(breaker)).toMatchObject({ because: "half-open", retryAfterMs: 1 });
    await time.advance(1);
    const second = leave(breaker);
    // Its place is another's by now, so that its success is worth nothing.
    await lost.done("success");
    expect(refused(breaker).because).toBe("half-open");
    await second.done("success");
    expect(leave(breaker).isProbe).toBe(false);
  });

  it("ignores what began before it opened", async () => {
    const { breaker, time } = set({ probes: 1 });
    const early = Array.from({ length: 30 }, () => leave(breaker));
    for (const one of early.slice(0, 10)) void one.done("failure");
    await time.advance(30_000);
    await leave(breaker).done("success");
    for (const one of early.slice(10)) void one.done("failure");
    expect(await breaker.state()).toMatchObject({ phase: "closed", generation: 3, calls: 0, failures: 0 });
  });

  it("is open, and its probes out, for as long when the clock is set back", async () => {
    let now = 10_000_000;
    const time = { now: () => now, sleep: async () => {} };
    const breaker = circuitBreaker({ name: "grok", time, probes: 1, probeTimeoutMs: 5_000 });
    fail(breaker);
    now -= 3_600_000;
    expect(refused(breaker)).toMatchObject({ because: "open", retryAfterMs: 30_000 });
    now += 29_999;
    expect(refused(breaker)).toMatchObject({ retryAfterMs: 1 });
    now += 1;
    expect(leave(breaker).isProbe).toBe(true);
    now -= 3_600_000;
    expect(refused(breaker)).toMatchObject({ because: "half-open", retryAfterMs: 5_000 });
    now += 5_000;
    const second = leave(breaker);
    await second.done("success");
    expect([second.isProbe, breaker.check()]).toEqual([true, undefined]);
  });
});

describe("a breaker that somebody holds", () => {
  it("is isolated until it is closed, with who and why", async () => {
    let closes = 0;
    const { breaker, time, changes, start } = set({ onClose: () => void closes++ });
    const early = leave(breaker);
    await breaker.isolate({ reason: "banned:\nask support", by: "ada" });
    expect(refused(breaker)).toEqual({ because: "isolated", reason: "banned: ask support" });
    await time.advance(7 * 86_400_000);
    await early.done("failure");
    expect(refused(breaker).retryAfterMs).toBeUndefined();
    const state = { phase: "isolated", reason: "banned: ask support", by: "ada", sinceMs: start, generation: 1 };
    expect(await breaker.state()).toMatchObject(state);
    await breaker.close({ by: "bob" });
    expect(await breaker.state()).toMatchObject({ phase: "closed", by: "bob", reason: undefined });
    await breaker.close();
    expect([closes, leave(breaker).isProbe]).toEqual([1, false]);
    expect(changes.map(({ to, by }) => [to, by])).toEqual([
      ["isolated", "ada"],
      ["closed", "bob"],
    ]);
  });

  it("is closed while it is open or probed", async () => {
    const { breaker, time } = set();
    fail(breaker);
    await breaker.close();
    expect(breaker.check()).toBeUndefined();
    fail(breaker);
    await time.advance(30_000);
    const probe = leave(breaker);
    await breaker.close();
    await probe.done("failure");
    expect(breaker.check()).toBeUndefined();
  });

  it.each([
    [{ by: "ada" }, "SLUICE_OPTION_MISSING"],
    [{ reason: "", by: "ada" }, "SLUICE_OPTION_TYPE"],
    [{ reason: "x".repeat(501), by: "ada" }, "SLUICE_OPTION_TYPE"],
    [{ reason: "why", by: 5 }, "SLUICE_OPTION_TYPE"],
  ])("is not isolated by %j", async (options, code) => {
    const { breaker } = set();
    await expect(breaker.isolate(options as never)).rejects.toMatchObject({ code });
    expect(breaker.check()).toBeUndefined();
  });
});

describe("run()", () => {
  it("runs a job, tells what came of it, and refuses with when to come back", async () => {
    const { breaker, start, time } = set({ minimumCalls: 2 });
    expect(await breaker.run(async () => 5)).toBe(5);
    const down = (): Promise<never> => Promise.reject(new Error("down"));
    await expect(breaker.run(down)).rejects.toThrow("down");
    const error: unknown = await breaker.run(down).catch((late: unknown) => late);
    const reason = "1 of 2 calls failed within 30 s";
    const told = { because: "open", reason, retryAfterMs: 30_000, retryAtMs: start + 30_000, breaker: "grok" };
    expect(error).toMatchObject({ name: "CircuitOpenError", code: "SLUICE_CIRCUIT_OPEN", ...told });
    expect(isSluiceError(error)).toBe(true);
    expect(String(error)).toContain(`the breaker of grok is open (${reason}): a probe may go out in 30000 ms`);
    await time.advance(30_000);
    for (let i = 0; i < 3; i++) await breaker.run(async () => "up");
    expect(await breaker.state()).toMatchObject({ phase: "closed" });
    await breaker.isolate({ reason: "audit", by: "ada" });
    const held: unknown = await breaker.run(down).catch((late: unknown) => late);
    expect(held).toMatchObject({ because: "isolated", retryAfterMs: undefined, retryAtMs: undefined });
    expect(String(held)).toContain("until somebody closes it");
  });

  it("knows aborts, and errors that are no failures", async () => {
    class NotFound extends Error {}
    const isFailure = (error: unknown): boolean => {
      if (error === "hm") throw new Error("cannot tell");
      return !(error instanceof NotFound);
    };
    const { breaker } = set({ minimumCalls: 1, isFailure });
    const aborted = AbortSignal.abort();
    await expect(breaker.run(async () => aborted.throwIfAborted())).rejects.toThrow();
    await expect(breaker.run(() => Promise.reject(new NotFound()))).rejects.toThrow(NotFound);
    expect(await breaker.state()).toMatchObject({ phase: "closed", calls: 0 });
    const sync = (): never => {
      throw "hm";
    };
    await expect(breaker.run(sync)).rejects.toBe("hm");
    expect(breaker.check()).toMatchObject({ because: "open" });
  });
});

describe("breakers", () => {
  it("of one name and key on one backend are one, in this process on memory", async () => {
    const time = virtualTime();
    const backend = memory({ clock: time });
    const make = (name: string, key?: string) => circuitBreaker({ name, time, backend, key, minimumCalls: 2 });
    const [a, b, other, keyed] = [make("a"), make("a"), make("b"), make("a", "x")];
    const early = leave(a);
    fail(b, 2);
    await early.done("failure");
    expect([a, b, other, keyed].map((one) => one.check() === undefined)).toEqual([false, false, true, true]);
    await time.advance(10_000);
    expect(make("a").check()).toMatchObject({ because: "open", retryAfterMs: 20_000 });
    await b.isolate({ reason: "audit", by: "ada" });
    // What one object does not know yet it does not overwrite.
    await early.done("failure");
    expect(a.check()).toMatchObject({ because: "isolated" });
    // A key is no part of a name.
    fail(make("a", "b/c"), 2);
    const others = [make("a/b", "c"), make("a/b/c"), make("a", "b"), make("a", "b/c")];
    expect(others.map((one) => one.check() === undefined)).toEqual([true, true, true, false]);
    const apart = [circuitBreaker({ name: "a" }), circuitBreaker({ name: "a" })] as const;
    fail(apart[0]);
    expect(apart.map((one) => one.check() === undefined)).toEqual([false, true]);
  });

  it("are a process's own on a backend without leases", () => {
    const breaker = circuitBreaker({ name: "a", backend: noop() });
    fail(breaker);
    expect(breaker.check()).toMatchObject({ because: "open" });
  });

  it("tell metrics of their changes, and suffer from no hook", async () => {
    const throws = (): never => {
      throw new Error("disk full");
    };
    const counted = metrics();
    const { breaker, time } = set({ metrics: counted, onChange: throws, onClose: throws });
    fail(breaker);
    await time.advance(30_000);
    for (let i = 0; i < 3; i++) await leave(breaker).done("success");
    expect(counted.snapshot().apis["grok"]).toMatchObject({ breakerChanges: 3, breaker: "closed" });
  });

  it("do nothing before they are asked", () => {
    const never = (): never => {
      throw new Error("asked");
    };
    const backend = { ...memory(), features: { ...memory().features, scope: "global" as const }, lease: never };
    circuitBreaker({ name: "a", backend, time: { now: never, sleep: never }, metrics: metrics() });
  });

  it.each<[object, string]>([
    [{}, "SLUICE_OPTION_MISSING"],
    [{ name: "" }, "SLUICE_OPTION_TYPE"],
    [{ name: "a\nb" }, "SLUICE_OPTION_TYPE"],
    [{ name: "a", backend: memory }, "SLUICE_OPTION_TYPE"],
    [{ name: "a", key: 5 }, "SLUICE_OPTION_TYPE"],
    [{ name: "a", failureRate: 0 }, "SLUICE_OPTION_TYPE"],
    [{ name: "a", failureRate: 1.1 }, "SLUICE_OPTION_TYPE"],
    [{ name: "a", failureRate: Number.NaN }, "SLUICE_OPTION_TYPE"],
    [{ name: "a", minimumCalls: 0 }, "SLUICE_OPTION_TYPE"],
    [{ name: "a", windowMs: 9 }, "SLUICE_OPTION_TYPE"],
    [{ name: "a", openMs: 86_400_001 }, "SLUICE_OPTION_TYPE"],
    [{ name: "a", probes: 51 }, "SLUICE_OPTION_TYPE"],
    [{ name: "a", probes: 1.5 }, "SLUICE_OPTION_TYPE"],
    [{ name: "a", probeTimeoutMs: 0 }, "SLUICE_OPTION_TYPE"],
    [{ name: "a", onClose: 5 }, "SLUICE_OPTION_TYPE"],
    [{ name: "a", retries: 5 }, "SLUICE_OPTION_UNKNOWN"],
  ])("are not made of %j", (options, code) => {
    let error: unknown;
    try {
      circuitBreaker(options as BreakerOptions);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code });
    expect(isConfigError(error)).toBe(true);
  });
});
