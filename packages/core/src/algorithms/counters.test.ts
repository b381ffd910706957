/** Bounded memory: whatever floods in, the table stays small and nobody starts with more than the truth. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memory } from "../backends/memory.ts";
import { type Policy, policy } from "../engine/policy.ts";
import { per, perDay, type RateOptions } from "../engine/rate.ts";
import { type State, stepsOf } from "./compile.ts";
import { counters } from "./counters.ts";

const tiers = (options: RateOptions): readonly Policy[] =>
  [6, 18, 2].map((limit) => policy("api", per("10s", limit, options)));
const kinds: readonly (readonly [string, readonly Policy[]])[] = [
  ["token-bucket", tiers({})],
  ["strict", [policy("api", per("10s", 6, { strict: true })), policy("api", per("10s", 18))]],
  ["fixed-window", tiers({ algorithm: "fixed-window" })],
  ["sliding-window", tiers({ algorithm: "sliding-window" })],
  ["sliding-log", tiers({ algorithm: "sliding-log" })],
  ["calendar", [3, 5].map((limit) => policy("api", perDay(limit, { timeZone: "UTC" })))],
];

describe.each(kinds)("%s", (_name, plans) => {
  /** Every key has its plan for good. */
  const planOf = (key: number): Policy => plans[key % plans.length] as Policy;

  it("over maxKeys nobody has more than the truth, nor less than nothing", () => {
    const step = fc.record({
      ms: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(300), fc.constantFrom(3000, 10_000, 20_001)),
      keys: fc.array(fc.nat(40), { minLength: 1, maxLength: 3 }),
      cost: fc.constantFrom(1, 1, 2, 3),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 80, size: "max" }), (maxKeys, steps) => {
        let now = 1_000_000;
        const clock = { now: () => now };
        const bounded = memory({ maxKeys, clock });
        const truth = memory({ clock });
        for (const { ms, keys, cost } of steps) {
          now += ms;
          const charges = [...new Set(keys)].map((key) => ({ policy: planOf(key), key: `k${key}`, cost }));
          const { allowed, decisions } = bounded.consume(charges);
          expect(bounded.size()).toBeLessThanOrEqual(maxKeys);
          // The truth is told only what was really admitted, and must have had room for that.
          const told = truth.consume(allowed ? charges : charges.map((charge) => ({ ...charge, cost: 0 })));
          expect(told.allowed).toBe(true);
          for (const [i, { remaining = Number.NaN }] of decisions.entries()) {
            expect(remaining).toBeGreaterThanOrEqual(0);
            expect(remaining - (told.decisions[i]?.remaining ?? Number.NaN)).toBeLessThan(1e-9);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it("a drained key does not start afresh after a flood of strangers", () => {
    let now = 1_000_000;
    const backend = memory({ maxKeys: 50, clock: { now: () => now } });
    const [plan] = plans as readonly [Policy];
    const drain = (key: string): number => {
      let admitted = 0;
      while (backend.consume([{ policy: plan, key, cost: 1 }]).allowed) admitted++;
      return admitted;
    };
    expect(drain("victim")).toBe(plan.algorithm === "token-bucket" && plan.strict ? 3 : plan.limit);
    for (let i = 0; i < 3000; i++) {
      if (i % 30 === 0) now++;
      backend.consume([{ policy: plan, key: `stranger ${i}`, cost: 1 }]);
      expect(backend.size()).toBeLessThanOrEqual(50);
    }
    expect(backend.consume([{ policy: plan, key: "victim", cost: 1 }]).allowed).toBe(false);
  });
});

describe("a table", () => {
  const slow = stepsOf(policy("p", per("60s", 60)));
  const fast = stepsOf(policy("p", per("60s", 180)));

  it("keeps rows until the slowest plan it was told of calls them idle", () => {
    for (const order of [
      [slow, fast],
      [fast, slow],
    ]) {
      const table = counters(1);
      for (const steps of order) table.serve(steps);
      const spent = slow.book(slow.empty, 6000, 0, 0);
      table.write(undefined, "a", spent, 0);
      // After 20 s the fast plan would call it idle; dropped, it would start afresh.
      table.write(undefined, "b", fast.book(fast.empty, 100, 20_000, 20_000), 20_000);
      expect(table.row("a")).toBeUndefined();
      expect(slow.read(slow.observe(table.state(undefined, "a", slow), 20_000), 20_000).remaining).toBe(20);
      table.write(undefined, "a", spent, 0);
      table.write(undefined, "c", slow.book(slow.empty, 100, 60_000, 60_000), 60_000);
      expect(table.size()).toBe(1);
    }
  });

  it("takes a limit of 0 for no guide to how long rows last", () => {
    const none = stepsOf(policy("p", per("60s", 0)));
    for (const order of [
      [none, slow],
      [slow, none],
    ]) {
      const table = counters(1);
      for (const steps of order) table.serve(steps);
      table.write(undefined, "a", slow.book(slow.empty, 6000, 0, 0), 0);
      table.write(undefined, "b", slow.book(slow.empty, 100, 30_000, 30_000), 30_000);
      expect(slow.read(table.state(undefined, "a", slow), 30_000).remaining).toBe(30);
    }
  });

  it("sweeps idle rows while new keys come, and uses their places again", () => {
    const table = counters(10_000);
    table.serve(slow);
    for (let i = 0; i < 1000; i++) table.write(undefined, `old ${i}`, slow.book(slow.empty, 100, 0, 0), 0);
    expect(table.size()).toBe(1000);
    const now = 1000;
    let state: State = slow.empty;
    for (let i = 0; i < 1002; i++) {
      state = slow.book(slow.empty, 100 + i, now, now);
      table.write(undefined, `new ${i}`, state, now);
    }
    for (let i = 0; i < 1000; i++) expect(table.row(`old ${i}`)).toBeUndefined();
    expect(table.size()).toBe(1002);
    const row = table.row("new 1001");
    expect(row).toBeLessThan(2000);
    expect(table.state(row, "new 1001", slow)).toEqual(state);
    expect(table.state(table.row("new 7"), "new 7", slow)).toEqual(slow.book(slow.empty, 107, now, now));
  });

  it("lets evicted keys share cells without one forgetting the other", () => {
    const steps = stepsOf(policy("p", per("60s", 10, { algorithm: "fixed-window" })));
    const count = 6000;
    const table = counters(2 * count);
    table.serve(steps);
    const [drained, used] = [steps.book(steps.empty, 1000, 0, 0), steps.book(steps.empty, 100, 0, 0)];
    for (let i = 0; i < count; i++) table.write(undefined, `victim ${i}`, drained, 0);
    for (let i = 0; i < count; i++) table.write(undefined, `stranger ${i}`, used, 0);
    for (let i = 0; i < 2 * count; i++) table.write(undefined, `flood ${i}`, used, 1);
    const keys = Array.from({ length: count }, (_, i) => `victim ${i}`);
    expect(keys.filter((key) => table.row(key) === undefined).length).toBeGreaterThan(1000);
    const left = keys.map((key) => steps.available(table.state(table.row(key), key, steps), 1));
    expect(Math.max(...left)).toBe(0);
  });

  it("keeps what was written through growth", () => {
    const table = counters(100_000);
    table.serve(slow);
    const states = Array.from({ length: 700 }, (_, i) => slow.book(slow.empty, i + 1, 5, 5));
    for (const [i, state] of states.entries()) table.write(undefined, `k${i}`, state, 5);
    for (const [i, state] of states.entries()) {
      expect(table.state(table.row(`k${i}`), `k${i}`, slow)).toEqual(state);
    }
  });
});

describe("several charges in one consume", () => {
  it("leave each key its due when only one row fits", () => {
    let now = 1_000_000;
    const backend = memory({ maxKeys: 1, clock: { now: () => now } });
    const plan = policy("p", per("10s", 4));
    const ask = (cost: number) => backend.consume(["a", "b", "c"].map((key) => ({ policy: plan, key, cost })));
    expect(ask(3).allowed).toBe(true);
    expect(backend.size()).toBe(1);
    expect(ask(2)).toMatchObject({ allowed: false, retryAfterMs: 2500 });
    expect(ask(1).allowed).toBe(true);
    now += 9999;
    expect(ask(4)).toMatchObject({ allowed: false, retryAfterMs: 1 });
    now += 1;
    expect(ask(4).allowed).toBe(true);
  });

  it("keep refunds from giving a key more than it had", () => {
    const now = 1_000_000;
    const backend = memory({ maxKeys: 1, clock: { now: () => now } });
    const plan = policy("p", per("10s", 4, { algorithm: "fixed-window" }));
    const outcome = backend.consume(["a", "b"].map((key) => ({ policy: plan, key, cost: 3 })));
    backend.settle(outcome.decisions.map((decision) => ({ decision, cost: 0 })));
    for (const key of ["a", "b"]) {
      const [decision] = backend.consume([{ policy: plan, key, cost: 0 }]).decisions;
      expect(decision?.remaining).toBeLessThanOrEqual(4);
      expect(decision?.remaining).toBeGreaterThanOrEqual(1);
    }
  });
});
