/** One failure rule around a backend: what is decided while it fails, who hears of it, and who settles. */

import { describe, expect, it, vi } from "vitest";
import { type MemoryBackend, memory } from "../backends/memory.ts";
import { noop } from "../backends/noop.ts";
import type { Backend } from "../engine/backend.ts";
import type { Charge, Decision, Outcome } from "../engine/charge.ts";
import { ConfigError, type SluiceError } from "../engine/errors.ts";
import { policy } from "../engine/policy.ts";
import { perMinute } from "../engine/rate.ts";
import { fakeClock } from "../testing/clock.ts";
import { type FaultyBackend, faulty } from "../testing/faults.ts";
import { denyCache } from "./deny-cache.ts";
import type { FailureRule } from "./failure-rules.ts";
import { fallback } from "./fallback.ts";

const two = policy("two", perMinute(2));

function charge(details: Partial<Charge> = {}): Charge {
  return { policy: two, key: "k", cost: 1, ...details };
}

/** A backend that can be broken, in the care of a rule, and what is told of it. */
function setUp(rule: FailureRule) {
  const inner = memory({ clock: fakeClock() });
  const broken: FaultyBackend = faulty({ ...inner, name: "redis" });
  const changes: SluiceError[] = [];
  const backend = fallback(broken, rule, { onChange: (change) => void changes.push(change) });
  return { inner, backend, faults: broken.faults, changes, codes: () => changes.map(({ code }) => code) };
}

function down(rule: FailureRule) {
  const made = setUp(rule);
  made.faults.down();
  return made;
}

/** What is left of a counter, found out by reading it. */
function left(backend: MemoryBackend, details: Partial<Charge> = {}): number | undefined {
  return backend.consume([charge({ ...details, cost: 0 })]).decisions[0]?.remaining;
}

const shown = ({ allowed, decisions }: Outcome) => [allowed, ...decisions.map(({ via, charged }) => [via, charged])];

/** What happens to a call that the backend throws on, and to one that it rejects. */
const failures: readonly [string, (backend: Backend) => Backend][] = [
  ["rejects", (inner) => ({ ...inner, consume: () => Promise.reject(new Error("down")) })],
  [
    "throws",
    (inner) => ({
      ...inner,
      consume() {
        throw new Error("down");
      },
    }),
  ],
];

describe("while the backend answers", () => {
  it("nothing is different, not even that it answers at once", () => {
    const { backend, inner, codes } = setUp("closed");
    const outcome = backend.consume([charge(), charge({ key: "l" })]) as Outcome;
    expect(shown(outcome)).toEqual([true, [undefined, 1], [undefined, 1]]);
    expect([left(inner), codes()]).toEqual([1, []]);
  });

  it("a denial is no failure", () => {
    const { backend, codes } = setUp("open");
    for (let i = 0; i < 3; i++) backend.consume([charge()]);
    expect((backend.consume([charge()]) as Outcome).allowed).toBe(false);
    expect(codes()).toEqual([]);
  });
});

describe.each(failures)("a backend that %s", (_, broken) => {
  const ask = async (rule: FailureRule, ...charges: readonly Charge[]): Promise<Outcome> =>
    fallback(broken(memory()), rule, { onChange: () => {} }).consume(charges);

  it("is open: allowed, counted nowhere, without a number", async () => {
    const { decisions, ...outcome } = await ask("open", charge({ shard: "s" }), charge());
    expect(outcome).toMatchObject({ allowed: true });
    expect(decisions).toEqual([
      { policy: two, key: "k", shard: "s", cost: 1, allowed: true, charged: 0, via: "open" },
      { policy: two, key: "k", shard: undefined, cost: 1, allowed: true, charged: 0, via: "open" },
    ]);
  });

  it("is closed: denied, without a wait, also to a peek and to a cost of 0 that may be settled later", async () => {
    for (const details of [{}, { mode: "peek" }, { cost: 0 }] as const) {
      const outcome = await ask("closed", charge(details));
      expect(outcome).toMatchObject({ allowed: false, decisions: [{ allowed: false, charged: 0, via: "closed" }] });
      expect(outcome.retryAfterMs).toBeUndefined();
    }
  });

  it("is closed, but not by a shadow, which says what it would have said", async () => {
    expect(shown(await ask("closed", charge({ mode: "shadow" })))).toEqual([true, ["closed", 0]]);
    expect(shown(await ask("closed", charge({ mode: "shadow" }), charge({ key: "l" })))).toEqual([
      false,
      ["closed", 0],
      ["closed", 0],
    ]);
  });

  it("is stood in for by another, numbers, denials and delays included", async () => {
    const other = memory({ clock: fakeClock() });
    const backend = fallback(broken(memory()), other, { onChange: () => {} });
    expect(shown(await backend.consume([charge(), charge({ key: "l" })]))).toEqual([
      true,
      ["fallback", 1],
      ["fallback", 1],
    ]);
    expect([left(other), left(other, { key: "l" })]).toEqual([1, 1]);
    const denied = await backend.consume([charge({ cost: 2 }), charge({ key: "l" })]);
    expect(shown(denied)).toEqual([false, ["fallback", 0], ["fallback", 0]]);
    expect(denied).toMatchObject({ retryAfterMs: 30_000, decisions: [{ remaining: 1 }, { remaining: 1 }] });
    expect(await backend.consume([charge({ cost: 2, maxDelayMs: 60_000 })])).toMatchObject({
      allowed: true,
      delayMs: 30_000,
    });
  });
});

describe("a mistake", () => {
  const mistaken = charge({ cost: -1 });

  it("is thrown, and meets no rule", () => {
    for (const rule of ["open", "closed", memory()] as const) {
      const { backend, codes } = setUp(rule);
      expect(() => backend.consume([mistaken])).toThrow(ConfigError);
      expect(codes()).toEqual([]);
    }
  });

  it("that only the fallback meets is thrown as well", async () => {
    const { backend } = down(memory());
    await expect(backend.consume([mistaken])).rejects.toThrow("SLUICE_COST");
  });
});

describe("what is told", () => {
  it("is one report for each change of state, with the error as its cause", async () => {
    const { backend, faults, changes, codes } = setUp("open");
    const rounds = async () => {
      for (let i = 0; i < 3; i++) await backend.consume([charge()]);
    };
    await rounds();
    faults.down();
    await rounds();
    expect(codes()).toEqual(["SLUICE_BACKEND_FAILED"]);
    expect(changes[0]?.message).toContain("redis");
    expect(changes[0]?.cause).toMatchObject({ fault: "down" });
    faults.heal();
    await rounds();
    faults.dropAnswers();
    await rounds();
    expect(codes()).toEqual(["SLUICE_BACKEND_FAILED", "SLUICE_BACKEND_RECOVERED", "SLUICE_BACKEND_FAILED"]);
  });

  it("is not that it answers again when only a remembered denial does", async () => {
    const broken = faulty(memory());
    const codes: string[] = [];
    const backend = fallback(denyCache(broken), "open", { onChange: ({ code }) => void codes.push(code) });
    for (let i = 0; i < 3; i++) await backend.consume([charge()]);
    broken.faults.down();
    await backend.consume([charge({ key: "l" })]);
    expect(shown(await backend.consume([charge()]))).toEqual([false, ["cache", 0]]);
    expect(codes).toEqual(["SLUICE_BACKEND_FAILED"]);
    // Beside one that the backend was asked for, it is an answer.
    broken.faults.heal();
    await backend.consume([charge({ key: "l" })]);
    expect(codes).toEqual(["SLUICE_BACKEND_FAILED", "SLUICE_BACKEND_RECOVERED"]);
  });

  it("is that the fallback fails, too; then it is open", async () => {
    const other = faulty({ ...memory(), name: "insurance" });
    const { backend, changes } = down(other);
    other.faults.down();
    for (let i = 0; i < 3; i++) expect(shown(await backend.consume([charge()]))).toEqual([true, ["open", 0]]);
    expect(changes.map(({ message }) => message.split("backend ")[1]?.split(" ")[0])).toEqual(["redis", "insurance"]);
    other.faults.heal();
    expect(shown(await backend.consume([charge()]))).toEqual([true, ["fallback", 1]]);
    expect(changes.at(-1)).toMatchObject({ code: "SLUICE_BACKEND_RECOVERED" });
  });

  it("is a line on the console unless somebody listens", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const broken = faulty(memory());
    broken.faults.down();
    await fallback(broken, "open").consume([charge()]);
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("SLUICE_BACKEND_FAILED"));
    warn.mockRestore();
  });

  it.each<[string, () => void | Promise<void>]>([
    ["throws", () => JSON.parse("{")],
    ["rejects", () => Promise.reject(new Error("no"))],
  ])("decides nothing, also where who listens %s", async (_, onChange) => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const broken = faulty(memory());
    broken.faults.down();
    expect((await fallback(broken, "open", { onChange }).consume([charge()])).allowed).toBe(true);
    await new Promise((done) => setImmediate(done));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe("settling", () => {
  const settleFirst = async (backend: Backend, outcome: Outcome, cost = 0): Promise<void> =>
    backend.settle?.([{ decision: outcome.decisions[0] as Decision, cost }]);

  it("goes to whoever decided, also after the backend has recovered", async () => {
    const other = memory({ clock: fakeClock() });
    const { backend, inner, faults } = setUp(other);
    const own = await backend.consume([charge()]);
    faults.down();
    const stoodIn = await backend.consume([charge()]);
    faults.heal();
    expect([left(inner), left(other)]).toEqual([1, 1]);
    await settleFirst(backend, stoodIn);
    expect([left(inner), left(other)]).toEqual([1, 2]);
    await settleFirst(backend, own);
    expect([left(inner), left(other)]).toEqual([2, 2]);
  });

  it("goes to both at once, and at once where both answer at once", () => {
    const other = memory({ clock: fakeClock() });
    const { backend, inner } = setUp(other);
    const own = backend.consume([charge()]) as Outcome;
    expect(backend.settle?.([{ decision: own.decisions[0] as Decision, cost: 0 }])).toBeUndefined();
    expect(left(inner)).toBe(2);
  });

  it.each(["open", "closed"] as const)("has nothing to do where it was %s", async (rule) => {
    const settle = vi.fn();
    const broken = faulty({ ...memory(), settle });
    broken.faults.down();
    const backend = fallback(broken, rule, { onChange: () => {} });
    const outcome = await backend.consume([charge()]);
    broken.faults.heal();
    await settleFirst(backend, outcome, 5);
    expect(settle).not.toHaveBeenCalled();
  });

  it("that fails is told, and told apart from deciding", async () => {
    const settle = vi.fn(async () => Promise.reject(new Error("lost")));
    const codes: string[] = [];
    const backend = fallback({ ...memory(), settle }, "open", { onChange: ({ message }) => void codes.push(message) });
    for (let i = 0; i < 2; i++) await settleFirst(backend, await backend.consume([charge()]));
    expect(settle).toHaveBeenCalledTimes(2);
    expect(codes).toEqual([expect.stringContaining("lost); what was charged stays charged")]);
  });

  it("that is a mistake is thrown", async () => {
    const { backend } = setUp("open");
    const outcome = await backend.consume([charge()]);
    await expect(settleFirst(backend, outcome, Number.NaN)).rejects.toThrow("SLUICE_COST");
  });
});

describe("a fallback with a rule of its own", () => {
  it("stays recognisable: what it could not decide is not called decided", async () => {
    const inner = faulty(memory());
    inner.faults.down();
    const closed = fallback(inner, "closed", { onChange: () => {} });
    const { backend } = down(closed);
    expect(shown(await backend.consume([charge()]))).toEqual([false, ["closed", 0]]);
    inner.faults.heal();
    const outcome = await backend.consume([charge()]);
    expect(shown(outcome)).toEqual([true, ["fallback", 1]]);
    await backend.settle?.([{ decision: outcome.decisions[0] as Decision, cost: 0 }]);
    expect(((await inner.consume([charge({ cost: 0 })])).decisions[0] as Decision).remaining).toBe(2);
  });

  it("may answer from memory, and still stands in", async () => {
    const { backend } = down(denyCache(memory()));
    for (let i = 0; i < 3; i++) await backend.consume([charge()]);
    expect(shown(await backend.consume([charge()]))).toEqual([false, ["fallback", 0]]);
  });
});

describe("the other methods", () => {
  it("consumeEach: every group meets the rule by itself", async () => {
    const other = memory({ clock: fakeClock() });
    const { backend, faults, codes } = setUp(other);
    const groups = [[charge()], [charge(), charge({ key: "l" })], [charge()]];
    const healthy = backend.consumeEach?.(groups) as readonly Outcome[];
    expect(healthy.map(({ allowed }) => allowed)).toEqual([true, true, false]);
    faults.down();
    const outcomes = (await backend.consumeEach?.(groups)) as readonly Outcome[];
    expect(outcomes.map(shown)).toEqual([
      [true, ["fallback", 1]],
      [true, ["fallback", 1], ["fallback", 1]],
      [false, ["fallback", 0]],
    ]);
    faults.heal();
    await backend.consumeEach?.([[charge({ key: "m" })]]);
    expect(codes()).toEqual(["SLUICE_BACKEND_FAILED", "SLUICE_BACKEND_RECOVERED"]);
    await expect(async () => backend.consumeEach?.([[charge({ cost: -1 })]])).rejects.toThrow("SLUICE_COST");
  });

  it("consumeEach of a backend that throws", async () => {
    const consumeEach = () => {
      throw new Error("down");
    };
    const backend = fallback({ ...memory(), consumeEach }, "closed", { onChange: () => {} });
    const outcomes = await backend.consumeEach?.([[charge()], [charge()]]);
    expect(outcomes?.map(shown)).toEqual([
      [false, ["closed", 0]],
      [false, ["closed", 0]],
    ]);
  });

  it("reset: both forget, and who cannot is told", async () => {
    const other = memory({ clock: fakeClock() });
    const { backend, inner, faults } = setUp(other);
    for (const each of [inner, other]) each.consume([charge()]);
    await backend.reset?.(charge());
    expect([left(inner), left(other)]).toEqual([2, 2]);
    other.consume([charge()]);
    faults.down();
    await expect(backend.reset?.(charge())).rejects.toThrow("down");
    expect(left(other), "the other forgets all the same").toBe(2);
    faults.heal();
    inner.consume([charge()]);
    await setUp("open").backend.reset?.(charge());
    await fallback(inner, "open").reset?.(charge());
    expect(left(inner)).toBe(2);
  });
});

describe("what it claims", () => {
  const exact = memory();
  const coarse: Backend = {
    name: "binding",
    features: {
      scope: "location",
      exact: false,
      durable: true,
      remaining: false,
      cost: false,
      delay: false,
      settle: false,
      reset: false,
      block: false,
      lease: false,
      acrossShards: false,
    },
    supports: () => "it counts 10 s or 60 s",
    consume: (charges) => exact.consume(charges),
  };

  it("is what the backend claims, where the rule is open or closed or counts nothing", () => {
    for (const rule of ["open", "closed", noop()] as const) {
      const backend = fallback(exact, rule);
      expect(backend.features).toBe(exact.features);
      expect(backend.supports(two)).toBeUndefined();
      expect(Object.keys(backend)).toEqual(expect.arrayContaining(["settle", "reset", "consumeEach"]));
    }
  });

  it("is what both can, where another backend stands in", () => {
    expect(fallback(exact, memory()).features).toEqual(exact.features);
    for (const [first, second] of [
      [exact, coarse],
      [coarse, exact],
    ] as const) {
      const backend = fallback(first, second);
      expect(backend.features).toEqual({
        ...coarse.features,
        scope: "process",
        durable: false,
        remaining: first.features.remaining,
        lease: first.features.lease,
      });
      expect(backend.supports(two)).toBe("it counts 10 s or 60 s");
      expect([backend.settle, backend.reset]).toEqual([undefined, undefined]);
      expect("consumeEach" in backend).toBe(first === exact);
    }
  });

  it.each<[unknown, unknown, unknown, string]>([
    [undefined, "open", {}, "SLUICE_OPTION_MISSING"],
    [memory, "open", {}, "SLUICE_OPTION_TYPE"],
    [exact, undefined, {}, "SLUICE_OPTION_MISSING"],
    [exact, "allow", {}, "SLUICE_OPTION_TYPE"],
    [exact, memory, {}, "SLUICE_OPTION_TYPE"],
    [exact, null, {}, "SLUICE_OPTION_TYPE"],
    [exact, "open", { onChange: true }, "SLUICE_OPTION_TYPE"],
    [exact, "open", { onError: () => {} }, "SLUICE_OPTION_UNKNOWN"],
  ])("is not made of %s, %s and %j", (backend, rule, options, code) => {
    expect(() => fallback(backend as Backend, rule as FailureRule, options as object)).toThrow(code);
  });
});
