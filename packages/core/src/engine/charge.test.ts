/** Costs are counted in hundredths, rounded up, and charges of one counter are one charge. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Charge, checkIdentity, counterName, hundredths, mergeCharges, sameCounter } from "./charge.ts";
import { type Policy, policy } from "./policy.ts";
import { perDay, perMinute, perSecond, perWeek } from "./rate.ts";

describe("checkIdentity", () => {
  const named = policy("a", perMinute(1));

  it.each([
    ["a key", { key: "k" }],
    ["an empty key and an empty shard", { key: "", shard: "" }],
    ["no shard", { key: "k", shard: undefined }],
  ])("takes %s", (_, identity) => {
    expect(() => checkIdentity({ policy: named, ...identity })).not.toThrow();
  });

  it.each<[string, { key?: unknown; shard?: unknown }, unknown]>([
    ["no key", {}, undefined],
    ["a key that is a number", { key: 5 }, 5],
    ["a key of null", { key: null }, null],
    ["a shard that is a number", { key: "k", shard: 5 }, 5],
    ["a shard of null", { key: "k", shard: null }, null],
    ["a shard that is an object", { key: "k", shard: { id: "k" } }, { id: "k" }],
    ["neither", { key: 1, shard: 2 }, 1],
  ])("names %s", (_, identity, value) => {
    const check = () => checkIdentity({ policy: named, ...identity } as Charge);
    expect(check).toThrow("SLUICE_CHARGE_KEY");
    expect(check).toThrow(expect.objectContaining({ value }));
  });
});

describe("hundredths", () => {
  it.each([
    [0, 0],
    [-0, 0],
    [1, 100],
    [0.1, 10],
    [0.07, 7],
    [0.29, 29],
    [0.57, 57],
    [1.1, 110],
    [4.35, 435],
    [0.01, 1],
    [0.001, 1],
    [5e-324, 1],
    [0.011, 2],
    [1.005, 101],
    [2.675, 268],
    [0.1 + 0.2, 30],
    [0.1 + 0.7, 80],
    [1_000_000, 100_000_000],
    [90_071_992_547_409, 9_007_199_254_740_900],
    [1_234_567.891, 123_456_790],
  ])("of %d are %d", (cost, units) => expect(hundredths(cost) + 0).toBe(units));

  it.each([
    Number.NaN,
    -1,
    -0.001,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e300,
    Number.MAX_VALUE,
    90_071_992_547_410,
    "1",
    "",
    null,
    undefined,
    true,
    [],
    1n,
  ])("of %o are refused", (cost) => {
    expect(() => hundredths(cost as number)).toThrow(expect.objectContaining({ code: "SLUICE_COST", value: cost }));
  });

  it("are the least whole number of them that is not below the cost, but for the last bits of a double", () => {
    const costs = fc.oneof(
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.double({ min: 0, max: 3, noNaN: true }),
      fc.nat(1e9).map((units) => units / 100),
      fc.maxSafeNat().map((cost) => Math.floor(cost / 100)),
    );
    fc.assert(
      fc.property(costs, (cost) => {
        const units = hundredths(cost);
        expect(Number.isSafeInteger(units)).toBe(true);
        expect(units).toBeGreaterThanOrEqual(cost * 100 * (1 - 2e-14));
        expect(units === 0 ? 0 : (units - 1) / 100).toBeLessThanOrEqual(cost);
        expect(units === 0).toBe(cost === 0);
      }),
      { numRuns: 500 },
    );
  });

  it("of hundredths are themselves", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e11 }), (units) => {
        expect(hundredths(units / 100)).toBe(units);
      }),
      { numRuns: 500 },
    );
  });
});

const api = policy("api", perMinute(60));
const charge = (details: Partial<Charge> = {}): Charge => ({ policy: api, key: "k", cost: 1, ...details });

describe("a counter", () => {
  it("is named by policy name, algorithm and window or period, and by nothing else of the policy", () => {
    expect(counterName(api)).toBe("token-bucket/60000/api");
    expect(counterName(policy("api", perMinute(180, { burst: 5 })))).toBe(counterName(api));
    expect(counterName(policy("q", perDay(5, { timeZone: "Asia/Tokyo" })))).toBe(
      counterName(policy("q", perDay(9, { timeZone: "UTC" }))),
    );
    const different: Policy[] = [
      api,
      policy("ip", perMinute(60)),
      policy("api", perSecond(60)),
      policy("api", perMinute(60, { algorithm: "fixed-window" })),
      policy("api", perMinute(60, { algorithm: "sliding-window" })),
      policy("api", perMinute(60, { algorithm: "sliding-log" })),
      policy("api", perDay(60, { timeZone: "UTC" })),
      policy("api", perWeek(60)),
      policy("60000/api", perSecond(1)),
    ];
    expect(new Set(different.map(counterName)).size).toBe(different.length);
  });

  it("is the same for equal key and shard only", () => {
    expect(sameCounter(charge(), charge({ policy: policy("api", perMinute(180)), cost: 7 }))).toBe(true);
    expect(sameCounter(charge(), charge({ key: "l" }))).toBe(false);
    expect(sameCounter(charge(), charge({ shard: "k" }))).toBe(false);
    expect(sameCounter(charge({ shard: "a" }), charge({ shard: "a" }))).toBe(true);
    expect(sameCounter(charge({ shard: "a", key: "b" }), charge({ shard: "ab", key: "" }))).toBe(false);
    expect(sameCounter(charge({ shard: "" }), charge())).toBe(false);
  });
});

describe("charges of one counter", () => {
  it("are left alone where all differ", () => {
    expect(mergeCharges([])).toBeUndefined();
    expect(mergeCharges([charge()])).toBeUndefined();
    expect(mergeCharges([charge(), charge({ key: "l" }), charge({ shard: "s" })])).toBeUndefined();
  });

  it("are summed in the place of the first", () => {
    const merged = mergeCharges([
      charge(),
      charge({ key: "l" }),
      charge({ cost: 2 }),
      charge({ key: "m" }),
      charge({ cost: 0.5 }),
    ]);
    expect(merged?.charges.map(({ key, cost }) => [key, cost])).toEqual([
      ["k", 3.5],
      ["l", 1],
      ["m", 1],
    ]);
    expect(merged?.index).toEqual([0, 1, 0, 2, 0]);
  });

  it("sum their least costs, each its whole cost where it names none", () => {
    const least = (...costs: [number, number?][]): number | undefined =>
      mergeCharges(costs.map(([cost, minCost]) => charge({ cost, ...(minCost !== undefined && { minCost }) })))
        ?.charges[0]?.minCost;
    expect(least([5, 2], [4, 1])).toBe(3);
    expect(least([5], [4, 1])).toBe(6);
    expect(least([5], [4])).toBeUndefined();
  });

  it("keep mode and patience, and what is not said is the default", () => {
    const shadow = { mode: "shadow", maxDelayMs: 50 } as const;
    expect(mergeCharges([charge(shadow), charge(shadow)])?.charges).toEqual([charge({ ...shadow, cost: 2 })]);
    expect(mergeCharges([charge(), charge({ mode: "charge", maxDelayMs: 0 })])?.charges).toEqual([charge({ cost: 2 })]);
    expect(mergeCharges([charge(), charge({ policy: { ...api } })])?.charges).toHaveLength(1);
  });

  it.each<[string, Partial<Charge>]>([
    ["limits", { policy: policy("api", perMinute(180)) }],
    ["bursts", { policy: policy("api", perMinute(60, { burst: 5 })) }],
    ["modes", { mode: "peek" }],
    ["patience", { maxDelayMs: 5 }],
  ])("of different %s are refused by name", (_name, details) => {
    const refusal = expect.objectContaining({
      code: "SLUICE_CHARGE_CONFLICT",
      message: expect.stringContaining('"api"'),
    });
    expect(() => mergeCharges([charge(), charge(details)])).toThrow(refusal);
    expect(() => mergeCharges([charge({ key: "x" }), charge(details), charge({ key: "y" }), charge()])).toThrow(
      refusal,
    );
  });

  it.each([[-1], [Number.NaN], ["1"]])("do not hide a cost of %s in the sum", (cost) => {
    expect(() => mergeCharges([charge({ cost: 5 }), charge({ cost: cost as number })])).toThrow("SLUICE_COST");
    expect(() => mergeCharges([charge({ cost: cost as number }), charge({ cost: 5 })])).toThrow("SLUICE_COST");
    expect(() => mergeCharges([charge({ minCost: cost as number }), charge()])).toThrow("SLUICE_COST");
  });

  it("are what a plain loop over all pairs makes of them", () => {
    const charges = fc.array(
      fc.record({ key: fc.constantFrom("a", "b", "c"), shard: fc.constantFrom(undefined, "s"), cost: fc.nat(9) }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(charges, (drafts) => {
        const asked = drafts.map(({ shard, ...rest }) => charge({ ...rest, ...(shard && { shard }) }));
        const names: string[] = [];
        const sums: number[] = [];
        const index = asked.map(({ key, shard, cost }) => {
          const name = `${shard}/${key}`;
          if (!names.includes(name)) sums[names.push(name) - 1] = 0;
          sums[names.indexOf(name)] = (sums[names.indexOf(name)] as number) + cost;
          return names.indexOf(name);
        });
        const merged = mergeCharges(asked);
        expect(merged?.index ?? asked.map((_, i) => i)).toEqual(index);
        expect((merged?.charges ?? asked).map(({ key, shard }) => `${shard}/${key}`)).toEqual(names);
        expect((merged?.charges ?? asked).map(({ cost }) => cost)).toEqual(sums);
      }),
    );
  });
});
