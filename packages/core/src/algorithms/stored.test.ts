/** States as lists of numbers: what comes back is what went in. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Policy, policy } from "../engine/policy.ts";
import { per, perDay } from "../engine/rate.ts";
import { type State, stepsOf } from "./compile.ts";
import { numbersOf, stateOf } from "./stored.ts";

const policies: readonly (readonly [string, Policy])[] = [
  ["token-bucket", policy("p", per("1s", 5))],
  ["strict", policy("p", per("1s", 5, { strict: true }))],
  ["fixed-window", policy("p", per("1s", 5, { algorithm: "fixed-window" }))],
  ["sliding-window", policy("p", per("1s", 5, { algorithm: "sliding-window" }))],
  ["sliding-log", policy("p", per("1s", 5, { algorithm: "sliding-log" }))],
  ["calendar", policy("p", perDay(5, { timeZone: "UTC" }))],
];

describe.each(policies)("a state of %s", (_name, named) => {
  const steps = stepsOf(named);

  it("comes back as it was, through a list of whole numbers", () => {
    const charges = fc.array(fc.record({ ms: fc.nat(700), units: fc.constantFrom(0, 100, 200) }), { maxLength: 12 });
    fc.assert(
      fc.property(charges, (asked) => {
        let [state, now]: [State, number] = [steps.empty, 1_800_000_000_000];
        for (const { ms, units } of asked) {
          now += ms;
          if (steps.earliest(state, units, now) <= now) state = steps.book(state, units, now, now);
          const numbers = numbersOf(steps, state);
          expect(numbers.every(Number.isSafeInteger)).toBe(true);
          expect(stateOf(steps, numbers)).toEqual(state);
          // A table may keep them as text.
          expect(stateOf(steps, JSON.parse(JSON.stringify(numbers)))).toEqual(state);
        }
      }),
    );
  });

  it("is that of an unused counter where there are no numbers", () => {
    expect(stateOf(steps, undefined)).toBe(steps.empty);
  });
});
