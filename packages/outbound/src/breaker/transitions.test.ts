import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { neverOpened, type Stored } from "./stored.ts";
import {
  type BreakerNumbers,
  closedBy,
  isolated,
  openFor,
  placeFreeAfter,
  probeEnded,
  probeTaken,
  tripped,
} from "./transitions.ts";

const numbers: BreakerNumbers = { openMs: 30_000, probes: 3, probeTimeoutMs: 60_000 };
const closed: Stored = { ...neverOpened, generation: 4, sinceMs: 100 };
const open: Stored = {
  ...neverOpened,
  phase: "open",
  generation: 5,
  sinceMs: 1_000,
  writtenMs: 1_000,
  untilMs: 31_000,
  reason: "6 of 10",
};
const half: Stored = {
  ...neverOpened,
  phase: "half-open",
  generation: 6,
  sinceMs: 31_000,
  probesTaken: 3,
  probesDone: 1,
  running: [
    [2, 31_500],
    [3, 40_000],
  ],
};
const alone: Stored = { ...neverOpened, phase: "isolated", generation: 9, reason: "audit", by: "ada" };
const all = { closed, open, half, alone };

const probe = (number: number, generation = 6) => ({ probe: number, generation });

/** The reason holds on while it is probed. */
const first: Partial<Stored> = { phase: "half-open", generation: 6, untilMs: undefined, probesTaken: 1 };

/** What each step makes of each state; those that are not named stay the same object. */
const table: readonly [
  string,
  (state: Stored) => Stored,
  Partial<Record<keyof typeof all, Partial<Stored>>>,
  number?,
][] = [
  [
    "tripped under its generation",
    (state) => tripped(state, 4, 1_000, numbers, "6 of 10"),
    { closed: { ...open, generation: 5 } },
    1_000,
  ],
  ["tripped under an earlier one", (state) => tripped(state, 3, 1_000, numbers, "6 of 10"), {}],
  ["a probe before its time", (state) => probeTaken(state, 30_999, numbers), {}],
  [
    "a probe in time",
    (state) => probeTaken(state, 50_000, numbers),
    { open: { ...first, sinceMs: 50_000, running: [[1, 50_000]] } },
  ],
  [
    "a probe when the place of another is free again",
    (state) => probeTaken(state, 91_500, numbers),
    {
      open: { ...first, sinceMs: 91_500, running: [[1, 91_500]] },
      half: {
        probesTaken: 4,
        running: [
          [3, 40_000],
          [4, 91_500],
        ],
      },
    },
    91_500,
  ],
  [
    "a success of a probe",
    (state) => probeEnded(state, probe(2), "success", 50_000, numbers),
    { half: { probesDone: 2, running: [[3, 40_000]] } },
  ],
  [
    "a probe that tells nothing",
    (state) => probeEnded(state, probe(3), "ignored", 50_000, numbers),
    { half: { probesDone: 1, running: [[2, 31_500]] } },
  ],
  [
    "a failure of a probe",
    (state) => probeEnded(state, probe(2), "failure", 50_000, numbers),
    {
      half: {
        phase: "open",
        generation: 7,
        sinceMs: 50_000,
        untilMs: 80_000,
        reason: "a probe failed",
        probesTaken: 0,
        probesDone: 0,
        running: [],
      },
    },
  ],
  ["a probe of an earlier generation", (state) => probeEnded(state, probe(2, 5), "failure", 50_000, numbers), {}],
  ["a probe whose place another has", (state) => probeEnded(state, probe(1), "success", 50_000, numbers), {}],
  [
    "somebody who closes it",
    (state) => closedBy(state, 50_000, "ada"),
    {
      open: { phase: "closed", generation: 6, sinceMs: 50_000, untilMs: undefined, reason: undefined, by: "ada" },
      half: { phase: "closed", generation: 7, sinceMs: 50_000, probesTaken: 0, probesDone: 0, running: [], by: "ada" },
      alone: { phase: "closed", generation: 10, sinceMs: 50_000, reason: undefined, by: "ada" },
    },
  ],
];

describe("a step", () => {
  it.each(table)("%s", (_, step, expected, at = 50_000) => {
    for (const [name, state] of Object.entries(all)) {
      const before = structuredClone(state);
      const next = step(state);
      const change = expected[name as keyof typeof all];
      if (change === undefined) expect(next, name).toBe(state);
      else expect(next, name).toEqual({ ...state, writtenMs: at, ...change });
      expect(state).toEqual(before);
    }
  });

  it("closes with the last of its probes", () => {
    const last = { ...half, probesDone: 2, running: half.running.slice(1) };
    const next = probeEnded(last, probe(3), "success", 50_000, numbers);
    expect(next).toEqual({ ...neverOpened, generation: 7, sinceMs: 50_000, writtenMs: 50_000 });
    // A process that is to send fewer probes closes it, too.
    expect(probeEnded(half, probe(2), "success", 50_000, { ...numbers, probes: 2 }).phase).toBe("closed");
  });

  it("isolates whatever it was", () => {
    for (const state of Object.values(all)) {
      const next = isolated(state, 50_000, { reason: "banned", by: "bob" });
      const { generation } = state;
      expect(next).toEqual({
        ...neverOpened,
        phase: "isolated",
        generation: generation + 1,
        sinceMs: 50_000,
        writtenMs: 50_000,
        reason: "banned",
        by: "bob",
      });
    }
  });

  it("tells when a place is free at the latest, with probes of clocks that were set back", () => {
    const at = (now: number, state = half) => placeFreeAfter(state, now, numbers);
    expect([31_500, 50_000, 91_499, 91_500].map((now) => at(now))).toEqual([60_000, 41_500, 1, 0]);
    expect(at(0, { ...half, probesDone: 0 })).toBe(0);
    // An hour back, and long after: neither holds a place.
    expect([half.sinceMs - 3_600_000, half.sinceMs + 3_600_000].map((now) => at(now))).toEqual([0, 0]);
    expect(at(50_000, { ...half, probesDone: 3, running: [] })).toBe(0);
  });

  it.each([
    ["as long as is left", { sinceMs: 1_000, untilMs: 31_000 }, 11_000, 20_000],
    [
      "no longer than it was to be, after a clock was set back",
      { sinceMs: 1_000, untilMs: 31_000 },
      -3_600_000,
      30_000,
    ],
    ["no longer than a day, whatever is written", { sinceMs: 0, untilMs: 1e300 }, 0, 86_400_000],
    ["no more when it is over", { sinceMs: 1_000, untilMs: 31_000 }, 99_000, 0],
    ["not at all without an end", { sinceMs: 1_000 }, 500, 0],
    ["not at all with an end before its beginning", { sinceMs: 2_000, untilMs: 1_000 }, 0, 0],
  ])("is open %s", (_, state, now, ms) => {
    expect(openFor({ ...open, untilMs: undefined, ...state }, now)).toBe(ms);
  });
});

describe("any history", () => {
  const step = fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: -5_000, max: 70_000 })),
    does: fc.constantFrom("trip", "take", "take", "take", "succeed", "succeed", "fail", "ignore", "isolate", "close"),
    which: fc.nat(5),
    probes: fc.integer({ min: 1, max: 4 }),
  });

  it("counts its probes, its changes, and nothing that is late", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, probes) => {
        const own = { ...numbers, probes };
        let [state, now] = [neverOpened, 1_000_000];
        const out: { readonly generation: number; readonly probe: number }[] = [];
        for (const { afterMs, does, which } of steps) {
          now += afterMs;
          const before = state;
          const one = out[which % Math.max(1, out.length)] ?? { generation: 0, probe: 0 };
          if (does === "trip") state = tripped(state, state.generation - (which % 2), now, own, "failed");
          if (does === "take") state = probeTaken(state, now, own);
          if (does === "succeed") state = probeEnded(state, one, "success", now, own);
          if (does === "ignore") state = probeEnded(state, one, "ignored", now, own);
          if (does === "fail") state = probeEnded(state, one, "failure", now, own);
          if (does === "isolate") state = isolated(state, now, { reason: "audit", by: "ada" });
          if (does === "close") state = closedBy(state, now, undefined);
          if (does === "take" && state !== before) out.push({ generation: state.generation, probe: state.probesTaken });

          const changes = state.phase === before.phase ? 0 : 1;
          if (does !== "isolate") expect(state.generation - before.generation).toBe(changes);
          expect(state.phase === "open").toBe(state.untilMs !== undefined);
          if (state.phase !== "half-open") expect([state.probesTaken, state.running]).toEqual([0, []]);
          expect(state.running.length + state.probesDone).toBeLessThanOrEqual(probes);
          expect(state.probesDone).toBeLessThan(probes);
          // Only probes of this very generation change it.
          if (["succeed", "ignore", "fail"].includes(does) && one.generation !== before.generation) {
            expect(state).toBe(before);
          }
          if (state.phase === "closed" && before.phase === "half-open" && does !== "close") {
            expect([does, before.probesDone]).toEqual(["succeed", probes - 1]);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
