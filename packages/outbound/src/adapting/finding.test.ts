import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  announcedLimit,
  cut,
  estimate,
  type Found,
  holdAfter,
  limitAfter,
  nothingFound,
  type Overload,
  raise,
  raisesEvery,
} from "./finding.ts";

const limit = fc.integer({ min: 1, max: 100_000 });
const count = fc.integer({ min: 0, max: 200_000 });

describe("estimate()", () => {
  it.each([
    // What it accepted, where the limit was used up.
    [30, 20, 10, 20],
    [60, 40, 1, 40],
    // The share, where it accepted more than it allows: its windows are others.
    [150, 150, 50, 112],
    // Always less than what was refused, and at least half of it.
    [20, 20, 1, 19],
    [100, 1, 99, 50],
    [3, 1, 9, 2],
    [1, 5, 5, 1],
  ])("of %i, %i accepted and %i refused: %i", (from, accepted, refused, expected) => {
    expect(estimate(from, { accepted, refused })).toBe(expected);
  });

  it("says nothing where nothing was accepted", () => {
    expect(estimate(60, { accepted: 0, refused: 5 })).toBeUndefined();
  });

  it("is a whole number from half of the limit to one less than it, grows with what was accepted, shrinks with refusals", () => {
    fc.assert(
      fc.property(limit, count, count, count, (from, accepted, refused, more) => {
        const found = estimate(from, { accepted: accepted + 1, refused: refused + 1 }) as number;
        expect(Number.isSafeInteger(found)).toBe(true);
        expect(found).toBeGreaterThanOrEqual(Math.max(1, Math.ceil(from / 2)));
        expect(found).toBeLessThanOrEqual(Math.max(1, from - 1));
        const seen = { accepted: accepted + 1 + more, refused: refused + 1 };
        expect(estimate(from, seen)).toBeGreaterThanOrEqual(found);
        expect(estimate(from, { accepted: accepted + 1, refused: refused + 1 + more })).toBeLessThanOrEqual(found);
      }),
    );
  });
});

describe("limitAfter()", () => {
  const one = (overload: Partial<Overload>): number | undefined => {
    return limitAfter({ from: 20, accepted: 14, refused: 1, ...overload });
  };

  it.each<[string, Partial<Overload>, number | undefined]>([
    ["the first of all is believed", {}, 14],
    ["all of the limit accepted in one window is chance", { accepted: 20, refused: 9 }, undefined],
    ["twice in a row it is not", { accepted: 20, refused: 9, isAgain: true }, 13],
    ["a single refusal later on takes one step", { streak: 0 }, 19],
    ["and a larger one with each that follows soon", { streak: 1 }, 18],
    ["up to two fifths", { streak: 9, accepted: 2 }, 12],
    ["many refusals are believed at once", { streak: 0, refused: 5 }, 14],
    ["what was held back says less", { streak: 0, refused: 9, accepted: 3, wasHeld: true }, 19],
    ["a step that failed is taken back", { back: 18, accepted: 17 }, 18],
    ["also where nothing was accepted", { back: 18, accepted: 0 }, 18],
    ["unless the limit has changed since", { back: 18, accepted: 10, refused: 10 }, 10],
    ["nothing accepted, nothing learned", { accepted: 0 }, undefined],
  ])("%s", (_what, overload, expected) => expect(one(overload)).toBe(expected));

  it("is never above what was kept and never below 1, whatever is seen", () => {
    const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(some, { nil: undefined });
    const any = fc.record({
      from: limit,
      accepted: count,
      refused: count,
      back: maybe(limit),
      streak: maybe(fc.nat(20)),
      wasHeld: fc.boolean(),
    });
    fc.assert(
      fc.property(any, (overload) => {
        const found = limitAfter(overload);
        if (found === undefined) return;
        expect(Number.isSafeInteger(found)).toBe(true);
        expect(found).toBeGreaterThanOrEqual(1);
        expect(found).toBeLessThanOrEqual(overload.from);
      }),
    );
  });
});

describe("raise()", () => {
  const everyMs = 10_000;

  it("takes steps that grow while none fails, and ends at what is configured", () => {
    let found: Found = { limit: 20, raiseAtMs: 0, raises: 0, caution: 1 };
    const limits: (number | undefined)[] = [];
    for (let now = 0; found.limit !== undefined; now += everyMs) {
      expect(raise(found, 60, now - 1, everyMs, 3_000)).toBe(found);
      found = raise(found, 60, now, everyMs, 3_000);
      limits.push(found.limit);
    }
    expect(limits).toEqual([23, 29, 41, undefined]);
  });

  it("waits twice as long after each step that failed, up to eight times, and comes sooner when steps succeed", () => {
    let found: Found = { limit: 20, raiseAtMs: 0, raises: 0, caution: 1 };
    const cautions: number[] = [];
    for (let i = 0; i < 5; i++) {
      found = raise(found, 60, (found.raiseAtMs ?? 0) + 1, everyMs, 3_000);
      const overload = { from: found.limit ?? 60, back: found.raisedFrom, accepted: 20, refused: 1, streak: 0 };
      found = cut(found, overload, found.raiseAtMs ?? 0, everyMs, true);
      expect(found.limit).toBe(20);
      cautions.push(found.caution);
    }
    expect(cautions).toEqual([2, 4, 8, 8, 8]);
    found = raise(found, 60, found.raiseAtMs ?? 0, everyMs, 3_000);
    found = raise(found, 60, found.raiseAtMs ?? 0, everyMs, 3_000);
    expect(found.caution).toBe(4);
  });

  it("never goes above what is configured, and never down", () => {
    fc.assert(
      fc.property(limit, limit, fc.nat(40), (configured, low, raises) => {
        const found = { limit: Math.min(low, configured), raiseAtMs: 0, raises, caution: 1 };
        const next = raise(found, configured, 0, everyMs, 3_000).limit;
        if (next !== undefined) expect(next).toBeGreaterThanOrEqual(Math.min(found.limit + 1, configured));
        if (next !== undefined) expect(next).toBeLessThanOrEqual(configured);
      }),
    );
  });

  it("does nothing while all that is configured is used", () => {
    expect(raise(nothingFound, 60, 1e12, everyMs, 3_000)).toBe(nothingFound);
  });
});

describe("times", () => {
  it.each([
    [1_000, 30_000],
    [100, 10_000],
    [60_000, 600_000],
    [3_600_000, 3_600_000],
  ])("a window of %i ms is raised every %i ms", (windowMs, expected) => expect(raisesEvery(windowMs)).toBe(expected));

  it("holds last longer from one to the next, up to five minutes", () => {
    expect([1, 2, 3, 40].map((row) => holdAfter(1_000, row))).toEqual([1_000, 2_000, 4_000, 300_000]);
    expect(holdAfter(86_400_000, 1)).toBe(60_000);
  });
});

describe("announcedLimit()", () => {
  it.each([
    [[{ limit: 40, windowMs: 60_000 }], 40],
    [[{ limit: 1, windowMs: 1_000 }], undefined],
    [[{ limit: 10, windowMs: 30_000 }], 20],
    [
      [
        { limit: 80, windowMs: 120_000 },
        { limit: 50, windowMs: 60_000 },
      ],
      40,
    ],
    [[{ limit: 0, windowMs: 60_000 }], undefined],
    [[{ limit: 1_000, windowMs: 86_400_000 }], undefined],
    [[], undefined],
  ])("%j of a window of a minute is %s", (limits, expected) => expect(announcedLimit(limits, 60_000)).toBe(expected));
});
