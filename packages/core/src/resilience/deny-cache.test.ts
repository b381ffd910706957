/** Remembered denials: never a denial that the backend would not give, whatever has happened since. */

import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type MemoryBackend, memory } from "../backends/memory.ts";
import type { Backend } from "../engine/backend.ts";
import type { Charge, Decision, Outcome } from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import { type Policy, policy } from "../engine/policy.ts";
import { per, perDay, perMinute, perSecond } from "../engine/rate.ts";
import { type FakeClock, fakeClock } from "../testing/clock.ts";
import { type Draft, history, type Step } from "../testing/history.ts";
import { type Algorithm, algorithms, policyOf } from "../testing/shape.ts";
import { denials } from "./denials.ts";
import { type DenyCacheOptions, denyCache } from "./deny-cache.ts";

const once = policy("once", perMinute(1));

function charge(details: Partial<Charge> = {}): Charge {
  return { policy: once, key: "k", cost: 1, ...details };
}

/** A cache over memory on one clock, and how often memory was asked. */
function setUp(options: DenyCacheOptions = {}) {
  const clock = fakeClock();
  const inner = memory({ clock });
  const consume = vi.fn(inner.consume);
  const cached = denyCache({ ...inner, consume }, { clock, ...options }) as MemoryBackend;
  return { clock, inner, cached, consume, asked: () => consume.mock.calls.length };
}

/** The first decision of an outcome that is there at once. */
function first({ decisions }: Outcome): Decision {
  return decisions[0] as Decision;
}

/** A backend whose answers wait until they are let go, in any order. */
function held(inner: Backend): Backend & { readonly waiting: (() => void)[] } {
  const waiting: (() => void)[] = [];
  // Decided at once, told later.
  const later = <T>(answer: T | Promise<T>): Promise<T> =>
    new Promise((resolve) => {
      waiting.push(() => resolve(answer));
    });
  const { settle, reset } = inner;
  return {
    ...inner,
    waiting,
    consume: (charges) => later(inner.consume(charges)),
    ...(settle && { settle: (entries) => later(settle(entries)) }),
    ...(reset && { reset: (identity) => later(reset(identity)) }),
  };
}

describe("a denial", () => {
  it("is answered again without asking, and says where it comes from", () => {
    const { cached, asked } = setUp();
    const admitted = cached.consume([charge()]);
    const denied = cached.consume([charge()]);
    expect([admitted.allowed, denied.allowed, first(denied).via, asked()]).toEqual([true, false, undefined, 2]);
    const own = policy("once", perMinute(1));
    const again = cached.consume([charge({ policy: own })]);
    expect(first(again).policy, "the policy that was asked for").toBe(own);
    expect(again).toEqual({ ...denied, delayMs: undefined, decisions: [{ ...first(denied), via: "cache" }] });
    expect(asked()).toBe(2);
  });

  // [after so many ms, is it answered from memory, retryAfterMs, resetAfterMs, windowAfterMs]
  it.each<[string, Policy, DenyCacheOptions, readonly (readonly [number, boolean, number?])[]]>([
    [
      "for a second at most",
      once,
      {},
      [
        [0, true, 60_000],
        [1, true, 59_999],
        [999, true, 59_001],
        [1_000, false, 59_000],
      ],
    ],
    [
      "not beyond its wait",
      policy("fast", perSecond(10, { burst: 1 })),
      {},
      [
        [99, true, 1],
        [100, false],
      ],
    ],
    [
      "as long as it is told to be",
      once,
      { maxMs: 30_000 },
      [
        [29_999, true, 30_001],
        [30_000, false, 30_000],
      ],
    ],
  ])("holds %s", (_, limit, options, rows) => {
    for (const [after, isKnown, wait] of rows) {
      const { cached, clock } = setUp(options);
      cached.consume([charge({ policy: limit })]);
      const denied = first(cached.consume([charge({ policy: limit })]));
      clock.advance(after);
      const decision = first(cached.consume([charge({ policy: limit })]));
      expect([after, decision.via === "cache", decision.retryAfterMs]).toEqual([after, isKnown, wait]);
      if (!isKnown) continue;
      expect(decision.resetAfterMs).toBe((denied.resetAfterMs as number) - after);
      expect(decision.windowAfterMs).toBe((denied.windowAfterMs as number) - after);
      expect(decision.remaining).toBe(denied.remaining);
    }
  });

  it("of which no wait is known is not remembered: what can never fit, and what was denied without counting", () => {
    const { cached, asked } = setUp();
    for (let i = 0; i < 3; i++) expect(cached.consume([charge({ cost: 2 })]).retryAfterMs).toBeUndefined();
    expect(asked()).toBe(3);
  });

  it("of a stand-in is not remembered as the backend's", () => {
    const { inner } = setUp();
    const consume = vi.fn((charges: readonly Charge[]): Outcome => {
      const outcome = inner.consume(charges);
      return { ...outcome, decisions: outcome.decisions.map((one) => ({ ...one, via: "fallback" as const })) };
    });
    const cached = denyCache({ ...inner, consume }) as MemoryBackend;
    for (let i = 0; i < 4; i++) cached.consume([charge()]);
    expect(consume).toHaveBeenCalledTimes(4);
  });

  it("in numbers that a backend does not know stays without them", () => {
    const consume = ([{ cost }]: readonly [Charge]): Outcome => ({
      allowed: false,
      retryAfterMs: 500,
      decisions: [{ policy: once, key: "k", cost, allowed: false, charged: 0, retryAfterMs: 500 }],
    });
    const cached = denyCache({ ...memory(), consume } as unknown as Backend) as MemoryBackend;
    cached.consume([charge()]);
    const { via, remaining, resetAfterMs, windowAfterMs } = first(cached.consume([charge()]));
    expect([via, remaining, resetAfterMs, windowAfterMs]).toEqual(["cache", undefined, undefined, undefined]);
  });

  it("whose answer took long is told with the whole wait, and forgotten before the truth", async () => {
    const clock = fakeClock();
    const backend = held(memory({ clock }));
    const cached = denyCache(backend, { clock, maxMs: 100_000 });
    const ask = async (): Promise<Decision> => {
      const answer = cached.consume([charge()]);
      clock.advance(200);
      backend.waiting.shift()?.();
      return first(await answer);
    };
    await ask();
    // Asked at 200 ms, decided then, heard at 400 ms: until 60,000 ms nothing fits.
    expect((await ask()).retryAfterMs).toBe(59_800);
    expect(first(await cached.consume([charge()]))).toMatchObject({ via: "cache", retryAfterMs: 59_800 });
    clock.set(clock.now() - 400 + 59_999);
    expect(first(await cached.consume([charge()]))).toMatchObject({ via: "cache", retryAfterMs: 201 });
    clock.advance(1);
    const pending = cached.consume([charge()]);
    backend.waiting.shift()?.();
    expect((await pending).allowed).toBe(true);
  });
});

describe("what is asked all the same", () => {
  /** How often the backend is asked for this, three times in a row, while a plain charge is known to be denied. */
  function askedFor(details: Partial<Charge>): readonly boolean[] {
    const { cached, asked } = setUp();
    for (let i = 0; i < 3; i++) cached.consume([charge()]);
    expect(asked(), "once admitted, once denied").toBe(2);
    return [0, 1, 2].map(() => {
      const before = asked();
      cached.consume([charge(details)]);
      return asked() > before;
    });
  }

  it.each<[string, Partial<Charge>]>([
    ["a peek", { mode: "peek" }],
    ["a shadow", { mode: "shadow" }],
    ["a charge that accepts a delay", { maxDelayMs: 1 }],
    ["a charge that takes what is there", { minCost: 0.5 }],
    ["a cost of 0", { cost: 0 }],
    ["a larger cost, which would never fit", { cost: 1.5 }],
    ["a key too long to be kept", { key: "k".repeat(1_001) }],
    ["a shard too long to be kept", { shard: "s".repeat(1_001) }],
  ])("every time: %s", (_, details) => {
    expect(askedFor(details)).toEqual([true, true, true]);
  });

  it.each<[string, Partial<Charge>, readonly boolean[]]>([
    ["a smaller cost", { cost: 0.5 }, [true, false, false]],
    ["another key", { key: "l" }, [true, true, false]],
    ["another shard", { shard: "k" }, [true, true, false]],
    ["another limit", { policy: policy("once", perMinute(2)) }, [true, true, false]],
    ["another burst", { policy: policy("once", perMinute(1, { burst: 2 })) }, [true, true, false]],
    ["another window", { policy: policy("once", per("2m", 1)) }, [true, true, false]],
    ["another name", { policy: policy("twice", perMinute(1)) }, [true, true, false]],
    ["another algorithm", { policy: policy("once", perMinute(1, { algorithm: "fixed-window" })) }, [true, true, false]],
  ])("until it is denied itself: %s", (_, details, expected) => {
    expect(askedFor(details)).toEqual(expected);
  });

  it("the zone of a calendar", () => {
    const { cached, asked } = setUp();
    const daily = (timeZone: string) => charge({ policy: policy("daily", perDay(1, { timeZone })) });
    for (let i = 0; i < 3; i++) cached.consume([daily("UTC")]);
    expect(asked()).toBe(2);
    cached.consume([daily("Asia/Tokyo")]);
    expect(asked()).toBe(3);
  });

  it.each<[string, Partial<Charge>, string]>([
    ["a cost that is none", { cost: Number.NaN }, "SLUICE_COST"],
    ["an endless cost", { cost: Number.POSITIVE_INFINITY }, "SLUICE_COST"],
    ["a key that is none", { key: 5 as unknown as string }, "SLUICE_CHARGE_KEY"],
    ["a shard that is none", { shard: 5 as unknown as string }, "SLUICE_CHARGE_KEY"],
    ["a shard of null", { shard: null as unknown as string }, "SLUICE_CHARGE_KEY"],
    ["a mode that is none", { mode: "no" as "peek" }, "SLUICE_CHARGE_MODE"],
  ])("%s, which is a mistake", (_, details, code) => {
    const { cached } = setUp();
    for (let i = 0; i < 3; i++) cached.consume([charge(), charge({ key: "5" })]);
    expect(() => cached.consume([charge({ ...details })])).toThrow(code);
  });
});

describe("several costs of one counter", () => {
  const feed = policy("feed", perMinute(1));
  const read = (cost: number) => charge({ policy: feed, cost });

  it("are remembered side by side", () => {
    const { cached, asked } = setUp();
    cached.consume([read(1)]);
    for (let i = 0; i < 10; i++) for (const cost of [0.1, 1]) expect(cached.consume([read(cost)]).allowed).toBe(false);
    expect(asked()).toBe(3);
  });

  it("are at most four, the oldest forgotten first", () => {
    const { cached, asked } = setUp();
    for (const cost of [1, 0.1, 0.2, 0.3, 0.4, 0.5]) cached.consume([read(cost)]);
    expect(asked()).toBe(6);
    for (const cost of [0.2, 0.3, 0.4, 0.5]) cached.consume([read(cost)]);
    expect(asked()).toBe(6);
    cached.consume([read(0.1)]);
    expect(asked()).toBe(7);
  });
});

describe("several charges", () => {
  const [a, b] = [charge({ key: "a" }), charge({ key: "b" })];

  it("are denied by one that is known: of the others nothing is said, and nothing is booked", () => {
    const { cached, inner, asked } = setUp();
    for (let i = 0; i < 2; i++) cached.consume([a]);
    const outcome = cached.consume([b, a]);
    expect(asked()).toBe(2);
    expect(outcome).toMatchObject({ allowed: false, retryAfterMs: 60_000 });
    expect(outcome.decisions.map(({ key, allowed, charged, via }) => [key, allowed, charged, via])).toEqual([
      ["b", true, 0, "cache"],
      ["a", false, 0, "cache"],
    ]);
    expect(outcome.decisions[0]).not.toHaveProperty("remaining");
    expect(first(inner.consume([{ ...b, cost: 0 }])).remaining).toBe(1);
  });

  it("wait for the longest of those that are known", () => {
    const { cached } = setUp();
    const slow = charge({ key: "slow", policy: policy("slow", per("1h", 1)) });
    for (let i = 0; i < 2; i++) for (const one of [a, slow]) cached.consume([one]);
    expect(cached.consume([a, slow]).retryAfterMs).toBe(3_600_000);
    expect(cached.consume([slow, a]).retryAfterMs).toBe(3_600_000);
  });

  it("are each remembered, and not those that were not denied", () => {
    const { cached, asked } = setUp();
    cached.consume([a]);
    cached.consume([a, b]);
    cached.consume([a]);
    expect(asked()).toBe(2);
    expect(cached.consume([b]).allowed).toBe(true);
  });

  it("of one counter are asked: their sum is another question", () => {
    const { cached, asked } = setUp();
    const two = policy("two", perMinute(2));
    const one = charge({ policy: two });
    expect(cached.consume([one, one]).allowed).toBe(true);
    for (let i = 0; i < 2; i++) expect(cached.consume([one, one]).allowed).toBe(false);
    expect(asked()).toBe(3);
    expect(cached.consume([one]).allowed).toBe(false);
    expect(cached.consume([one]).decisions[0]?.via).toBe("cache");
    expect(cached.consume([one, one]).decisions[0]?.via).toBeUndefined();
  });

  it("that contradict each other are a mistake, also where the answer is known", () => {
    const { cached } = setUp();
    for (let i = 0; i < 2; i++) cached.consume([a]);
    const other = { ...a, policy: policy("once", perMinute(2)) };
    expect(() => cached.consume([a, other])).toThrow("SLUICE_CHARGE_CONFLICT");
  });

  it("are all asked where one is a peek, and none need be where one is a shadow", () => {
    const { cached, asked } = setUp();
    for (let i = 0; i < 2; i++) cached.consume([a]);
    expect(first(cached.consume([{ ...b, mode: "peek" }, a])).remaining).toBe(1);
    expect(asked()).toBe(3);
    const outcome = cached.consume([{ ...b, mode: "shadow" }, a]);
    expect([outcome.allowed, first(outcome).charged, asked()]).toEqual([false, 0, 3]);
  });
});

describe("forgetting", () => {
  it.each<[string, (cached: MemoryBackend, decision: Decision) => void, boolean]>([
    ["a charge that is given back", (cached, decision) => cached.settle([{ decision, cost: 0 }]), true],
    ["a charge that is given back in part", (cached, decision) => cached.settle([{ decision, cost: 0.5 }]), true],
    ["a charge that cost more: waits are longer", (cached, decision) => cached.settle([{ decision, cost: 2 }]), true],
    [
      "a charge that cost what it cost, which changes nothing",
      (cached, decision) => cached.settle([{ decision, cost: 1 }]),
      false,
    ],
    ["a reset", (cached) => cached.reset({ policy: once, key: "k" }), true],
    ["a reset under another plan", (cached) => cached.reset({ policy: policy("once", perMinute(9)), key: "k" }), true],
    ["a reset of somebody else", (cached) => cached.reset({ policy: once, key: "l" }), false],
  ])("%s", (_, happens, forgets) => {
    const { cached, asked } = setUp();
    const decision = first(cached.consume([charge()]));
    cached.consume([charge()]);
    happens(cached, decision);
    cached.consume([charge()]);
    expect(asked()).toBe(forgets ? 3 : 2);
  });

  it("a charge under another plan that is given back", () => {
    const { cached } = setUp();
    const pro = first(cached.consume([charge({ policy: policy("once", perMinute(2)), cost: 2 })]));
    for (let i = 0; i < 2; i++) expect(cached.consume([charge()]).allowed).toBe(false);
    cached.settle([{ decision: pro, cost: 0 }]);
    expect(cached.consume([charge()]).allowed).toBe(true);
  });

  it("what another plan's faster time has returned", () => {
    const { cached, clock } = setUp();
    const fast = charge({ policy: policy("once", perMinute(60, { burst: 1 })), cost: 0.01 });
    const slow = charge({ policy: policy("once", perMinute(1)) });
    cached.consume([slow]);
    expect(cached.consume([slow]).allowed).toBe(false);
    clock.advance(900);
    expect(cached.consume([fast]).allowed).toBe(true);
    clock.advance(90);
    expect(first(cached.consume([slow])).via).toBeUndefined();
  });

  it("what another plan's charges in one trip have changed", () => {
    const { cached, clock } = setUp();
    const fast = charge({ policy: policy("once", perMinute(60, { burst: 1 })), cost: 0.01 });
    cached.consume([charge()]);
    expect(cached.consume([charge()]).allowed).toBe(false);
    clock.advance(900);
    expect(cached.consumeEach([[charge({ key: "l" })], [fast]])[1]?.allowed).toBe(true);
    expect(first(cached.consume([charge()])).via).toBeUndefined();
  });

  it("what was said while a refund was under way, whichever answer comes first", async () => {
    for (const order of ["denial first", "refund first"]) {
      const clock = fakeClock();
      const backend = held(memory({ clock }));
      const cached = denyCache(backend, { clock });
      const answer = cached.consume([charge()]);
      backend.waiting.shift()?.();
      const decision = first(await answer);
      const denied = cached.consume([charge()]);
      const settled = cached.settle?.([{ decision, cost: 0 }]);
      const [letDenial, letRefund] = backend.waiting.splice(0) as [() => void, () => void];
      if (order === "denial first") {
        letDenial();
        expect((await denied).allowed).toBe(false);
        letRefund();
        await settled;
      } else {
        letRefund();
        await settled;
        letDenial();
        expect((await denied).allowed).toBe(false);
      }
      const after = cached.consume([charge()]);
      backend.waiting.shift()?.();
      expect((await after).allowed, order).toBe(true);
    }
  });

  it("a refund of which nobody knows whether it arrived, and the failure is told", async () => {
    const { inner, clock } = setUp();
    const settle = vi.fn(async () => Promise.reject(new Error("lost")));
    const consume = vi.fn(inner.consume);
    const cached = denyCache({ ...inner, consume, settle }, { clock }) as MemoryBackend;
    const decision = first(cached.consume([charge()]));
    cached.consume([charge()]);
    await expect(cached.settle([{ decision, cost: 0 }])).rejects.toThrow("lost");
    cached.consume([charge()]);
    expect(consume).toHaveBeenCalledTimes(3);
  });

  it("everything when the clock steps back, also what is still under way", async () => {
    const clock = fakeClock();
    const backend = held(memory({ clock: fakeClock() }));
    const cached = denyCache(backend, { clock });
    const ask = (): Promise<Outcome> => Promise.resolve(cached.consume([charge()]));
    const answer = async (pending: Promise<Outcome>): Promise<Decision> => {
      backend.waiting.shift()?.();
      return first(await pending);
    };
    await answer(ask());
    const early = ask();
    clock.advance(-5_000);
    expect(await answer(early)).toMatchObject({ allowed: false });
    expect(await answer(ask()), "the instant it was asked at lies ahead").toMatchObject({ via: undefined });
    expect(first(await ask())).toMatchObject({ via: "cache" });
    clock.advance(500);
    const late = cached.consume([charge({ cost: 0.5 })]) as Promise<Outcome>;
    const [letLate] = backend.waiting.splice(0) as [() => void];
    clock.advance(-1);
    expect(await answer(ask()), "what was known is forgotten").toMatchObject({ via: undefined });
    clock.advance(10);
    letLate();
    await late;
    const again = cached.consume([charge({ cost: 0.5 })]) as Promise<Outcome>;
    expect(await answer(again), "asked for before the step").toMatchObject({ via: undefined });
  });
});

describe("what is held", () => {
  /** Which of these keys are known to be denied. */
  function knownOf(cached: MemoryBackend, consume: { mock: { calls: unknown[] } }, keys: readonly string[]): string[] {
    return keys.filter((key) => {
      const before = consume.mock.calls.length;
      cached.consume([charge({ key })]);
      return consume.mock.calls.length === before;
    });
  }

  it("is bounded: beyond maxKeys the oldest goes", () => {
    const { cached, consume } = setUp({ maxKeys: 3 });
    for (const key of ["a", "b", "c", "d"]) for (let i = 0; i < 2; i++) cached.consume([charge({ key })]);
    expect(knownOf(cached, consume, ["d", "c", "b"])).toEqual(["d", "c", "b"]);
    expect(knownOf(cached, consume, ["a"])).toEqual([]);
    // And that one was learnt now, in place of the oldest left.
    expect(knownOf(cached, consume, ["a", "c", "d"])).toEqual(["a", "c", "d"]);
  });

  it("has room for one more cost of a counter without anybody going", () => {
    const { cached, consume } = setUp({ maxKeys: 2 });
    for (const key of ["b", "a"]) for (let i = 0; i < 2; i++) cached.consume([charge({ key })]);
    cached.consume([charge({ key: "a", cost: 0.5 })]);
    expect(knownOf(cached, consume, ["b", "a"])).toEqual(["b", "a"]);
  });

  it("is bounded in refunds, too, and none of them is overlooked", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }), (keys) => {
        const { cached } = setUp({ maxKeys: 2 });
        for (const key of keys.map(String)) {
          const decision = first(cached.consume([charge({ key })]));
          expect(decision.allowed).toBe(true);
          expect(cached.consume([charge({ key })]).allowed).toBe(false);
          cached.settle([{ decision, cost: 0 }]);
        }
      }),
    );
  });

  it("is bounded whatever is asked, settled and reset", () => {
    const set = vi.spyOn(Map.prototype, "set");
    const retryAfterMs = 60_000;
    const consume = (charges: readonly Charge[]): Outcome => {
      const decisions = charges.map((one) => ({ ...one, allowed: false, charged: 0, retryAfterMs }));
      return { allowed: false, retryAfterMs, decisions };
    };
    const cached = denyCache({ ...memory(), consume, settle: () => {}, reset: () => {} }, { maxKeys: 5 });
    for (let i = 0; i < 100; i++) {
      const { decisions } = cached.consume([charge({ key: `${i}`, cost: i })]) as Outcome;
      cached.settle?.([{ decision: decisions[0] as Decision, cost: 1 }]);
      cached.consume([charge({ key: `${i}` }), charge({ key: "all", cost: i })]);
      cached.reset?.(charge({ key: `${i}` }));
    }
    const sizes = set.mock.contexts.map((map) => (map as Map<unknown, unknown>).size);
    set.mockRestore();
    expect(sizes.length).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5);
  });

  it("is dropped once it has ended", () => {
    const known = denials(10, 1_000);
    const deny = (key: string, askedAt: number): void => {
      const decision = { ...charge({ key }), allowed: false, charged: 0, retryAfterMs: 60_000 };
      known.remember({ decision, turn: known.ask(askedAt), askedAt, heardAt: askedAt });
    };
    for (const [at, key] of ["a", "b", "c"].entries()) deny(key, at);
    deny("d", 1_001);
    known.forget(charge({ key: "d" }));
    expect(known.isEmpty(), "c has not ended").toBe(false);
    known.forget(charge({ key: "c" }));
    expect(known.isEmpty()).toBe(true);
  });

  it("has no room for long keys", () => {
    const { cached, asked } = setUp();
    for (let i = 0; i < 5; i++)
      cached.consume([charge({ key: "k".repeat(1_000) }), charge({ key: "k".repeat(1_001) })]);
    expect(asked(), "one of the two is remembered").toBe(2);
  });
});

describe("random histories", () => {
  /** One of the two backends, with the decisions it has made. */
  function side(backend: Backend) {
    const decisions: (Decision | undefined)[] = [];
    const policies = new Map<string, Policy>();
    const made = ({ algorithm, shape, details }: Draft): Charge => {
      const name = JSON.stringify([algorithm, shape]);
      const found = policies.get(name) ?? policyOf(shape, algorithm, shape.name);
      policies.set(name, found);
      return { policy: found, ...details };
    };
    return (step: Step): readonly Outcome[] | string => {
      try {
        if (step.do === "consume" || step.do === "consumeEach") {
          const groups = step.do === "consume" ? [step.charges] : step.groups;
          const asked = groups.map((group) => group.map(made));
          const outcomes =
            step.do === "consume"
              ? [backend.consume(asked[0] as readonly Charge[]) as Outcome]
              : (backend.consumeEach?.(asked) as readonly Outcome[]);
          // Who was refused is not served, and nothing of it is settled.
          for (const { allowed, decisions: own } of outcomes) {
            decisions.push(...own.map((decision) => (allowed ? decision : undefined)));
          }
          return outcomes;
        }
        if (step.do === "settle" && decisions[step.decision]) {
          backend.settle?.([{ decision: decisions[step.decision] as Decision, cost: step.cost }]);
        }
        if (step.do === "reset") backend.reset?.(made(step.of));
        if (step.do === "block") backend.block?.(made(step.of), step.forMs, { shorten: step.shorten });
        return [];
      } catch (error) {
        if (error instanceof ConfigError) return error.code;
        throw error;
      }
    };
  }

  /** Plays a history to both, and says where the cache denied or told what the backend would not; how often it answered. */
  function played(steps: readonly Step[], options: DenyCacheOptions): number {
    const clock: FakeClock = fakeClock();
    const bare = side(memory({ clock }));
    const cached = side(denyCache(memory({ clock }), { clock, ...options }));
    let answers = 0;
    for (const [at, step] of steps.entries()) {
      if (step.do === "advance") {
        // Forwards only: a step back is written down by whoever is asked, and a cache asks less often.
        clock.advance(Math.abs(step.ms));
        continue;
      }
      const [expected, got] = [bare(step), cached(step)];
      const told = `step ${at}: ${JSON.stringify(step)}`;
      if (typeof expected === "string" || typeof got === "string") {
        expect(got, told).toBe(expected);
        continue;
      }
      for (const [i, outcome] of got.entries()) {
        const truth = expected[i] as Outcome;
        if (!outcome.decisions.some(({ via }) => via === "cache")) {
          expect(outcome, told).toEqual(truth);
          continue;
        }
        answers++;
        expect(truth.allowed, told).toBe(false);
        for (const [j, decision] of outcome.decisions.entries()) {
          // Of those that nothing is known against nothing is said.
          if (decision.allowed) continue;
          expect([decision.via, truth.decisions[j]?.allowed], told).toEqual(["cache", false]);
          // Others may have charged since, and then it is longer: never shorter.
          expect(decision.retryAfterMs, told).toBeLessThanOrEqual(truth.decisions[j]?.retryAfterMs as number);
        }
      }
    }
    return answers;
  }

  /** The same history of one plan per policy, each question asked thrice: so most denials are asked for again. */
  function calmed(steps: readonly Step[]): readonly Step[] {
    const limits = new Map<string, number>();
    const one = (draft: Draft): Draft => {
      const { name, capacity } = draft.shape;
      limits.set(name, limits.get(name) ?? capacity);
      return { ...draft, shape: { ...draft.shape, capacity: limits.get(name) as number } };
    };
    return steps.flatMap((step): readonly Step[] => {
      if (step.do !== "consume") return [step];
      const asked: Step = { do: "consume", charges: step.charges.map(one) };
      return [asked, asked, { do: "advance", ms: 7 }, asked];
    });
  }

  it.each<Algorithm | "mixed">([...algorithms, "mixed"])(
    "of %s are decided as without the cache",
    (algorithm) => {
      let answers = 0;
      const options = fc.record({
        maxMs: fc.constantFrom(1, 1_000, 100_000_000),
        maxKeys: fc.constantFrom(1, 3, 10_000),
      });
      fc.assert(
        fc.property(fc.nat(), fc.boolean(), options, (seed, isCalm, chosen) => {
          const steps = history(seed, 80, algorithm, memory());
          answers += played(isCalm ? calmed(steps) : steps, chosen);
        }),
        { numRuns: 60 },
      );
      expect(answers, "answers from the cache").toBeGreaterThan(20);
    },
    30_000,
  );
});

describe("the wrapper", () => {
  it("is as capable as what it wraps", () => {
    const inner = memory();
    const cached = denyCache(inner);
    expect(cached.features).toBe(inner.features);
    expect(cached.name).toBe("memory");
    const { settle: _s, reset: _r, consumeEach: _c, block: _b, lease: _l, ...bare } = inner;
    expect(Object.keys(denyCache(bare)).sort()).toEqual(["consume", "features", "name", "supports"]);
    expect(denyCache({ ...inner, supports: () => "no" }).supports(once)).toBe("no");
  });

  it("fails as the backend fails, and remembers nothing of it", async () => {
    const consume = vi.fn(() => Promise.reject(new Error("down")));
    const cached = denyCache({ ...memory(), consume });
    for (let i = 0; i < 3; i++) await expect(cached.consume([charge()])).rejects.toThrow("down");
    expect(consume).toHaveBeenCalledTimes(3);
  });

  it("reads no clock and draws nothing before it is asked", () => {
    const now = vi.fn(() => 0);
    denyCache(memory(), { clock: { now } });
    expect(now).not.toHaveBeenCalled();
  });

  it.each<[unknown, unknown, string]>([
    [memory(), { maxMs: 0 }, "SLUICE_OPTION_TYPE"],
    [memory(), { maxKeys: 1.5 }, "SLUICE_OPTION_TYPE"],
    [memory(), { clock: Date }, ""],
    [memory(), { clock: {} }, "SLUICE_OPTION_TYPE"],
    [memory(), { ttl: 5 }, "SLUICE_OPTION_UNKNOWN"],
    [memory(), 5, "SLUICE_OPTION_TYPE"],
    [memory, {}, "SLUICE_OPTION_TYPE"],
    [undefined, {}, "SLUICE_OPTION_MISSING"],
  ])("is not made of %s and %j", (backend, options, code) => {
    const make = () => denyCache(backend as Backend, options as DenyCacheOptions);
    if (code === "") expect(make).not.toThrow();
    else expect(make).toThrow(code);
  });
});
