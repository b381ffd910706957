/** Differences between two states. */

import { describe, expect, it } from "vitest";
import { changesOf } from "./audit-changes.ts";

describe("changesOf", () => {
  it("names the fields that differ, and no other", () => {
    const before = { name: "Free", limits: { api: 60, feed: 17 }, features: ["a"] };
    const after = { name: "Free", limits: { api: 5, feed: 17 }, features: ["a", "b"] };
    expect(changesOf(before, after)).toEqual([
      { field: "limits.api", was: 60, is: 5 },
      { field: "features", was: ["a"], is: ["a", "b"] },
    ]);
  });

  it("tells null, which is unlimited, from a field that is not there", () => {
    expect(changesOf({ units: null }, {})).toEqual([{ field: "units", was: null, is: undefined }]);
    expect(changesOf({ units: 0 }, { units: null })).toEqual([{ field: "units", was: 0, is: null }]);
  });

  it.each([
    [undefined, undefined],
    [null, {}],
    [{ a: { b: 1 } }, { a: { b: 1 } }],
  ])("finds nothing between %j and %j", (before, after) => {
    expect(changesOf(before, after)).toEqual([]);
  });

  it("leaves out what is kept for the way back alone", () => {
    expect(changesOf({ id: "a", version: 1, units: 5 }, { version: 2, units: 6, createdAtMs: 9 })).toEqual([
      { field: "units", was: 5, is: 6 },
    ]);
  });

  it("takes what is no object as one value, and what is nested too deep", () => {
    expect(changesOf(1, "x")).toEqual([{ field: "value", was: 1, is: "x" }]);
    const deep = { a: { b: { c: { d: 1 } } } };
    expect(changesOf(deep, undefined)).toEqual([{ field: "a.b.c", was: { d: 1 }, is: undefined }]);
  });
});
