/** The estimate against brute force: the truth lies within its bounds, always, and the bounds are close. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf } from "../recording/buckets.ts";
import { type Above, aboveLimit, type CountedBucket } from "./what-if-estimate.ts";

type Minutes = readonly (readonly number[])[];

/** Histograms of minutes, added up as the SQL does. */
function bucketsOf(minutes: Minutes, limit: number): CountedBucket[] {
  const sums = new Map<number, { bucket: number; keys: number; hundredths: number; leastAbove: number }>();
  for (const minute of minutes) {
    const own = new Map<number, { keys: number; hundredths: number }>();
    for (const hundredths of minute) {
      const row = own.get(bucketOf(hundredths)) ?? { keys: 0, hundredths: 0 };
      own.set(bucketOf(hundredths), { keys: row.keys + 1, hundredths: row.hundredths + hundredths });
    }
    for (const [bucket, { keys, hundredths }] of own) {
      const sum = sums.get(bucket) ?? { bucket, keys: 0, hundredths: 0, leastAbove: 0 };
      sum.keys += keys;
      sum.hundredths += hundredths;
      sum.leastAbove += Math.max(0, hundredths - keys * limit);
      sums.set(bucket, sum);
    }
  }
  return [...sums.values()];
}

function truth(minutes: Minutes, limit: number): { asked: number; above: number; keys: number } {
  const all = minutes.flat();
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  return {
    asked: sum(all) / 100,
    above: sum(all.map((hundredths) => Math.max(0, hundredths - limit))) / 100,
    keys: all.filter((hundredths) => hundredths > limit).length,
  };
}

const estimate = (minutes: Minutes, limit: number): Above => aboveLimit(bucketsOf(minutes, limit), limit);

describe("units above a limit", () => {
  const units = fc.oneof(
    fc.integer({ min: 1, max: 12 }).map((whole) => whole * 100),
    fc.integer({ min: 1, max: 3_000 }),
    fc.integer({ min: 1, max: 1_000_000 }),
  );
  const minutes = fc.array(fc.array(units, { maxLength: 30 }), { maxLength: 6 });
  const limit = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 10_000 }));

  it("always lie between at least and at most, and so do the keys", () => {
    fc.assert(
      fc.property(minutes, limit, (history, most) => {
        const { asked, atLeast, atMost, keys } = estimate(history, most * 100);
        const { above, ...real } = truth(history, most * 100);
        expect(asked).toBeCloseTo(real.asked, 6);
        expect(atLeast).toBeLessThanOrEqual(above + 1e-6);
        expect(atMost).toBeGreaterThanOrEqual(above - 1e-6);
        expect(keys).toBeGreaterThanOrEqual(real.keys);
      }),
      { numRuns: 3_000 },
    );
  });

  it("are exact for whole units and limits to 8, for a limit of 0 and for none", () => {
    const whole = fc.array(
      fc.array(
        fc.integer({ min: 1, max: 400 }).map((one) => one * 100),
        { maxLength: 30 },
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(whole, fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, Number.POSITIVE_INFINITY), (history, most) => {
        const { atLeast, atMost } = estimate(history, most * 100);
        const { above } = truth(history, most * 100);
        expect([atLeast, atMost]).toEqual([above, above]);
      }),
      { numRuns: 300 },
    );
  });

  it("of a realistic crowd are known to a few units of a hundred", () => {
    // Users by Zipf's law, each minute a little different; seeded, so that the numbers stay.
    let seed = 42;
    const random = (): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    };
    const history = Array.from({ length: 1_440 }, () =>
      Array.from({ length: 200 }, (_, rank) => Math.round((400 / (rank + 1)) * (0.5 + random())) * 100).filter(
        (h) => h > 0,
      ),
    );
    const lines = [5, 20, 60, 180].map((most) => {
      const { asked, atLeast, atMost } = estimate(history, most * 100);
      const { above } = truth(history, most * 100);
      const middle = (atLeast + atMost) / 2;
      expect(atLeast).toBeLessThanOrEqual(above);
      expect(atMost).toBeGreaterThanOrEqual(above);
      const half = (atMost - atLeast) / 2 / asked;
      expect(half).toBeLessThan(0.003);
      const percent = (part: number): string => `${(part * 100).toFixed(3)} %`;
      return `limit ${most}: ${above} of ${asked} units, estimated ${middle.toFixed(0)} ± ${percent(half)} of what was asked, off by ${percent(Math.abs(middle - above) / asked)}`;
    });
    console.log(lines.join("\n"));
  });
});
