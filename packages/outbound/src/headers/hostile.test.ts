/** Headers that mean harm, and what true ones cost. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Advice } from "./advice.ts";
import { adviceOf } from "./advice-of.ts";

const now = Date.UTC(2027, 4, 12, 9, 30);
const names = [
  ...["retry-after", "retry-after-ms", "date", "age", "ratelimit", "ratelimit-policy", "ratelimit-remaining"],
  ...["ratelimit-reset", "x-ratelimit-remaining", "x-ratelimit-reset", "x-rate-limit-remaining", "x-rate-limit-reset"],
];

/** What an advice may be, whatever it was made from. */
function expectSound({ waitMs, waitBy, remaining, remainingForMs, announced }: Advice): void {
  const isCount = (value: number | undefined, most: number): boolean =>
    value === undefined || (Number.isInteger(value) && value >= 0 && !Object.is(value, -0) && value <= most);
  expect(isCount(waitMs, waitBy === "retry-after" ? 86_400_000 : 600_000)).toBe(true);
  expect(waitBy === undefined).toBe(waitMs === undefined);
  expect(isCount(remaining, 999_999_999_999_999)).toBe(true);
  expect(isCount(remainingForMs, 600_000)).toBe(true);
  for (const { limit, windowMs } of announced) {
    expect([isCount(limit, 999_999_999_999_999), isCount(windowMs, 366 * 86_400_000)]).toEqual([true, true]);
    expect(limit * windowMs).toBeGreaterThan(0);
  }
}

describe("headers that mean harm", () => {
  const text = fc.oneof(
    fc.string({ unit: fc.integer({ min: 32, max: 255 }).map((code) => String.fromCharCode(code)) }),
    fc.double().map(String),
    fc.bigInt().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc
      .array(
        fc.constantFrom(
          '"a"',
          "b",
          ";r=",
          ";t=",
          ";q=",
          ";w=",
          "=",
          "0",
          "9",
          "-",
          ".",
          ",",
          " ",
          "reset=",
          "remaining=",
        ),
      )
      .map((parts) => parts.join("")),
  );
  const any = fc.dictionary(fc.constantFrom(...names), text).map((fields) => new Headers(fields));

  it("never make an advice that is none", () => {
    fc.assert(
      fc.property(any, fc.constantFrom(200, 302, 403, 429, 503), (headers, status) => {
        expectSound(adviceOf(headers, now, status));
      }),
      { numRuns: 5_000 },
    );
  });

  const long = 65_536;
  const filled = (piece: string, first = "", last = ""): string =>
    first + piece.repeat(Math.floor((long - first.length - last.length) / piece.length)) + last;
  const hostile = [
    ...["0", "9", " ", "\t", "a", '"', "\\", "(", ")", ",", ";", "=", ":", "%", "-", ".", "@", "?", "\xff"],
    ...['"a";r=1;t=1, ', "a, ", "a;", "a;b=c", "a=", "(a ", '"\\"', "1.", "-1", ' "', "%a", "Mon, ", "0 "],
  ].flatMap((piece) => [filled(piece), filled(piece, '"'), filled(piece, '"a";r=', '"'), filled(piece, "1", "x")]);

  it("of 64 kB are through at once, and say nothing that is no advice", () => {
    const most = hostile.map((value) => {
      const headers = new Headers(names.map((name) => [name, value]));
      const start = performance.now();
      expectSound(adviceOf(headers, now, 429));
      return performance.now() - start;
    });
    // Far above what it takes on a busy machine, and far below what anything does that goes over it twice for each character.
    expect(Math.max(...most)).toBeLessThan(100);
  });

  it("just short enough to be read are through at once", () => {
    for (const value of hostile.map((text) => text.slice(0, 8_192))) {
      const headers = new Headers(names.map((name) => [name, value]));
      const start = performance.now();
      expectSound(adviceOf(headers, now, 429));
      expect(performance.now() - start).toBeLessThan(100);
    }
  });
});

it("reads each header of an answer once", () => {
  const read: string[] = [];
  class Counted extends Headers {
    override get(name: string): string | null {
      read.push(name);
      return super.get(name);
    }
  }
  const fields: [string, string][] = [
    ["retry-after", new Date(now).toUTCString()],
    ["x-ratelimit-remaining", "0"],
    ["x-ratelimit-reset", new Date(now).toUTCString()],
    ["date", new Date(now).toUTCString()],
  ];
  for (const given of [[], fields]) {
    read.length = 0;
    adviceOf(new Counted(given), now, 429);
    expect(read).toEqual([...new Set(read)]);
  }
});
