/** Numbers and times in words. */

import { describe, expect, it } from "vitest";
import { count, counted, lasting, share, units, utc, wholeAgain } from "./words.ts";

describe("words", () => {
  it.each([
    [0, "0"],
    [0.25, "0.3"],
    [99.94, "99.9"],
    [1_234.6, "1,235"],
  ])("counts %s as %s", (value, words) => {
    expect(count(value)).toBe(words);
  });

  it.each([
    [0, "0 s"],
    [-5, "0 s"],
    [1, "1 s"],
    [59_001, "1 min"],
    [125_000, "2 min 5 s"],
    [7_260_000, "2 h 1 min"],
    [90_061_000, "1 d 1 h"],
    [86_400_000, "1 d"],
  ])("lets %s ms last %s", (ms, words) => {
    expect(lasting(ms)).toBe(words);
  });

  it("says when a limit is whole again, and that it is", () => {
    expect([wholeAgain(0), wholeAgain(1), wholeAgain(61_000)]).toEqual(["now: it is whole", "in 1 s", "in 1 min 1 s"]);
  });

  it("has words for shares, units and instants", () => {
    expect([share(1, 8), share(0, 0), share(1, 10_000), share(0, 5)]).toEqual(["12.5 %", "–", "< 0.1 %", "0 %"]);
    expect([units("unlimited"), units(60)]).toEqual(["unlimited", "60"]);
    expect([counted(1, "user"), counted(2, "inbox", "inboxes")]).toEqual(["1 user", "2 inboxes"]);
    expect(utc(Date.UTC(2026, 10, 22, 16, 59))).toBe("22 Nov 2026, 16:59 UTC");
  });
});
