import { assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { instantsBetween, newestInstant, nextInstant } from "./instants.ts";

const every = integer({ min: 1, max: 40 * 86_400_000 });
const now = integer({ min: -1e12, max: 4e12 });
const offset = integer({ min: -1e10, max: 1e10 });

describe("instants", () => {
  it("are strictly after now, at most one interval away, and all on one grid", () => {
    assert(
      property(every, now, offset, (everyMs, nowMs, offsetMs) => {
        const next = nextInstant(everyMs, nowMs, offsetMs);
        expect(next).toBeGreaterThan(nowMs);
        expect(next - nowMs).toBeLessThanOrEqual(everyMs);
        expect(Math.abs((next - offsetMs) % everyMs)).toBe(0);
        expect(newestInstant(everyMs, nowMs, offsetMs)).toBe(next - everyMs);
      }),
    );
  });

  it("of an interval are those that stepping from one to the next meets", () => {
    assert(
      property(
        integer({ min: 1, max: 1_000 }),
        integer({ min: -5_000, max: 5_000 }),
        offset,
        (everyMs, from, offsetMs) => {
          const stepped: number[] = [];
          for (
            let at = nextInstant(everyMs, from, offsetMs);
            at <= from + 3_000;
            at = nextInstant(everyMs, at, offsetMs)
          ) {
            stepped.push(at);
          }
          expect([...instantsBetween(everyMs, from, from + 3_000, offsetMs)]).toEqual(stepped);
        },
      ),
    );
  });

  it("leave out the first end and count the last", () => {
    expect([...instantsBetween(300, 300, 900)]).toEqual([600, 900]);
    expect(nextInstant(300, 299.5)).toBe(300);
    expect(nextInstant(300, 300)).toBe(600);
  });

  it("are made one at a time", () => {
    const [first] = instantsBetween(1, 0, Number.MAX_SAFE_INTEGER - 10);
    expect(first).toBe(1);
  });

  it("of a job without a sensible interval are refused", () => {
    for (const everyMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => nextInstant(everyMs, 0), `${everyMs}`).toThrow(expect.objectContaining({ code: "SLUICE_SCHEDULE" }));
    }
    expect(() => nextInstant(1_000, Number.NaN)).toThrow(expect.objectContaining({ code: "SLUICE_SCHEDULE" }));
    expect(() => nextInstant(1_000, 0, 0.5)).toThrow(expect.objectContaining({ code: "SLUICE_SCHEDULE" }));
  });
});
