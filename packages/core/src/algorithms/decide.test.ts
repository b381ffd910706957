/** All or nothing: several charges, one instant, one outcome. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Charge, Outcome } from "../engine/charge.ts";
import { type Policy, policy } from "../engine/policy.ts";
import { per, perDay } from "../engine/rate.ts";
import { type State, stepsOf } from "./compile.ts";
import { type Cell, decide, decideOne, isPlain } from "./decide.ts";

const bucket = policy("bucket", per("1s", 5));
const slow = policy("slow", per("10s", 2));
const fixed = policy("fixed", per("1s", 5, { algorithm: "fixed-window" }));
const sliding = policy("sliding", per("1s", 5, { algorithm: "sliding-window" }));
const log = policy("log", per("1s", 5, { algorithm: "sliding-log" }));
const days = policy("days", perDay(5, { timeZone: "UTC" }));
const every = [bucket, fixed, sliding, log, days];

const charge = (asked: Policy, cost: number, details: Partial<Charge> = {}): Charge => ({
  policy: asked,
  key: "k",
  cost,
  ...details,
});

/** Counters of their own, asked again and again. */
function counters(): (now: number, ...charges: Charge[]) => Outcome & { readonly states: readonly State[] } {
  const kept = new Map<string, State>();
  return (now, ...charges) => {
    const steps = charges.map((one) => stepsOf(one.policy));
    const states = charges.map((one, i) => kept.get(one.policy.name) ?? (steps[i]?.empty as State));
    const outcome = decide(charges, steps, states, now);
    for (const [i, one] of charges.entries()) kept.set(one.policy.name, states[i] as State);
    return { ...outcome, states };
  };
}

describe("several charges", () => {
  it("are booked together, or none of them", () => {
    const ask = counters();
    expect(ask(0, ...every.map((one) => charge(one, 3)))).toMatchObject({ allowed: true });
    const { allowed, decisions } = ask(0, charge(bucket, 2), charge(fixed, 3), charge(sliding, 1));
    expect(allowed).toBe(false);
    expect(decisions.map((one) => [one.allowed, one.charged, one.remaining])).toEqual([
      [true, 0, 2],
      [false, 0, 2],
      [true, 0, 2],
    ]);
  });

  it("are each told why: every denial is reported, the longest wait is the outcome's", () => {
    const ask = counters();
    ask(0, charge(bucket, 5), charge(slow, 2), charge(fixed, 5));
    const outcome = ask(100, charge(bucket, 1), charge(slow, 1), charge(log, 1), charge(fixed, 1));
    expect(outcome.retryAfterMs).toBe(4900);
    expect(outcome.decisions.map(({ allowed, retryAfterMs }) => [allowed, retryAfterMs])).toEqual([
      [false, 100],
      [false, 4900],
      [true, undefined],
      [false, 900],
    ]);
  });

  it("have no wait when one of them can never fit", () => {
    const ask = counters();
    ask(0, charge(bucket, 5));
    const outcome = ask(0, charge(bucket, 1), charge(slow, 3));
    expect(outcome).toMatchObject({ allowed: false, retryAfterMs: undefined });
    expect(outcome.decisions.map(({ retryAfterMs }) => retryAfterMs)).toEqual([200, undefined]);
  });

  it("keep their order and what was asked", () => {
    const asked = [charge(fixed, 1, { shard: "s" }), charge(bucket, 2), charge(log, 0)];
    const { decisions } = counters()(0, ...asked);
    expect(decisions.map((one) => [one.policy, one.key, one.shard, one.cost])).toEqual(
      asked.map((one) => [one.policy, one.key, one.shard, one.cost]),
    );
  });

  it("of nothing are allowed", () => {
    expect(counters()(0)).toMatchObject({ allowed: true, decisions: [] });
  });
});

describe("modes", () => {
  it.each(every.map((one) => [one.algorithm, one] as const))("cost 0 is always allowed: %s", (_name, one) => {
    const ask = counters();
    ask(0, charge(one, 5));
    const read = ask(0, charge(one, 0));
    expect(read).toMatchObject({ allowed: true, decisions: [{ allowed: true, charged: 0, remaining: 0 }] });
    expect(ask(0, charge(one, 0), charge(slow, 3)).decisions.map(({ allowed }) => allowed)).toEqual([true, false]);
  });

  it.each(every.map((one) => [one.algorithm, one] as const))("shadow never denies: %s", (_name, one) => {
    const ask = counters();
    expect(ask(0, charge(one, 4, { mode: "shadow" })).decisions[0]).toMatchObject({ allowed: true, charged: 4 });
    const { allowed, retryAfterMs, decisions } = ask(0, charge(one, 2, { mode: "shadow" }), charge(slow, 1));
    expect({ allowed, retryAfterMs }).toEqual({ allowed: true, retryAfterMs: undefined });
    expect(decisions.map((each) => [each.allowed, each.charged])).toEqual([
      [false, 0],
      [true, 1],
    ]);
    expect(decisions[0]?.retryAfterMs).toBeGreaterThan(0);
  });

  it("shadow is booked only when the outcome is allowed", () => {
    const ask = counters();
    const { allowed, decisions } = ask(0, charge(bucket, 1, { mode: "shadow" }), charge(slow, 3));
    expect(allowed).toBe(false);
    expect(decisions[0]).toMatchObject({ allowed: true, charged: 0, remaining: 5 });
  });

  it("a peek that does not fit denies the others, too, and books nothing of its own", () => {
    const ask = counters();
    ask(0, charge(bucket, 5));
    const outcome = ask(0, charge(bucket, 1, { mode: "peek" }), charge(slow, 1));
    expect(outcome).toMatchObject({ allowed: false, retryAfterMs: 200 });
    expect(ask(1000, charge(bucket, 1, { mode: "peek" }), charge(slow, 1))).toMatchObject({ allowed: true });
    expect(ask(1000, charge(bucket, 0), charge(slow, 0)).decisions.map(({ remaining }) => remaining)).toEqual([5, 1]);
  });
});

describe("slots", () => {
  it("are where every charge fits, and all are booked there", () => {
    const ask = counters();
    ask(0, charge(bucket, 5), charge(slow, 2), charge(log, 5));
    const patient = { maxDelayMs: 6000 };
    const outcome = ask(0, charge(bucket, 1, patient), charge(slow, 1, patient), charge(log, 1, patient));
    expect(outcome).toMatchObject({ allowed: true, delayMs: 5000, retryAfterMs: undefined });
    expect(outcome.decisions.map(({ allowed, receipt }) => [allowed, receipt])).toEqual([
      [true, 5000],
      [true, 5000],
      [true, 5000],
    ]);
    expect(ask(0, charge(log, 1)).retryAfterMs).toBe(5000);
    expect(ask(4000, charge(log, 4)).allowed).toBe(false);
    expect(ask(5000, charge(log, 4)).allowed).toBe(true);
  });

  it("are only as far ahead as the least patient accepts", () => {
    const ask = counters();
    ask(0, charge(bucket, 5), charge(slow, 2));
    const outcome = ask(0, charge(bucket, 1, { maxDelayMs: 6000 }), charge(slow, 1, { maxDelayMs: 4000 }));
    expect(outcome).toMatchObject({ allowed: false, retryAfterMs: 1000 });
    expect(outcome.decisions.map((one) => [one.allowed, one.retryAfterMs])).toEqual([
      [true, undefined],
      [false, 1000],
    ]);
    const hasty = ask(0, charge(bucket, 1), charge(slow, 1, { maxDelayMs: 9000 }));
    expect(hasty).toMatchObject({ allowed: false, retryAfterMs: 5000 });
  });

  it("take a shadow along where there are slots, and leave other windows alone", () => {
    const ask = counters();
    ask(0, charge(slow, 2), charge(fixed, 5), charge(sliding, 5), charge(days, 4));
    const asked = [fixed, sliding, days, bucket].map((one) => charge(one, 1, { mode: "shadow" }));
    const outcome = ask(0, charge(slow, 1, { maxDelayMs: 9000 }), ...asked);
    expect(outcome).toMatchObject({ allowed: true, delayMs: 5000 });
    expect(outcome.decisions.map((one) => [one.allowed, one.charged])).toEqual([
      [true, 1],
      [false, 0],
      [false, 0],
      [true, 1],
      [true, 1],
    ]);
    const after = ask(1, charge(fixed, 0), charge(sliding, 0), charge(days, 0));
    expect(after.decisions.map(({ remaining }) => remaining)).toEqual([0, 0, 0]);
  });

  it("exist in token-bucket and sliding-log only", () => {
    for (const one of [fixed, sliding, days]) {
      expect(() => counters()(0, charge(one, 1, { maxDelayMs: 5 }))).toThrow("SLUICE_DELAY_UNSUPPORTED");
      expect(counters()(0, charge(one, 1, { maxDelayMs: 0 })).allowed).toBe(true);
    }
  });

  it.each([[-1], [Number.NaN], ["soon"]])("refuses to wait %s", (maxDelayMs) => {
    const asked = charge(bucket, 1, { maxDelayMs: maxDelayMs as number });
    expect(() => counters()(0, asked)).toThrow(/SLUICE_OPTION_TYPE.*got .*(-1|NaN|soon)/);
  });
});

describe("what makes no sense is refused and changes nothing", () => {
  it.each<[string, Partial<Record<keyof Charge, unknown>>, string]>([
    ["a negative cost", { cost: -0.5 }, "got -0.5"],
    ["no number", { cost: Number.NaN }, "got NaN"],
    ["an endless cost", { cost: Number.POSITIVE_INFINITY }, "got Infinity"],
    ["a cost in words", { cost: "5" }, 'got "5"'],
    ["no cost", { cost: null }, "got null"],
    ["a negative least cost", { minCost: -2 }, "got -2"],
    ["a key that is no string", { key: 7 }, "got 7"],
    ["an unknown mode", { mode: "try" }, 'got "try"'],
  ])("%s", (_name, details, shown) => {
    const states = [stepsOf(slow).empty, stepsOf(bucket).empty];
    const before = states.slice();
    const asked = [charge(slow, 1), charge(bucket, 1, details as Partial<Charge>)];
    expect(() => decide(asked, [stepsOf(slow), stepsOf(bucket)], states, 0)).toThrow(shown);
    expect(states).toEqual(before);
    if (!("minCost" in details))
      expect(() => decideOne(asked[1] as Charge, stepsOf(bucket), { state: before[1] as State }, 0)).toThrow(shown);
  });
});

describe("states", () => {
  it.each(every.map((one) => [one.algorithm, one] as const))(
    "stay the same object when nothing is booked: %s",
    (_n, one) => {
      const step = stepsOf(one);
      const state = step.book(step.empty, 400, 1_000_000, 1_000_000);
      const untouched = (...asked: Charge[]): boolean =>
        [1_000_000, 1_000_400, 1_002_500].every((now) => {
          const states = [state, stepsOf(slow).empty];
          decide([...asked, charge(slow, 3)], [step, stepsOf(slow)], states, now);
          return states[0] === state && states[1] === stepsOf(slow).empty;
        });
      expect(untouched(charge(one, 1))).toBe(true);
      expect(untouched(charge(one, 6))).toBe(true);
      expect(untouched(charge(one, 1, { mode: "shadow" }))).toBe(true);
      const cell: Cell = { state };
      for (const cost of [0, 2, 6]) decideOne(charge(one, cost), step, cell, 1_000_000);
      expect(cell.state).toBe(state);
    },
  );

  it("are never changed in place", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...every),
        fc.array(fc.tuple(fc.nat(700), fc.nat(3)), { maxLength: 20 }),
        (one, asks) => {
          const ask = counters();
          let now = 0;
          const seen: { state: State; text: string }[] = [];
          for (const [ms, cost] of asks) {
            now += ms;
            const state = ask(now, charge(one, cost)).states[0] as State;
            seen.push({ state, text: JSON.stringify(state) });
          }
          for (const { state, text } of seen) expect(JSON.stringify(state)).toBe(text);
        },
      ),
      { numRuns: 50 },
    );
  });
});

it("a plain charge is one without mode, least cost and delay", () => {
  expect(isPlain(charge(bucket, 1))).toBe(true);
  expect(isPlain(charge(bucket, 1, { mode: "charge" }))).toBe(false);
  expect(isPlain(charge(bucket, 1, { minCost: 1 }))).toBe(false);
  expect(isPlain(charge(bucket, 1, { maxDelayMs: 0 }))).toBe(false);
});

it("a policy written by hand is checked when it is first used", () => {
  expect(() => stepsOf({ ...bucket, limit: -1 })).toThrow("SLUICE_POLICY_LIMIT");
  expect(() => stepsOf({ ...bucket, name: "" })).toThrow("SLUICE_POLICY_NAME");
  expect(() => stepsOf({ ...bucket, algorithm: "leaky" } as unknown as Policy)).toThrow('got "leaky"');
});
