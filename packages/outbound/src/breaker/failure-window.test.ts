import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FailureWindow } from "./failure-window.ts";

const rule = { failureRate: 0.5, minimumCalls: 10, windowMs: 10_000 };

describe("the window of failures", () => {
  it("holds what came within its ten last tenths, whatever came before", () => {
    const calls = fc.array(fc.record({ afterMs: fc.nat(4_000), isFailure: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(calls, (all) => {
        const window = new FailureWindow(rule);
        const seen: { readonly at: number; readonly isFailure: boolean }[] = [];
        let at = 123;
        for (const { afterMs, isFailure } of all) {
          at += afterMs;
          seen.push({ at, isFailure });
          window.add(isFailure, at);
          const within = seen.filter((call) => Math.floor(call.at / 1_000) > Math.floor(at / 1_000) - 10);
          const failures = within.filter((call) => call.isFailure).length;
          expect(window.read(at)).toEqual({ calls: within.length, failures });
        }
        expect(window.read(at + 11_000)).toEqual({ calls: 0, failures: 0 });
      }),
    );
  });

  it.each([
    ["fewer calls than are needed", 9, 0, undefined],
    ["just as many", 10, 0, "10 of 10 calls failed within 10 s"],
    ["just the share", 6, 6, "6 of 12 calls failed within 10 s"],
    ["one less", 5, 6, undefined],
    ["nothing", 0, 0, undefined],
  ])("finds too many failures in %s or not", (_, failures, successes, expected) => {
    const window = new FailureWindow(rule);
    for (let i = 0; i < failures; i++) window.add(true, 5_000);
    for (let i = 0; i < successes; i++) window.add(false, 5_000);
    expect(window.tooMany(5_000)).toBe(expected);
  });

  it("finds a single failure where one call is enough", () => {
    const window = new FailureWindow({ failureRate: 1, minimumCalls: 1, windowMs: 10 });
    window.add(true, 0);
    expect(window.tooMany(0)).toBe("1 of 1 calls failed within 0.01 s");
    window.clear();
    expect(window.tooMany(0)).toBeUndefined();
  });
});
