/** Schedules say what their numbers say, grow and never beyond their target, and refuse numbers that make no sense. */

import { isConfigError } from "@sluice/core/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exponential, linear, steps, type WarmupSchedule } from "./warmup-schedule.ts";

const days = (schedule: WarmupSchedule, count: number): number[] =>
  Array.from({ length: count }, (_, i) => schedule.limitOn(i + 1));

describe("a schedule", () => {
  it.each<[string, WarmupSchedule, number[]]>([
    ["linear", linear({ start: 5, step: 3, target: 12 }), [5, 8, 11, 12, 12]],
    ["linear that is there at once", linear({ start: 20, step: 1, target: 20 }), [20, 20]],
    ["exponential", exponential({ start: 5, factor: 1.5, target: 30 }), [5, 7, 11, 16, 25, 30, 30]],
    [
      "exponential that stands on whole numbers",
      exponential({ start: 100, factor: 1.1, target: 150 }),
      [100, 110, 121, 133, 146, 150],
    ],
    [
      "exponential, slow: fractions are not forgotten",
      exponential({ start: 1, factor: 1.2, target: 9 }),
      [1, 1, 1, 1, 2, 2, 2, 3],
    ],
    [
      "by steps",
      steps([
        { days: 2, limit: 10 },
        { days: 1, limit: 30 },
        { days: 1, limit: 100 },
      ]),
      [10, 10, 30, 100, 100, 100],
    ],
  ])("%s", (_, schedule, expected) => {
    expect(days(schedule, expected.length)).toEqual(expected);
  });

  it("is whole, grows, and reaches its target but not more", () => {
    const start = fc.integer({ min: 1, max: 200 });
    const more = fc.integer({ min: 0, max: 500 });
    const any = fc.oneof(
      fc.tuple(start, more, fc.integer({ min: 1, max: 50 })).map(([low, high, step]) => ({
        schedule: linear({ start: low, step, target: low + high }),
        low,
        target: low + high,
      })),
      fc.tuple(start, more, fc.double({ min: 1.01, max: 9, noNaN: true })).map(([low, high, factor]) => ({
        schedule: exponential({ start: low, factor, target: low + high }),
        low,
        target: low + high,
      })),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), start), { minLength: 1, maxLength: 8 }).map((list) => {
        const limits = list.map(([, limit]) => limit).sort((a, b) => a - b);
        return {
          schedule: steps(list.map(([span], i) => ({ days: span, limit: limits[i] as number }))),
          low: limits[0] as number,
          target: limits.at(-1) as number,
        };
      }),
    );
    fc.assert(
      fc.property(any, ({ schedule, low, target }) => {
        const told = days(schedule, 900);
        expect(told[0]).toBe(low);
        expect(
          told.every((limit, i) => Number.isSafeInteger(limit) && limit >= (told[i - 1] ?? 0) && limit <= target),
        ).toBe(true);
        expect(schedule.limitOn(1_000_000)).toBe(target);
      }),
      { numRuns: 60 },
    );
  });

  it.each<[string, () => unknown]>([
    ["a start of 0, which nobody would ever leave", () => linear({ start: 0, step: 1, target: 20 })],
    ["half a mail", () => linear({ start: 1.5, step: 1, target: 20 })],
    ["a step of 0", () => linear({ start: 1, step: 0, target: 20 })],
    ["a target below the start", () => linear({ start: 21, step: 1, target: 20 })],
    ["a target that is none", () => linear({ start: 1, step: 1, target: Number.POSITIVE_INFINITY })],
    ["a factor of 1", () => exponential({ start: 1, factor: 1, target: 20 })],
    ["a factor of NaN", () => exponential({ start: 1, factor: Number.NaN, target: 20 })],
    ["no steps", () => steps([])],
    [
      "steps that go down",
      () =>
        steps([
          { days: 1, limit: 5 },
          { days: 1, limit: 4 },
        ]),
    ],
    ["a step of no days", () => steps([{ days: 0, limit: 5 }])],
    ["a limit that is a text", () => steps([{ days: 1, limit: "5" as unknown as number }])],
    ["day 0", () => linear({ start: 1, step: 1, target: 20 }).limitOn(0)],
    ["day NaN", () => steps([{ days: 1, limit: 5 }]).limitOn(Number.NaN)],
  ])("refuses %s", (_, make) => {
    expect(code(make)).toBe("SLUICE_WARMUP_SCHEDULE");
  });
});

function code(make: () => unknown): string | undefined {
  try {
    make();
  } catch (error) {
    return isConfigError(error) ? error.code : String(error);
  }
  return undefined;
}
