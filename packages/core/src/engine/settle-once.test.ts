/** Which settlements are due: each decision once, only what was really booked, and only where the cost differs. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Settlement } from "./backend.ts";
import { type Decision, hundredths } from "./charge.ts";
import { policy } from "./policy.ts";
import { perMinute } from "./rate.ts";
import { settleOnce } from "./settle-once.ts";

const ten = policy("ten", perMinute(10));

function decision(details: Partial<Decision> = {}): Decision {
  return { policy: ten, key: "k", cost: 1, allowed: true, charged: 1, ...details };
}

/** What is due of one settlement, as `booked → final` in hundredths. */
function due(of: Decision, cost: number): string | undefined {
  const [one] = settleOnce()([{ decision: of, cost }]);
  return one && `${one.booked} → ${one.final}`;
}

// [what, the decision, its final cost, what is due]
it.each<[string, Partial<Decision>, number, string | undefined]>([
  ["a charge that is given back", {}, 0, "100 → 0"],
  ["a charge that cost less", {}, 0.1, "100 → 10"],
  ["a charge that cost more", {}, 2.5, "100 → 250"],
  ["fractions of a hundredth, rounded up", { charged: 0.1 }, 0.101, "10 → 11"],
  ["a charge that cost what was booked", {}, 1, undefined],
  ["a difference that is none in hundredths", { charged: 0.11 }, 0.101, undefined],
  ["a read that cost something after all", { cost: 0, charged: 0 }, 3, "0 → 300"],
  ["a read that cost nothing", { cost: 0, charged: 0 }, 0, undefined],
  ["a part that was booked with a least cost", { cost: 5, charged: 2 }, 1, "200 → 100"],
  ["a denial", { allowed: false, charged: 0 }, 0, undefined],
  ["a denial that would cost something", { allowed: false, charged: 0 }, 1, undefined],
  ["a shadow's denial of a read", { allowed: false, cost: 0, charged: 0 }, 1, undefined],
  ["a peek", { charged: 0 }, 1, undefined],
  ["a charge that fitted beside a denial", { charged: 0 }, 1, undefined],
  ["an open answer", { charged: 0, cost: 0, via: "open" }, 1, undefined],
  ["a fallback's decision", { via: "fallback" }, 0, undefined],
  ["a decision from memory", { via: "cache" }, 0, undefined],
])("%s", (_, details, cost, expected) => {
  expect(due(decision(details), cost)).toBe(expected);
});

describe("once", () => {
  it("is the same object, not its copy", () => {
    const settle = settleOnce();
    const [one, twin] = [decision(), decision()];
    expect(settle([{ decision: one, cost: 0 }])).toHaveLength(1);
    expect(settle([{ decision: one, cost: 0.5 }])).toEqual([]);
    expect(settle([{ decision: twin, cost: 0 }])).toHaveLength(1);
  });

  it("holds within one list, and the first cost counts", () => {
    const one = decision();
    const entries = [0.2, 0.4].map((cost) => ({ decision: one, cost }));
    expect(settleOnce()(entries)).toEqual([{ decision: one, booked: 100, final: 20 }]);
  });

  it("holds for a settlement that changed nothing, too", () => {
    const settle = settleOnce();
    const one = decision();
    expect(settle([{ decision: one, cost: 1 }])).toEqual([]);
    expect(settle([{ decision: one, cost: 0 }])).toEqual([]);
  });

  it("is counted by each for itself", () => {
    const one = decision();
    for (const settle of [settleOnce(), settleOnce()]) expect(settle([{ decision: one, cost: 0 }])).toHaveLength(1);
  });
});

it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, "1", undefined])(
  "a cost of %s is a mistake, and nothing of its list counts as settled",
  (cost) => {
    const settle = settleOnce();
    const one = decision();
    const entries = [
      { decision: one, cost: 0 },
      { decision: decision(), cost: cost as number },
    ];
    expect(() => settle(entries)).toThrow("SLUICE_COST");
    expect(settle([{ decision: one, cost: 0 }])).toHaveLength(1);
  },
);

it("over any calls: each decision is due at most once, and by what was booked of it", () => {
  const cost = fc.integer({ min: 0, max: 400 }).map((units) => units / 100);
  const decisions = fc.array(fc.record({ charged: cost, isAllowed: fc.boolean() }), { minLength: 1, maxLength: 6 });
  const calls = fc.array(fc.array(fc.tuple(fc.nat(5), cost), { maxLength: 4 }), { maxLength: 6 });
  fc.assert(
    fc.property(decisions, calls, (made, lists) => {
      const all = made.map(({ charged, isAllowed }) =>
        decision(isAllowed ? { cost: charged, charged } : { cost: charged, charged: 0, allowed: false }),
      );
      const settle = settleOnce();
      const first = new Map<Decision, number>();
      for (const list of lists) {
        const entries: Settlement[] = list.map(([index, final]) => ({
          decision: all[index % all.length] as Decision,
          cost: final,
        }));
        const expected: unknown[] = [];
        for (const { decision: one, cost: final } of entries) {
          if (!one.allowed || first.has(one)) continue;
          first.set(one, final);
          const [booked, units] = [hundredths(one.charged), hundredths(final)];
          if (booked !== units) expected.push({ decision: one, booked, final: units });
        }
        expect(settle(entries)).toEqual(expected);
      }
    }),
  );
});
