/** Buckets: every count is within the bounds of its own, each unit up to 8 has one, and none is wider than a fifth. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundsOf, bucketOf } from "./buckets.ts";

const count = fc.oneof(
  fc.integer({ min: 1, max: 2_000 }),
  fc.integer({ min: 1, max: 10_000_000 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
);

describe("buckets", () => {
  it("have every count within their bounds", () => {
    fc.assert(
      fc.property(count, (hundredths) => {
        const [least, most] = boundsOf(bucketOf(hundredths));
        expect(hundredths).toBeGreaterThanOrEqual(least);
        expect(hundredths).toBeLessThanOrEqual(most);
      }),
      { numRuns: 2_000 },
    );
  });

  it("begin and end where they say, without a gap, up to the greatest whole number", () => {
    for (let bucket = 1; boundsOf(bucket)[1] < Number.MAX_SAFE_INTEGER; bucket++) {
      const [least, most] = boundsOf(bucket);
      expect([bucketOf(least), bucketOf(most)]).toEqual([bucket, bucket]);
      expect(boundsOf(bucket + 1)[0]).toBe(most + 1);
    }
    expect(Number.isSafeInteger(bucketOf(Number.MAX_SAFE_INTEGER))).toBe(true);
  });

  it("are exact for whole units to 8", () => {
    for (let units = 1; units <= 8; units++) expect(bucketOf(units * 100)).toBe(units);
    expect(bucketOf(1)).toBe(1);
    expect(bucketOf(801)).toBe(9);
  });

  it("are then at most 1.19 times as wide as they begin", () => {
    for (let bucket = 9; boundsOf(bucket)[1] < Number.MAX_SAFE_INTEGER; bucket++) {
      const [least, most] = boundsOf(bucket);
      expect(most / least).toBeLessThanOrEqual(1.1893);
    }
  });

  it("have none for nothing", () => {
    expect(bucketOf(0)).toBe(0);
    expect(boundsOf(0)).toEqual([0, 0]);
  });
});
