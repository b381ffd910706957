import { type Backend, ConfigError, per, perDay, perHour, perMinute, perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { describe, expect, it } from "vitest";
import { type VirtualTime, virtualTime } from "../time/virtual-time.ts";
import type { NamedLimiter } from "./limiter.ts";
import type { LimiterOptions } from "./limiter-options.ts";
import { limiter } from "./make-limiter.ts";

function set(options: Partial<LimiterOptions> = {}): { time: VirtualTime; limit: NamedLimiter } {
  const time = virtualTime();
  const backend = memory({ clock: time });
  return { time, limit: limiter({ name: "api", rate: perSecond(2), backend, time, ...options }) };
}

describe("limiter()", () => {
  it("does nothing when it is made", () => {
    const touched: string[] = [];
    const backend = new Proxy(memory(), {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== "function" || name === "supports") return value;
        return () => touched.push(String(name));
      },
    }) as Backend;
    const time = {
      now: () => touched.push("now"),
      sleep: async () => void touched.push("sleep"),
    };
    limiter({ name: "api", rate: perSecond(2), backend, time })
      .for("a")
      .withLimit(1);
    expect(touched).toEqual([]);
  });

  it.each([
    ["a log up to 100", perHour(20), { algorithm: "sliding-log", limit: 20, windowMs: 3_600_250 }],
    [
      "even spacing above it",
      perMinute(200),
      { algorithm: "token-bucket", limit: 200, windowMs: 60_250, burst: 1, strict: true },
    ],
    [
      "even spacing in pairs where that is milliseconds",
      perSecond(500),
      { algorithm: "token-bucket", limit: 500, windowMs: 1_020, burst: 2, strict: true },
    ],
    [
      "a strict bucket with a burst",
      perMinute(60, { burst: 10 }),
      { algorithm: "token-bucket", limit: 60, windowMs: 60_250, burst: 10, strict: true },
    ],
    ["a short window by a 50th of it", per("100ms", 3), { algorithm: "sliding-log", limit: 3, windowMs: 102 }],
    [
      "a calendar as it is",
      perDay(20, { timeZone: "UTC" }),
      { algorithm: "calendar", limit: 20, period: "day", timeZone: "UTC" },
    ],
    [
      "a fixed window as it is",
      perSecond(9, { algorithm: "fixed-window" }),
      { algorithm: "fixed-window", limit: 9, windowMs: 1_000 },
    ],
  ])("makes of a rate %s", (_what, rate, policy) => {
    expect(set({ rate }).limit.policy).toEqual({ name: "api", ...policy });
  });

  it.each([
    [{ name: "" }, "SLUICE_POLICY_NAME"],
    [{ name: "x".repeat(51) }, "SLUICE_POLICY_NAME"],
    [{ name: "ü" }, "SLUICE_POLICY_NAME"],
    [{ rate: undefined as never }, "SLUICE_OPTION_MISSING"],
    [{ backend: {} as Backend }, "SLUICE_OPTION_TYPE"],
    [{ key: 7 as never }, "SLUICE_OPTION_TYPE"],
    [{ toleranceMs: -1 }, "SLUICE_OPTION_TYPE"],
    [{ rampMs: 0.5 }, "SLUICE_OPTION_TYPE"],
    [{ expiresAfterMs: 0 }, "SLUICE_OPTION_TYPE"],
    [{ time: {} as never }, "SLUICE_OPTION_TYPE"],
    [{ metrics: {} as never }, "SLUICE_OPTION_TYPE"],
    [{ rate: perMinute(60, { burst: 60 }) }, "SLUICE_POLICY_BURST"],
    [{ tolerance: 5 } as never, "SLUICE_OPTION_UNKNOWN"],
  ])("names a mistake: %j", (options, code) => {
    expect(() => set(options)).toThrow(expect.objectContaining({ code, name: "ConfigError" }));
  });

  it("says where a backend cannot keep its rate", () => {
    const backend = { ...memory(), supports: () => "no logs here" };
    expect(() => set({ backend })).toThrow(expect.objectContaining({ code: "SLUICE_BACKEND_UNSUPPORTED" }));
  });

  it("refuses to wait on a backend that books nothing ahead, and tries on it", async () => {
    const { limit } = set({ backend: noop() });
    expect(await limit.tryAcquire()).toMatchObject({ allowed: true });
    expect(() => limit.reserve(1, { maxWaitMs: 1 })).toThrow(ConfigError);
    await expect(limit.acquire()).rejects.toMatchObject({ code: "SLUICE_BACKEND_UNSUPPORTED" });
    await expect(limit.pause({ reason: "r", by: "b" })).rejects.toMatchObject({ code: "SLUICE_BACKEND_UNSUPPORTED" });
  });
});

describe("a cost", () => {
  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "1" as never])(
    "of %s is a mistake",
    async (cost) => {
      const { limit } = set();
      const mistake = expect.objectContaining({ code: "SLUICE_COST" });
      expect(() => limit.tryAcquire(cost)).toThrow(mistake);
      expect(() => limit.reserve(cost)).toThrow(mistake);
      await expect(limit.acquire(cost)).rejects.toEqual(mistake);
      expect(await limit.peek()).toMatchObject([{ used: 0 }]);
    },
  );

  it("in fractions is counted by a bucket, and is a mistake to a log", async () => {
    const { limit } = set({ rate: perMinute(60, { burst: 10 }) });
    expect(await limit.tryAcquire(0.25)).toMatchObject({ allowed: true, cost: 0.25 });
    expect(await limit.peek()).toMatchObject([{ remaining: 9.75, used: 0.25 }]);
    expect(() => set().limit.tryAcquire(0.5)).toThrow(expect.objectContaining({ code: "SLUICE_COST" }));
  });

  it("above the capacity can never fit, and is refused without a trip and without a timer", async () => {
    const { limit, time } = set({ key: "k" });
    const never = { allowed: false, because: "never", violations: [{ name: "api", key: "k" }] };
    expect(limit.tryAcquire(3)).toEqual(never);
    expect(limit.reserve(3, { maxWaitMs: 1e9 })).toEqual(never);
    await expect(limit.acquire(3, { maxWaitMs: 1e9 })).rejects.toMatchObject({
      name: "LimitError",
      code: "SLUICE_COST_NEVER_FITS",
      retryAfterMs: undefined,
      denial: never,
    });
    expect(time.sleepers()).toBe(0);
  });
});

describe("tryAcquire()", () => {
  it("answers at once on a backend in this process", () => {
    const { limit } = set();
    expect(limit.tryAcquire()).toMatchObject({ allowed: true, cost: 1, delayMs: 0, state: "pending" });
    expect(limit.tryAcquire()).toMatchObject({ allowed: true });
    expect(limit.tryAcquire()).toEqual({
      allowed: false,
      because: "limit",
      retryAfterMs: 1_020,
      violations: [{ name: "api", key: "", retryAfterMs: 1_020 }],
    });
  });

  it("says to the millisecond when it fits", async () => {
    const { limit, time } = set();
    limit.tryAcquire(2);
    await time.advance(300);
    const denial = limit.tryAcquire() as { retryAfterMs: number };
    await time.advance(denial.retryAfterMs - 1);
    expect(limit.tryAcquire()).toMatchObject({ allowed: false, retryAfterMs: 1 });
    await time.advance(1);
    expect(limit.tryAcquire()).toMatchObject({ allowed: true });
  });

  it("counts keys apart, and limits of one key together", async () => {
    const { limit } = set();
    expect(limit.for("a").tryAcquire(2)).toMatchObject({ allowed: true });
    expect(limit.for("b").tryAcquire(2)).toMatchObject({ allowed: true });
    expect(limit.for("a").withLimit(3).tryAcquire(1)).toMatchObject({ allowed: true });
    expect(limit.for("a").tryAcquire(1)).toMatchObject({ allowed: false });
    expect(limit.withLimit(0).tryAcquire(1)).toMatchObject({ because: "never" });
  });

  it("keeps a bucket's counter whatever its limit becomes", () => {
    const { limit } = set({ rate: perMinute(600) });
    expect(limit.tryAcquire()).toMatchObject({ allowed: true });
    expect(limit.withLimit(1).tryAcquire()).toMatchObject({ allowed: false });
    expect(limit.withLimit(50).tryAcquire()).toMatchObject({ allowed: false });
  });
});

describe("reserve()", () => {
  it("takes slots in order, and none further ahead than it may", async () => {
    const { limit, time } = set();
    const slots = [1, 2, 3, 4].map(() => limit.reserve(1, { maxWaitMs: 1_020 }));
    expect(slots.map((slot) => (slot as { delayMs: number }).delayMs)).toEqual([0, 0, 1_020, 1_020]);
    expect(limit.reserve(1, { maxWaitMs: 1_020 })).toMatchObject({ allowed: false, retryAfterMs: 1_020 });
    expect(time.sleepers()).toBe(0);
  });

  it("is denied where nothing is booked ahead", () => {
    const { limit } = set({ rate: perDay(1, { timeZone: "UTC" }) });
    expect(limit.reserve(1, { maxWaitMs: 1e9 })).toMatchObject({ allowed: true, delayMs: 0 });
    expect(limit.reserve(1, { maxWaitMs: 1e9 })).toMatchObject({ allowed: false, because: "limit" });
  });

  it.each([-1, Number.NaN])("takes no wait of %s", (maxWaitMs) => {
    expect(() => set().limit.reserve(1, { maxWaitMs })).toThrow(
      expect.objectContaining({ code: "SLUICE_OPTION_TYPE" }),
    );
  });
});

describe("acquire()", () => {
  it("starts each at its slot, first come, first served", async () => {
    const { limit, time } = set();
    const start = time.now();
    const starts: [number, number][] = [];
    for (let i = 0; i < 6; i++) void limit.acquire().then(() => starts.push([i, time.now() - start]));
    await time.advance(10_000);
    expect(starts).toEqual([
      [0, 0],
      [1, 0],
      [2, 1_020],
      [3, 1_020],
      [4, 2_040],
      [5, 2_040],
    ]);
  });

  it("is refused at once when it cannot fit, and leaves no timer", async () => {
    const { limit, time } = set();
    limit.tryAcquire(2);
    await expect(limit.acquire(1, { maxWaitMs: 1_019 })).rejects.toMatchObject({
      code: "SLUICE_MAX_WAIT",
      retryAfterMs: 1,
      retryAtMs: time.now() + 1,
      denial: { because: "limit" },
    });
    expect(time.sleepers()).toBe(0);
    expect(await limit.peek()).toMatchObject([{ used: 2 }]);
  });

  it("serves a heavy cost in its turn, however many light ones come", async () => {
    const { limit, time } = set({ rate: perSecond(5) });
    const start = time.now();
    for (let i = 0; i < 5; i++) limit.tryAcquire();
    const served: [string, number][] = [];
    void limit.acquire(5).then(() => served.push(["heavy", time.now() - start]));
    for (let i = 0; i < 200; i++) {
      void limit.acquire(1, { maxWaitMs: 60_000 }).then(() => served.push(["light", time.now() - start]));
      await time.advance(10);
    }
    expect(served[0]).toEqual(["heavy", 1_020]);
    await time.advance(60_000);
    expect(served).toHaveLength(201);
  });

  it("waits for a window that books nothing ahead, if that is near enough", async () => {
    const { limit, time } = set({ rate: perDay(1, { timeZone: "UTC" }) });
    limit.tryAcquire();
    await expect(limit.acquire()).rejects.toMatchObject({ code: "SLUICE_MAX_WAIT" });
    expect(time.sleepers()).toBe(0);
    let startedAt = 0;
    void limit.acquire(1, { maxWaitMs: 86_400_000 }).then(() => {
      startedAt = time.now();
    });
    await time.advance(86_400_000);
    expect(new Date(startedAt).toISOString()).toBe("2027-05-13T00:00:00.000Z");
  });

  it("gives its slot back when it is aborted, and the next caller gets that or an earlier one", async () => {
    const { limit, time } = set({ rate: perSecond(1) });
    limit.tryAcquire();
    const aborting = new AbortController();
    const aborted = limit.acquire(1, { signal: aborting.signal });
    aborted.catch(() => {});
    await time.advance(100);
    expect(time.sleepers()).toBe(1);
    aborting.abort(new Error("changed my mind"));
    await expect(aborted).rejects.toThrow("changed my mind");
    expect(time.sleepers()).toBe(0);
    expect(limit.reserve(1, { maxWaitMs: 5_000 })).toMatchObject({ delayMs: 920 });
  });

  it("books nothing for a signal that is aborted already", async () => {
    const { limit } = set();
    await expect(limit.acquire(1, { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
    expect(await limit.peek()).toMatchObject([{ used: 0 }]);
  });

  it("takes a backend in this process that answers later", async () => {
    const time = virtualTime();
    const backend = memory({ clock: time });
    const later: Backend = { ...backend, consume: async (charges) => backend.consume(charges) };
    const { limit } = set({ backend: later, time });
    expect(await limit.tryAcquire()).toMatchObject({ allowed: true });
    expect(await limit.acquire()).toMatchObject({ allowed: true, delayMs: 0 });
    expect(await limit.tryAcquire()).toMatchObject({ allowed: false, retryAfterMs: 1_020 });
    const waiting = limit.acquire();
    await time.advance(1_020);
    expect(await waiting).toMatchObject({ delayMs: 1_020 });
  });

  it("waits for another place when such an answer comes late", async () => {
    const time = virtualTime();
    const state = memory({ clock: time });
    let answered = Promise.resolve();
    const later: Backend = {
      ...state,
      async consume(charges) {
        const outcome = state.consume(charges);
        await answered;
        return outcome;
      },
    };
    const { limit } = set({ rate: perSecond(1), backend: later, time });
    await limit.tryAcquire();
    await time.advance(2_000);
    let answer = (): void => {};
    answered = new Promise((resolve) => {
      answer = resolve;
    });
    const waiting = limit.acquire(1, { maxWaitMs: 5_000 });
    await time.stall(500);
    const other = set({ rate: perSecond(1), backend: state, time }).limit;
    expect(other.reserve(1, { maxWaitMs: 5_000 })).toMatchObject({ delayMs: 520 });
    answer();
    await time.advance(5_000);
    expect(await waiting).toMatchObject({ allowed: true, readyAtMs: time.now() - 5_000 + 520 + 1_020 });
  });

  it("rejects with what the backend failed with", async () => {
    const backend = memory();
    const failing = {
      ...backend,
      features: { ...backend.features, scope: "global" as const },
      consume: () => Promise.reject(new Error("unreachable")),
    };
    const { limit } = set({ backend: failing });
    await expect(limit.acquire()).rejects.toThrow("unreachable");
    await expect(limit.tryAcquire()).rejects.toThrow("unreachable");
  });
});

describe("a stall of the event loop", () => {
  it("lets those who wake too late ask again", async () => {
    const { limit, time } = set({ rate: perSecond(5) });
    const start = time.now();
    const starts: number[] = [];
    for (let i = 0; i < 15; i++) void limit.acquire().then(() => starts.push(time.now() - start));
    await time.advance(700);
    await time.stall(1_900);
    await time.advance(30_000);
    expect(starts).toHaveLength(15);
    for (const from of starts) {
      expect(starts.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(5);
    }
  });

  it("counts nobody as late within 5 ms, however small the tolerance", async () => {
    const { limit, time } = set({ rate: perSecond(1), toleranceMs: 0 });
    const start = time.now();
    const starts: number[][] = [];
    for (let i = 0; i < 3; i++) {
      void limit.acquire().then(({ readyAtMs }) => starts.push([readyAtMs - start, time.now() - start]));
    }
    await time.advance(999);
    await time.stall(6);
    await time.advance(994);
    await time.stall(7);
    // The first kept its slot; the second took another, which was free at once.
    expect(starts).toEqual([
      [0, 0],
      [1_000, 1_005],
      [2_006, 2_006],
    ]);
  });

  it("within the tolerance lets nobody down, and no window exceed its limit", async () => {
    const { limit, time } = set({ rate: perSecond(5) });
    const start = time.now();
    const starts: number[] = [];
    for (let i = 0; i < 15; i++) void limit.acquire().then(() => starts.push(time.now() - start));
    await time.advance(1_019);
    await time.stall(21);
    await time.advance(5_000);
    expect([...new Set(starts)]).toEqual([0, 1_040, 2_040]);
    for (const from of starts) expect(starts.filter((at) => at >= from && at < from + 1_000)).toHaveLength(5);
  });

  it.each([
    [30, 5],
    [5, 1],
    [1, 1],
    [90, 10],
  ])("of 60 with a burst of 10 may be %i, with a burst of %i", (limit, burst) => {
    const { policy } = limiter({ name: "api", rate: perMinute(60, { burst: 10 }), backend: memory() }).withLimit(limit);
    expect(policy).toMatchObject({ limit, burst });
  });
});
