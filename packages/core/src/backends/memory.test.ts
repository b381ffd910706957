import { describe, expect, it } from "vitest";
import { type Policy, policy } from "../engine/policy.ts";
import { per } from "../engine/rate.ts";
import { memory } from "./memory.ts";

const log = { algorithm: "sliding-log" } as const;

function onTheSameClock(named: Policy) {
  const time = { now: 0 };
  const backend = memory({ clock: { now: () => time.now } });
  const ask = (cost: number) => {
    const [decision] = backend.consume([{ policy: named, key: "a", cost }]).decisions;
    if (decision === undefined) throw new Error("no decision");
    return decision;
  };
  return { time, backend, ask };
}

it.each([5, null, { id: "s" }])("a shard of %j is a mistake, not a place that others meet in", (shard) => {
  const backend = memory();
  const charge = { policy: policy("bucket", per("1s", 1)), key: "a", cost: 1, shard: shard as unknown as string };
  for (const charges of [[charge], [charge, { ...charge, key: "b" }], [{ ...charge, mode: "peek" as const }]]) {
    expect(() => backend.consume(charges)).toThrow("SLUICE_CHARGE_KEY");
  }
  expect(() => backend.reset(charge)).toThrow("SLUICE_CHARGE_KEY");
  expect(backend.size()).toBe(0);
});

describe("what was charged before the clock stepped back is not given back, since time may have done so", () => {
  it("by a token bucket", () => {
    const { time, backend, ask } = onTheSameClock(policy("bucket", per("1s", 10)));
    time.now = 1_000;
    const early = ask(5);
    time.now = 500;
    ask(0.01);
    time.now = 1_000;
    expect(ask(9).allowed).toBe(true);
    backend.settle([{ decision: early, cost: 0 }]);
    expect(ask(0).remaining).toBeLessThanOrEqual(1);
  });

  it("by a sliding log", () => {
    const { time, backend, ask } = onTheSameClock(policy("log", per("1s", 2, log)));
    time.now = 1_000;
    const early = ask(1);
    time.now = 500;
    ask(0);
    time.now = 1_000;
    expect(ask(1).allowed).toBe(true);
    backend.settle([{ decision: early, cost: 0 }]);
    time.now = 1_001;
    const admitted = [ask(1), ask(1), ask(1)].filter(({ allowed }) => allowed).length;
    expect(admitted).toBeLessThanOrEqual(1);
  });

  it("but what is charged afterwards, past that stretch of time, is", () => {
    const { time, backend, ask } = onTheSameClock(policy("bucket", per("1s", 10)));
    time.now = 1_000;
    ask(1);
    time.now = 500;
    ask(1);
    time.now = 3_000;
    const late = ask(5);
    backend.settle([{ decision: late, cost: 0 }]);
    expect(ask(0).remaining).toBe(10);
  });
});
