import { type Charge, type Decision, type Policy, per, perMinute, perSecond, policy } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRecords } from "../scripts/traffic/records.ts";
import { isSound, type Verdict, verdictLines, verdictOn } from "../scripts/traffic/verdict.ts";
import { recorded, rememberingClock } from "../src/recording.ts";

/** A memory that is recorded, and a clock that is moved by hand. */
function recordedMemory() {
  const lines: string[] = [];
  const time = { nowMs: 1_750_000_000_000 };
  const clock = rememberingClock({ now: () => time.nowMs });
  const backend = recorded(memory({ clock }), clock, (line) => lines.push(line));
  const verdict = (own = lines, refused?: number): Verdict =>
    verdictOn(readRecords([...own, JSON.stringify({ lines: lines.length }), ""].join("\n")), refused);
  return { backend, lines, time, verdict };
}

const policies: readonly Policy[] = [
  policy("plan", perMinute(17)),
  policy("plan", perMinute(167)),
  policy("ip", per("10s", 100)),
  policy("small", per("777ms", 3)),
  policy("burst", perSecond(10, { burst: 3 })),
  policy("strict", perMinute(60, { strict: true })),
];

const charge = fc.record({
  policy: fc.nat(policies.length - 1),
  key: fc.constantFrom("a", "b"),
  shard: fc.constantFrom(undefined, "s"),
  cost: fc.oneof(
    fc.constantFrom(1, 0.1, 0.07, 0),
    fc.nat(30_000).map((n) => n / 1_000),
  ),
  mode: fc.constantFrom(undefined, undefined, undefined, "charge" as const, "peek" as const, "shadow" as const),
});
const event = fc.oneof(
  { arbitrary: fc.record({ charges: fc.array(charge, { minLength: 1, maxLength: 4 }) }), weight: 8 },
  { arbitrary: fc.record({ settle: fc.nat(), cost: fc.nat(40_000).map((n) => n / 1_000) }), weight: 4 },
  { arbitrary: fc.record({ waitMs: fc.oneof(fc.nat(20), fc.nat(2_000), fc.nat(90_000)) }), weight: 4 },
  { arbitrary: fc.record({ reset: charge }), weight: 1 },
);

type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

/** Plays a history; charges that core refuses to merge are left out, since nothing is decided then. */
function play(events: readonly Event[]) {
  const run = recordedMemory();
  const decisions: Decision[] = [];
  for (const event of events) {
    if ("waitMs" in event) run.time.nowMs += event.waitMs;
    else if ("reset" in event) run.backend.reset({ ...event.reset, policy: policies[event.reset.policy] as Policy });
    else if ("settle" in event) {
      const decision = decisions[event.settle % Math.max(1, decisions.length)];
      if (decision) run.backend.settle([{ decision, cost: event.cost }]);
    } else {
      const charges: Charge[] = event.charges.map((own) => ({ ...own, policy: policies[own.policy] as Policy }));
      try {
        decisions.push(...run.backend.consume(charges).decisions);
      } catch (error) {
        expect((error as { code?: string }).code).toBe("SLUICE_CHARGE_CONFLICT");
      }
    }
  }
  return run;
}

const history: fc.Arbitrary<readonly Event[]> = fc.array(event, { minLength: 1, maxLength: 80 });

describe("the model", () => {
  test("agrees with memory() on every random history, and no window holds more than it may", () => {
    fc.assert(
      fc.property(history, (events) => {
        const { disagreements, excesses } = play(events).verdict();
        expect(disagreements).toEqual([]);
        // Here anything is settled to anything, so only what was admitted has a bound.
        expect(excesses.filter(({ when }) => when === "at admission")).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("agrees on one counter under a clock that steps back", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: -3_000, max: 5_000 }), fc.nat(500), fc.option(fc.nat(800))));
    fc.assert(
      fc.property(steps, (moves) => {
        const { backend, time, verdict } = recordedMemory();
        for (const [waitMs, cost, final] of moves) {
          time.nowMs += waitMs;
          const [decision] = backend.consume([{ policy: policies[0] as Policy, key: "a", cost: cost / 100 }]).decisions;
          time.nowMs += waitMs % 7;
          if (decision && final !== null) backend.settle([{ decision, cost: final / 100 }]);
        }
        expect(verdict().disagreements).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("takes a settlement of charges that were merged for one", () => {
    const { backend, verdict } = recordedMemory();
    const charge = { policy: policies[0] as Policy, key: "a", cost: 4 };
    const { decisions } = backend.consume([charge, charge]);
    backend.settle(decisions.map((decision) => ({ decision, cost: 1 })));
    backend.consume([charge]);
    expect(verdict()).toMatchObject({ decisions: 3, settlements: 2, disagreements: [], excesses: [] });
    // Both were admitted: 8 of the 33.99 that a window of a limit of 17 may hold.
    expect(verdict().tightest).toBe(800 / 3_399);
  });

  test("says what it cannot judge", () => {
    const { backend, verdict } = recordedMemory();
    backend.consume([{ policy: policy("log", perMinute(3, { algorithm: "sliding-log" })), key: "a", cost: 1 }]);
    expect(verdict().disagreements).toMatchObject([{ expected: '"plain charges of token buckets"' }]);
    expect(isSound(verdictOn(readRecords("")))).toBe(false);
  });
});

describe("tampering with the records is caught", () => {
  /** A busy history: two limits at once, denials among them, some settled up and some down. */
  const busy = () => {
    const run = recordedMemory();
    const [plan, , ip] = policies as [Policy, Policy, Policy];
    for (let i = 0; i < 60; i++) {
      run.time.nowMs += (i * 37) % 900;
      const cost = i % 3 === 0 ? 0.1 : 1;
      const charges = [
        { policy: plan, key: `owner-${i % 2}`, shard: `owner-${i % 2}`, cost },
        { policy: ip, key: "a", cost: 1 },
      ];
      const [decision] = run.backend.consume(charges).decisions;
      if (decision?.charged) run.backend.settle([{ decision, cost: i % 4 === 0 ? 0 : 1 }]);
    }
    return run;
  };
  const { lines, verdict } = busy();
  type Line = { outcome: { allowed: boolean; retryAfterMs?: number; decisions: Decision[] } };
  const consumes = lines.flatMap((line, index) => (line.includes('"outcome"') ? [index] : []));
  const denials = consumes.filter((index) => lines[index]?.includes('"outcome":{"allowed":false'));

  test("as they are, they are sound", () => {
    expect(isSound(verdict())).toBe(true);
    expect(verdict(lines, denials.length).disagreements).toEqual([]);
    expect(denials.length).toBeGreaterThan(5);
    expect(consumes.length - denials.length).toBeGreaterThan(20);
    expect(verdictLines(verdict())[0]).toMatch(
      /^Model: 120 decisions and \d+ settlements replayed, 0 disagreements; 3 keys, tightest window at \d+ % of its bound$/,
    );
  });

  test.each<[what: string, where: readonly number[], tamper: (line: Line) => void]>([
    ["an outcome", consumes, ({ outcome }) => change(outcome, { allowed: !outcome.allowed })],
    [
      "one allowed",
      consumes,
      ({ outcome: { decisions } }) => change(decisions[0], { allowed: !decisions[0]?.allowed }),
    ],
    ["one charged", consumes, ({ outcome: { decisions } }) => change(decisions[1], { charged: 0.5 })],
    ["one remaining", consumes, ({ outcome: { decisions } }) => add(decisions[0], "remaining", 0.000_01)],
    ["one retryAfterMs", denials, ({ outcome: { decisions } }) => add(decisions[0], "retryAfterMs", 1)],
    ["an outcome's retryAfterMs", denials, ({ outcome }) => add(outcome, "retryAfterMs", -1)],
  ])("%s", (_, where, tamper) => {
    for (const index of where) {
      const line = JSON.parse(lines[index] as string) as Line;
      tamper(line);
      const { disagreements } = verdict(lines.with(index, JSON.stringify(line)));
      expect(disagreements[0], lines[index] as string).toMatchObject({ n: index + 1 });
    }
  });

  test("one line left out, whichever it is", () => {
    for (const index of lines.keys()) expect(isSound(verdict(lines.toSpliced(index, 1)))).toBe(false);
  });

  test("a refusal that was not recorded", () => {
    expect(verdict(lines, denials.length + 1).disagreements).toHaveLength(1);
  });

  test("a line that is no record", () => {
    expect(() => verdict(lines.with(3, "{}"))).toThrow("Line 4 of the records is none: {}");
  });

  test("and the first five mistakes are told", () => {
    const told = verdictLines(verdict(lines.map((line) => line.replaceAll('"remaining":', '"remaining":1'))));
    expect(told).toHaveLength(6);
    expect(told[1]).toMatch(/^ {2}record 1, 2025-06-15T\S+Z, plan of owner-0: expected \{.*\}, got \{.*\}$/);
  });
});

describe("the bound of a window", () => {
  const plan = policies[0] as Policy;

  /** As many as fit, and then one whenever it fits, until just before the window ends. */
  const full = () => {
    const run = recordedMemory();
    for (let ms = 0; ms < 1_000; ms++) {
      run.backend.consume([{ policy: policy("plan", perSecond(17)), key: "a", cost: 1 }]);
      run.time.nowMs++;
    }
    return run;
  };

  test("is met, and no more, by a client that never rests", () => {
    const { verdict } = full();
    expect(verdict().excesses).toEqual([]);
    expect(verdict().tightest).toBeGreaterThan(0.97);
  });

  test("is exceeded by one that was let in wrongly", () => {
    const { lines, verdict } = full();
    const denied = lines.findLastIndex((line) => line.includes('"allowed":false'));
    const forged = (lines[denied] as string)
      .replaceAll('"allowed":false', '"allowed":true')
      .replace('"charged":0', '"charged":1');
    const { excesses } = verdict(lines.with(denied, forged));
    expect(excesses[0]).toMatchObject({ counter: "plan of a", units: 34, bound: 33.98, when: "at admission" });
    expect(verdictLines(verdict(lines.with(denied, forged))).at(-1)).toMatch(
      /^ {2}plan of a: 34 units .* where 33\.98 is the most$/,
    );
  });

  test.each([
    [1, []],
    [2.1, [{ counter: "plan of a", units: 35.1, bound: 34.89, when: "finally" }]],
  ])("lets an answer in flight be raised by 0.9: settled to %d", (final, expected) => {
    const { backend, time, verdict } = recordedMemory();
    const admit = (cost: number) => backend.consume([{ policy: plan, key: "a", cost }]).decisions[0] as Decision;
    admit(17);
    time.nowMs += 56_471;
    admit(16);
    time.nowMs += 400;
    backend.settle([{ decision: admit(0.1), cost: final }]);
    expect(verdict().disagreements).toEqual([]);
    expect(verdict().excesses).toMatchObject(expected);
  });
});

function change<T extends object>(target: T | undefined, values: Partial<T>): void {
  Object.assign(target as T, values);
}

function add<K extends string>(
  target: { readonly [key in K]?: number | undefined } | undefined,
  key: K,
  by: number,
): void {
  change(target as Record<string, number>, { [key]: (target?.[key] ?? 0) + by });
}
