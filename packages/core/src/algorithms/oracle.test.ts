/** Random histories: an oracle in exact rationals, the pure steps and the memory backend decide alike, to the millisecond. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memory } from "../backends/memory.ts";
import { type Charge, counterName, type Decision, hundredths, type Outcome } from "../engine/charge.ts";
import { largestCost, type Policy, policy } from "../engine/policy.ts";
import { per, perDay, perMonth, perWeek } from "../engine/rate.ts";
import { type Booking, type Expected, oracle } from "../testing/oracle.ts";
import { type State, stepsOf } from "./compile.ts";
import { type Cell, decide, decideOne, isPlain } from "./decide.ts";
import type { Steps } from "./steps.ts";

/** Tiers that share a counter: a key may change between them at any time. */
type Tiers = readonly Policy[];

const bucket: Tiers = [
  policy("bucket", per("1s", 5)),
  policy("bucket", per("1s", 17, { burst: 4 })),
  policy("bucket", per("1s", 9, { strict: true })),
  policy("bucket", per("1s", 7, { burst: 30 })),
];
const odd: Tiers = [policy("odd", per("997ms", 7)), policy("odd", per("997ms", 1))];
const fixed: Tiers = [5, 12].map((limit) => policy("fixed", per("1s", limit, { algorithm: "fixed-window" })));
const sliding: Tiers = [5, 12].map((limit) => policy("sliding", per("1s", limit, { algorithm: "sliding-window" })));
const oddSliding: Tiers = [policy("sliding", per("997ms", 7, { algorithm: "sliding-window" }))];
const log: Tiers = [3, 8].map((limit) => policy("log", per("1s", limit, { algorithm: "sliding-log" })));
const days: Tiers = ["Europe/Paris", "UTC"].map((timeZone) => policy("days", perDay(6, { timeZone })));
const longer: Tiers = [policy("weeks", perWeek(5)), policy("months", perMonth(4, { timeZone: "America/Sao_Paulo" }))];
const everything: readonly Tiers[] = [bucket, odd, fixed, sliding, oddSliding, log, days, longer];

interface Asked {
  readonly tiers: Tiers;
  readonly tier: number;
  readonly key: string;
  readonly cost: number;
  readonly mode: Charge["mode"];
  readonly minCost: number | undefined;
  readonly maxDelayMs: number | undefined;
}

interface Step {
  readonly ms: number;
  readonly asked: readonly Asked[];
  readonly settle: { readonly which: number; readonly to: number } | undefined;
}

const fractions = fc.oneof(
  { weight: 4, arbitrary: fc.constant(1) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 9 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 3000 }).map((thousandths) => thousandths / 1000) },
  { weight: 1, arbitrary: fc.constantFrom(0.1, 0.01, 0.07, 1.005, 0.001, 5, 17, 31) },
);

function askedOf(groups: readonly Tiers[]): fc.Arbitrary<Asked> {
  return fc.constantFrom(...groups).chain((tiers) => {
    const whole = tiers === log;
    const cost = whole ? fractions.map(Math.ceil) : fractions;
    const slots = whole || tiers === bucket || tiers === odd;
    return fc.record({
      tiers: fc.constant(tiers),
      tier: fc.nat(tiers.length - 1),
      key: fc.constantFrom("a", "b", "c"),
      cost,
      mode: fc.constantFrom(
        undefined,
        undefined,
        "charge" as const,
        "charge" as const,
        "peek" as const,
        "shadow" as const,
      ),
      minCost: fc.option(cost, { nil: undefined, freq: 6 }),
      maxDelayMs: slots ? fc.option(fc.nat(4000), { nil: undefined, freq: 2 }) : fc.constant(undefined),
    });
  });
}

function histories(groups: readonly Tiers[], ms: fc.Arbitrary<number>, settles: boolean): fc.Arbitrary<Step[]> {
  const step: fc.Arbitrary<Step> = fc.record({
    ms,
    asked: fc.uniqueArray(askedOf(groups), { minLength: 1, maxLength: 3, selector: counterOf }),
    settle: settles
      ? fc.option(fc.record({ which: fc.nat(1000), to: fractions }), { nil: undefined, freq: 2 })
      : fc.constant(undefined),
  });
  return fc.array(step, { minLength: 1, maxLength: 60, size: "max" });
}

function counterOf({ tiers, tier, key }: Asked): string {
  return `${counterName(tiers[tier] as Policy)} ${key}`;
}

const forwards = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.nat(60) },
  { weight: 3, arbitrary: fc.nat(450) },
  { weight: 1, arbitrary: fc.constantFrom(996, 997, 999, 1000, 1001, 1999, 2000, 2001, 5000) },
);
const hours = fc.oneof(
  fc.constantFrom(0, 1, 86_400_000),
  fc.nat(48).map((halves) => halves * 1_800_000),
);
const toAndFro = fc.oneof(
  { weight: 6, arbitrary: forwards },
  { weight: 2, arbitrary: fc.nat(1500).map((ms) => -ms) },
  { weight: 1, arbitrary: fc.constantFrom(-86_400_000, 86_400_000, -31_536_000_000, 31_536_000_000) },
);

const steps = new Map<Policy, Steps<State>>();

/** Compiled once, as a backend does: a calendar remembers the ends it has found. */
function compiled(policy: Policy): Steps<State> {
  const found = steps.get(policy) ?? stepsOf(policy);
  steps.set(policy, found);
  return found;
}

/** Like `toEqual`, at a fraction of its time where all is well. */
function same(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual).toEqual(expected);
}

/** Everything that holds for one question beyond the oracle's answer; works on copies of the states. */
function check(charges: readonly Charge[], before: readonly State[], now: number, outcome: Outcome): void {
  const again = (asked: readonly Charge[], at: number): Outcome =>
    decide(
      asked,
      asked.map((charge) => compiled(charge.policy)),
      before.slice(),
      at,
    );
  if (!outcome.allowed) {
    const { retryAfterMs } = outcome;
    if (retryAfterMs === undefined) {
      expect(again(charges, now + 100 * 365 * 86_400_000).allowed, "what can never fit").toBe(false);
    } else {
      expect(retryAfterMs, "a whole wait").toBeGreaterThanOrEqual(1);
      expect(again(charges, now + retryAfterMs).allowed, "after the wait").toBe(true);
      expect(again(charges, now + retryAfterMs - 1).allowed, "a millisecond early").toBe(false);
    }
  }
  if (charges.every(({ mode }) => mode !== "shadow")) {
    const peeked = again(
      charges.map((charge): Charge => ({ ...charge, mode: "peek" })),
      now,
    );
    same(
      [peeked.allowed, peeked.retryAfterMs, peeked.delayMs],
      [outcome.allowed, outcome.retryAfterMs, outcome.delayMs],
    );
  }
  const [only] = charges;
  if (charges.length === 1 && only !== undefined && isPlain(only)) {
    const cell: Cell = { state: before[0] as State };
    same(decideOne(only, compiled(only.policy), cell, now), outcome);
  }
}

function seen({ allowed, retryAfterMs, delayMs, decisions }: Outcome): unknown {
  return {
    allowed,
    retryAfterMs,
    delayMs,
    decisions: decisions.map((one) => [one.allowed, Math.round(one.charged * 100), one.retryAfterMs]),
  };
}

function wanted({ allowed, retryAfterMs, delayMs, decisions }: Expected): unknown {
  return {
    allowed,
    retryAfterMs,
    delayMs,
    decisions: decisions.map((one) => [one.allowed, one.charged, one.retryAfterMs]),
  };
}

function agree(history: readonly Step[], start: number, withMemory = true): void {
  let now = start;
  const model = oracle();
  const backend = memory({ clock: { now: () => now } });
  // So that idle keys are dropped by the slowest tier: whether a faster one's are is left open by a change of plan.
  for (const tiers of everything) for (const tier of tiers) backend.consume([{ policy: tier, key: "", cost: 0 }]);
  const states = new Map<string, State>();
  const settleable: { name: string; booking: Booking; direct: Decision; stored: Decision }[] = [];

  for (const { ms, asked, settle } of history) {
    now += ms;
    const charges = asked.map(({ tiers, tier, key, cost, mode, minCost, maxDelayMs }): Charge => {
      const details = { ...(mode && { mode }), ...(minCost !== undefined && { minCost }) };
      return { policy: tiers[tier] as Policy, key, cost, ...details, ...(maxDelayMs !== undefined && { maxDelayMs }) };
    });
    const names = asked.map(counterOf);
    const before = names.map((name, i) => states.get(name) ?? compiled((charges[i] as Charge).policy).empty);
    const after = before.slice();

    const expected = model.consume(charges, now);
    const stored = backend.consume(charges);
    const direct = decide(
      charges,
      charges.map((charge) => compiled(charge.policy)),
      after,
      now,
    );
    same(seen(direct), wanted(expected));
    if (withMemory) same(stored, direct);
    for (const [i, { remaining }] of expected.decisions.entries()) {
      const off = Math.abs((direct.decisions[i]?.remaining ?? Number.NaN) - remaining);
      if (!(off < 1e-9)) expect(direct.decisions[i]?.remaining).toBe(remaining);
    }
    // A denial writes nothing but what a clock that stepped back re-dates.
    check(charges, direct.allowed ? before : after, now, direct);
    for (const [i, { policy: asked, resetAfterMs = Number.NaN }] of direct.decisions.entries()) {
      const whole = compiled(asked).read(after[i] as State, now + Math.ceil(resetAfterMs)).remaining;
      if (whole !== largestCost(asked)) expect(whole, "left after a rest").toBe(largestCost(asked));
    }

    for (const [i, name] of names.entries()) {
      const booking = expected.bookings[i];
      states.set(name, after[i] as State);
      if (booking === undefined) {
        // Only a clock that stepped back, or another time zone, may touch a counter of which nothing was booked.
        const mayTouch = !withMemory || charges[i]?.policy.algorithm === "calendar";
        if (!mayTouch && after[i] !== before[i]) expect(after[i]).toBe(before[i]);
        continue;
      }
      settleable.push({
        name,
        booking,
        direct: direct.decisions[i] as Decision,
        stored: stored.decisions[i] as Decision,
      });
    }
    if (settle === undefined || settleable.length === 0) continue;
    const [one] = settleable.splice(settle.which % settleable.length, 1);
    if (one === undefined) continue;
    const { name, booking, direct: decision } = one;
    const to = decision.policy.algorithm === "sliding-log" ? Math.ceil(settle.to) : settle.to;
    backend.settle([{ decision: one.stored, cost: to }]);
    const units = compiled(decision.policy);
    const [booked, final] = [hundredths(decision.charged), hundredths(to)];
    // What was right already touches nothing.
    if (booked === final) continue;
    model.settle(booking, to, now);
    const state = units.observe(states.get(name) as State, now);
    states.set(name, units.settle(state, decision.receipt ?? now, booked, final, now));
  }
}

const start = Date.UTC(2027, 4, 12, 9, 30);

describe("the oracle agrees on", () => {
  const all = [bucket, odd, fixed, sliding, oddSliding, log];
  it.each([
    ["token-bucket", [bucket, odd], 80],
    ["fixed-window", [fixed], 60],
    ["sliding-window", [sliding, oddSliding], 80],
    ["sliding-log", [log], 70],
    ["all of them at once", all, 80],
  ] as const)("%s", (_name, groups, numRuns) => {
    fc.assert(
      fc.property(histories(groups, forwards, true), (history) => agree(history, start)),
      { numRuns },
    );
  });

  it("calendars, over changes of summer time", () => {
    const instants = ["2026-03-28T09:00Z", "2026-10-24T20:00Z", "2026-12-30T12:00Z", "2024-02-27T00:00Z"];
    fc.assert(
      fc.property(histories([days, longer], hours, true), fc.constantFrom(...instants), (history, from) =>
        agree(history, Date.parse(from)),
      ),
      { numRuns: 8 },
    );
  });

  // Without the memory backend, which may drop what is idle by the clock of the jump.
  it("clocks that step back, or jump ahead and return", () => {
    fc.assert(
      fc.property(histories([bucket, odd, fixed, log, days], toAndFro, false), (history) =>
        agree(history, start, false),
      ),
      { numRuns: 70 },
    );
  });
});
