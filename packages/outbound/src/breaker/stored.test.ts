import { describe, expect, it } from "vitest";
import { neverOpened, readStored, type Stored } from "./stored.ts";

const read = (raw: unknown) => readStored(raw, 500, 10_000, 60_000);
const open = { ...neverOpened, phase: "open", generation: 3, sinceMs: 5, untilMs: 30_005, reason: "many", by: "a" };
const half = {
  ...neverOpened,
  phase: "half-open",
  generation: 4,
  sinceMs: 7,
  writtenMs: 8,
  probesTaken: 2,
  probesDone: 1,
};

describe("a stored state", () => {
  it("is read as it was written", () => {
    const isolated = { ...neverOpened, phase: "isolated", generation: 9, sinceMs: 1, reason: "audit", by: "ada" };
    const states = [neverOpened, open, { ...half, running: [[2, 40]] }, isolated] as readonly Stored[];
    for (const state of states) expect(read(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  it.each<[string, unknown, Partial<Stored>]>([
    ["open", { ...open, v: 2, more: {} }, open as Stored],
    [
      "open, without its beginning",
      { v: "next", phase: "open", generation: 3, untilMs: 9 },
      { untilMs: 9, sinceMs: 0 },
    ],
    ["isolated", { v: 0, phase: "isolated", generation: 1 }, { phase: "isolated", generation: 1 }],
    ["closed", { v: 2, phase: "closed", generation: 7 }, { phase: "closed", generation: 7 }],
    // Written half a second ago, by our clock.
    ["half-open, without its instants", { v: 2, phase: "half-open", generation: 4 }, { untilMs: 9_500 + 60_000 }],
    // Its probes are its own.
    ["half-open", { ...half, v: 2, running: { 2: 40 } }, { phase: "open", generation: 4, sinceMs: 8, untilMs: 60_008 }],
    ["half-open in our shape", { ...half, v: 2, running: [] }, { phase: "open", untilMs: 60_008 }],
  ])("of another version is honoured where it is %s", (_, raw, expected) => {
    expect(read(raw)).toMatchObject(expected);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a number", 5],
    ["an array", []],
    ["no phase", { v: 1, generation: 3, untilMs: 9 }],
    ["a phase that does not exist", { ...open, phase: "ajar" }],
    ["a generation that counts nothing", { ...open, generation: -1 }],
    ["a generation of half a change", { ...open, generation: 1.5 }],
    ["a generation in words", { ...open, generation: "3" }],
    ["open without an end", { ...open, untilMs: undefined }],
    ["open with an end that is no instant", { ...open, untilMs: "soon" }],
  ])("says nothing where it is %s", (_, raw) => {
    expect(read(raw)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ["no list", "2"],
    ["probes without instants", [[2]]],
    ["instants that are none", [[2, null]]],
    ["more than there can be", Array.from({ length: 51 }, () => [2, 40])],
  ])("of ours whose probes are %s is left alone for a while", (_, running) => {
    expect(read({ ...half, running })).toMatchObject({ phase: "open", untilMs: 60_008, running: [] });
  });

  it("takes no words that are none, and not too many", () => {
    const { reason, by } = read({ ...open, reason: "x".repeat(9_000), by: 5 }) ?? {};
    expect([reason?.length, by]).toEqual([500, undefined]);
  });
});
