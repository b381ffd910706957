import { describe, expect, it } from "vitest";
import { watched } from "../engine/clock.ts";
import { isToldTwice, noteTime, nothingSeen, type SeenTime } from "./scripted-time.ts";

/** Replies one after the other, each to a call that was sent when the one before was known. */
function heard(...instants: readonly number[]): SeenTime {
  const seen = nothingSeen();
  for (const now of instants) noteTime(seen, { ...seen }, now);
  return seen;
}

describe("what replies tell of the server's clock", () => {
  it.each([[[100, 200, 300]], [[100, 50, 60, 120]], [[100, 200, 150, 180, 160, 400]], [[100, 90, 300, 250, 260]]])(
    "is what a watched clock knows that told %j",
    (instants) => {
      const left = [...instants];
      const clock = watched({ now: () => left.shift() as number });
      for (const _ of instants) clock.now();
      const last = instants.at(-1) as number;
      const seen = heard(...instants);
      for (let receipt = 0; receipt < 450; receipt++) {
        expect(isToldTwice(seen, last, receipt), String(receipt)).toBe(clock.isToldTwice(receipt));
      }
    },
  );

  it("is told again by the call that finds the clock set back", () => {
    const seen = heard(100, 200);
    expect([99, 150, 151, 200, 201].map((receipt) => isToldTwice(seen, 150, receipt))).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
    expect(isToldTwice(seen, 200, 199)).toBe(false);
  });

  it("does not take replies for a step back that overtook each other", () => {
    const seen = heard(100);
    const known = { ...seen };
    noteTime(seen, known, 130);
    noteTime(seen, known, 120);
    expect(seen.last).toBe(130);
    expect(isToldTwice(seen, 140, 125)).toBe(false);
  });
});
