/** Mistakes are named: a stable code, the offending value, the cure; recognised also across two copies of the package. */

import { describe, expect, it } from "vitest";
import { ConfigError, isConfigError, isSluiceError, SluiceError } from "./errors.ts";

describe("a ConfigError", () => {
  it("says what, which value and how to put it right", () => {
    const error = new ConfigError("SLUICE_COST", "a cost is a number", -1, "Use 1.");
    expect(error.message).toBe("[sluice] SLUICE_COST: a cost is a number; got -1. Use 1.");
    expect(error).toMatchObject({ name: "ConfigError", code: "SLUICE_COST", value: -1, cure: "Use 1." });
    expect(error).toBeInstanceOf(SluiceError);
  });

  it.each<[unknown, string]>([
    ["a\nb", '"a\\nb"'],
    ["x".repeat(100), `"${"x".repeat(60)}…"`],
    [{ secret: 1 }, "an object"],
    [[1, 2], "an array"],
    [() => 1, "a function"],
    [null, "null"],
    [undefined, "undefined"],
    [5n, "5"],
    [Number.NaN, "NaN"],
    [Symbol("s"), "Symbol(s)"],
  ])("shows %s on one line", (value, shown) => {
    expect(new ConfigError("SLUICE_COST", "p", value, "C.").message).toBe(`[sluice] SLUICE_COST: p; got ${shown}. C.`);
  });
});

describe("an error of another copy", () => {
  it("is recognised by its marker", () => {
    const marker = Symbol.for("sluice.error");
    const foreign = Object.assign(new Error("x"), { name: "ConfigError", code: "SLUICE_COST" });
    expect(isConfigError(foreign)).toBe(false);
    Object.defineProperty(foreign, marker, { value: true });
    expect(isSluiceError(foreign)).toBe(true);
    expect(isConfigError(foreign)).toBe(true);
  });

  it("and nothing else is", () => {
    for (const other of [new Error("x"), new TypeError("y"), null, undefined, "SLUICE_COST", 5, {}]) {
      expect(isSluiceError(other)).toBe(false);
      expect(isConfigError(other)).toBe(false);
    }
    expect(isConfigError(new SluiceError("SLUICE_X", "m"))).toBe(false);
    expect(isSluiceError(new SluiceError("SLUICE_X", "m"))).toBe(true);
    expect(new SluiceError("SLUICE_X", "m", { cause: 7 }).cause).toBe(7);
  });
});
