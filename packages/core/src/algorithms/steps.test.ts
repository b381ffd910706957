/** Division of safe integers is right to the last unit, where plain floating point is not. */

import fc from "fast-check";
import { expect, it } from "vitest";
import { ceilDivide, floorDivide } from "./steps.ts";

const most = Number.MAX_SAFE_INTEGER;
const dividends = fc.oneof(
  fc.nat(1000),
  fc.maxSafeNat(),
  fc.nat(1000).map((less) => most - less),
);
const divisors = fc.oneof(
  fc.integer({ min: 1, max: 1000 }),
  fc.integer({ min: 1, max: most }),
  fc.constantFrom(100, 6000, 100_000_000, 86_400_000, most),
);
/** Multiples, and their neighbours, where rounding decides. */
const multiples = fc
  .tuple(divisors, fc.maxSafeNat(), fc.integer({ min: -1, max: 1 }))
  .map(([b, any, off]): [number, number] => [Math.max(0, Math.min(most, b * Math.floor((any % most) / b) + off)), b]);

it("agrees with BigInt, rounded up and rounded down", () => {
  fc.assert(
    fc.property(fc.oneof(fc.tuple(dividends, divisors), multiples), ([a, b]) => {
      const [n, d] = [BigInt(a), BigInt(b)];
      expect(BigInt(floorDivide(a, b))).toBe(n / d);
      expect(BigInt(ceilDivide(a, b))).toBe((n + d - 1n) / d);
    }),
    {
      numRuns: 3000,
      examples: [
        [[0, 1]],
        [[most, 1]],
        [[most, 2]],
        [[most - 1, most]],
        [[most, most]],
        [[most - 1, 3]],
        [[most, 100]],
      ],
    },
  );
});
