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

describe("leases", () => {
  const day = 86_400_000;
  const take = (name: string, ttlMs = 1) => ({ name, verb: "take", ttlMs }) as const;

  it("are of a bounded number of names, of which none is forgotten before its time", () => {
    const time = { now: 1_000_000_000_000 };
    const backend = memory({ clock: { now: () => time.now } });
    const fences = Array.from(
      { length: 10_000 },
      (_, i) => backend.lease(take(`n${i}`, i < 9_000 ? 1 : 50 * day)).fence,
    );
    const overloaded = expect.objectContaining({ code: "SLUICE_BACKEND_OVERLOADED" });
    const caught = (name: string): unknown => {
      try {
        return backend.lease(take(name));
      } catch (error) {
        return error;
      }
    };
    time.now += 30 * day;
    expect(caught("one more")).toEqual(overloaded);
    expect(backend.lease({ name: "one more", verb: "look" })).toMatchObject({ fence: 0 });
    // Names that are known can be taken and looked at, and those that have ended have kept their fences.
    expect(backend.lease({ name: "n7", verb: "look" })).toMatchObject({ fence: fences[7] });
    expect(backend.lease(take("n7")).fence).toBeGreaterThan(fences[7] as number);
    time.now += 1;
    expect(caught("one more")).toMatchObject({ granted: true });
    expect(backend.lease({ name: "n8", verb: "look" })).toMatchObject({ fence: 0 });
    expect(backend.lease({ name: "n9500", verb: "look" })).toMatchObject({ fence: fences[9500], leftMs: 20 * day - 1 });
    // What was forgotten is granted anew, by a larger fence.
    expect(backend.lease(take("n8")).fence).toBeGreaterThan(fences[8] as number);
  });

  it("that are released make room as soon as those that have ended", () => {
    const time = { now: 1_000_000_000_000 };
    const backend = memory({ clock: { now: () => time.now } });
    const fences = Array.from({ length: 10_000 }, (_, i) => backend.lease(take(`n${i}`, 400 * day)).fence);
    expect(() => backend.lease(take("one more"))).toThrow("SLUICE_BACKEND_OVERLOADED");
    backend.lease({ name: "n5", verb: "renew", fence: fences[5] as number, ttlMs: 0 });
    time.now += 30 * day - 1;
    expect(() => backend.lease(take("one more"))).toThrow("SLUICE_BACKEND_OVERLOADED");
    time.now += 1;
    expect(backend.lease(take("one more"))).toMatchObject({ granted: true });
    expect(() => backend.lease(take("yet another"))).toThrow("SLUICE_BACKEND_OVERLOADED");
  });
});

it("a block that is evicted makes nobody else's counter fresh, nor its own", () => {
  const backend = memory({ maxKeys: 8, clock: { now: () => 0 } });
  const bucket = policy("bucket", per("1s", 5));
  backend.block({ policy: bucket, key: "blocked" }, 3_600_000);
  for (let i = 0; i < 1_000; i++) backend.consume([{ policy: bucket, key: `k${i}`, cost: 1 }]);
  expect(backend.consume([{ policy: bucket, key: "blocked", cost: 0.01 }])).toMatchObject({ allowed: false });
});

it.each([5, null, { id: "s" }])("a shard of %j is a mistake, not a place that others meet in", (shard) => {
  const backend = memory();
  const charge = { policy: policy("bucket", per("1s", 1)), key: "a", cost: 1, shard: shard as unknown as string };
  for (const charges of [[charge], [charge, { ...charge, key: "b" }], [{ ...charge, mode: "peek" as const }]]) {
    expect(() => backend.consume(charges)).toThrow("SLUICE_CHARGE_KEY");
  }
  expect(() => backend.reset(charge)).toThrow("SLUICE_CHARGE_KEY");
  expect(backend.size()).toBe(0);
});

it("keeps keys apart whichever shard they are asked in, also where more are asked than names are kept", () => {
  const backend = memory({ clock: { now: () => 0 } });
  const once = policy("once", per("1s", 1));
  const pairs: readonly (readonly [shard: string, key: string])[] = [
    ...Array.from({ length: 5_000 }, (_, i) => ["s", `${i}`] as const),
    ...Array.from({ length: 50 }, (_, i) => [`${i % 3}`, `${i}`] as const),
    ...([
      ["a", "bc"],
      ["ab", "c"],
      ["a", "c"],
      ["", "1:abc"],
      ["t", "x"],
      ["t", "y"],
      ["u", "y"],
    ] as const),
  ];
  const ask = ([shard, key]: (typeof pairs)[number]) =>
    backend.consume([{ policy: once, key, shard, cost: 1 }]).allowed;
  expect(pairs.filter((pair) => !ask(pair))).toEqual([]);
  for (let again = 0; again < 2; again++) expect(pairs.filter(ask)).toEqual([]);
  expect(backend.size()).toBe(pairs.length);
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
