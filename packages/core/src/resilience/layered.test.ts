import { describe, expect, it } from "vitest";
import { memory } from "../backends/memory.ts";
import type { Backend } from "../engine/backend.ts";
import type { Charge, Decision, Outcome } from "../engine/charge.ts";
import { isConfigError } from "../engine/errors.ts";
import { type Policy, policy } from "../engine/policy.ts";
import { per } from "../engine/rate.ts";
import { isPromise } from "../engine/waiting.ts";
import { fakeClock } from "../testing/clock.ts";
import { faulty } from "../testing/faults.ts";
import { fallback } from "./fallback.ts";
import { layered } from "./layered.ts";

const five = policy("five", per("10s", 5));
const other = policy("other", per("10s", 5));

function charge(of: Policy = five, details: Partial<Charge> = {}): Charge {
  return { policy: of, key: "k", cost: 1, ...details };
}

/** A backend that writes down what it is asked. */
function watched(name: string, inner: Backend): Backend & { readonly log: string[] } {
  const log: string[] = [];
  const { settle, reset } = inner;
  const shown = ({ cost, mode, minCost, maxDelayMs }: Charge) =>
    [cost, mode, minCost && `least ${minCost}`, maxDelayMs && `within ${maxDelayMs}`].filter(Boolean).join(" ");
  return {
    ...inner,
    name,
    log,
    consume(charges) {
      log.push(`consume ${charges.map(shown).join(", ")}`);
      return inner.consume(charges);
    },
    ...(settle && {
      settle(entries) {
        log.push(`settle ${entries.map(({ decision, cost }) => `${decision.charged} to ${cost}`).join(", ")}`);
        return settle.call(inner, entries);
      },
    }),
    ...(reset && {
      reset(identity) {
        log.push(`reset ${identity.key}`);
        return reset.call(inner, identity);
      },
    }),
  };
}

/** Knows yes and no, and takes nothing back: what a ratelimit binding is. */
function gate(limit: number, name = "gate"): Backend & { readonly log: string[] } {
  const counted = memory({ clock: fakeClock() });
  const features = { ...counted.features, exact: false, remaining: false, cost: false, delay: false };
  return watched(name, {
    name,
    features: {
      ...features,
      scope: "location",
      settle: false,
      reset: false,
      block: false,
      lease: false,
      acrossShards: false,
    },
    supports: ({ limit: asked }) => (asked > limit ? `it counts no more than ${limit}` : undefined),
    consume(charges) {
      const asked = charges.map((one) => ({ ...one, policy: { ...one.policy, limit }, maxDelayMs: undefined }));
      const { decisions, ...outcome } = counted.consume(asked);
      return {
        ...outcome,
        decisions: decisions.map(({ key, cost, allowed, charged, retryAfterMs }, i) => {
          return { policy: (charges[i] as Charge).policy, key, cost, allowed, charged, retryAfterMs };
        }),
      };
    },
  });
}

function exact(name: string): Backend & { readonly log: string[] } {
  return watched(name, memory({ clock: fakeClock() }));
}

/** The same backend, a microtask away. */
function remote(inner: Backend): Backend {
  const { settle, reset } = inner;
  return {
    ...inner,
    consume: async (charges) => await inner.consume(charges),
    ...(settle && { settle: async (entries) => await settle.call(inner, entries) }),
    ...(reset && { reset: async (identity) => await reset.call(inner, identity) }),
  };
}

function consumed(backend: Backend, ...charges: readonly Charge[]): Outcome {
  const outcome = backend.consume(charges);
  if (isPromise(outcome)) throw new Error("it had to be waited for");
  return outcome;
}

function left(backend: Backend, of: Policy = five): number | undefined {
  return consumed(backend, charge(of, { cost: 0 })).decisions[0]?.remaining;
}

describe("a charge", () => {
  it("passes every layer in order, and carries what the last one knows", () => {
    const [a, b, c] = [gate(9), exact("b"), exact("c")];
    consumed(c, charge());
    const outcome = consumed(layered(a, b, c), charge());
    expect(outcome).toMatchObject({ allowed: true, decisions: [{ allowed: true, charged: 1, remaining: 3 }] });
    expect([a.log, b.log]).toEqual([["consume 1"], ["consume 1"]]);
  });

  it("goes no further than the first denial", () => {
    const [a, b] = [gate(1), exact("b")];
    const backend = layered(a, b);
    consumed(backend, charge());
    const denied = consumed(backend, charge());
    expect(denied).toMatchObject({ allowed: false, retryAfterMs: 10_000, decisions: [{ allowed: false, charged: 0 }] });
    expect(denied.decisions[0]).not.toHaveProperty("remaining");
    expect(b.log).toEqual(["consume 1"]);
  });

  it("that a later layer denies goes back to layers that settle, and stays with a gate", () => {
    const [a, b, c] = [gate(9), exact("b"), exact("c")];
    consumed(c, charge(five, { cost: 5 }));
    const denied = consumed(layered(a, b, c), charge(other, { cost: 2 }), charge());
    expect(denied.decisions.map(({ allowed, charged }) => [allowed, charged])).toEqual([
      [true, 0],
      [false, 0],
    ]);
    expect(b.log).toEqual(["consume 2, 1", "settle 2 to 0, 1 to 0"]);
    expect([left(b), left(b, other)]).toEqual([5, 5]);
    expect(a.log).toEqual(["consume 2, 1"]);
  });

  it("is given back when a later layer fails, and the failure is what is told", async () => {
    const b = exact("b");
    const c = faulty(exact("c"));
    c.faults.down();
    await expect(layered(b, c).consume([charge()])).rejects.toThrow("injected fault: down");
    expect(left(b)).toBe(5);
    const throwing: Backend = {
      ...memory(),
      consume() {
        throw new Error("at once");
      },
    };
    expect(() => layered(b, throwing).consume([charge()])).toThrow("at once");
    expect(left(b)).toBe(5);
  });

  it("is denied or fails all the same when giving back fails", async () => {
    const noRefunds: Backend = { ...memory(), settle: () => Promise.reject(new Error("no refunds")) };
    const [full, down] = [exact("full"), faulty(exact("down"))];
    consumed(full, charge(five, { cost: 5 }));
    down.faults.down();
    expect(await layered(noRefunds, full).consume([charge()])).toMatchObject({ allowed: false });
    await expect(layered(noRefunds, down).consume([charge()])).rejects.toThrow("injected fault");
  });

  it("passes a gate that fails, where a rule of its own opens it", async () => {
    const down = faulty(exact("down"));
    down.faults.down();
    const told: string[] = [];
    const c = exact("c");
    const backend = layered(fallback(down, "open", { onChange: ({ code }) => void told.push(code) }), c);
    const outcome = await backend.consume([charge()]);
    expect(outcome).toMatchObject({ allowed: true, decisions: [{ charged: 1, remaining: 4 }] });
    expect(outcome.decisions[0]?.via).toBeUndefined();
    await backend.settle?.([{ decision: outcome.decisions[0] as Decision, cost: 0 }]);
    expect([left(c), told]).toEqual([5, ["SLUICE_BACKEND_FAILED"]]);
  });

  it("is open where the last layer is, and what the first booked can still be settled", async () => {
    const [b, down] = [exact("b"), faulty(exact("down"))];
    down.faults.down();
    const backend = layered(b, fallback(down, "open", { onChange: () => {} }));
    const { decisions } = await backend.consume([charge()]);
    expect(decisions[0]).toMatchObject({ allowed: true, charged: 0, via: "open" });
    expect(left(b)).toBe(4);
    await backend.settle?.([{ decision: decisions[0] as Decision, cost: 0 }]);
    expect(left(b)).toBe(5);
  });

  it("that a first layer refuses as a mistake reaches no other", () => {
    const [b, c] = [exact("b"), exact("c")];
    expect(() => layered(b, c).consume([charge(five, { cost: -1 })])).toThrow("SLUICE_COST");
    expect(c.log).toEqual([]);
  });

  it("is decided at once where every layer does, and waited for where one does not", async () => {
    expect(layered(exact("b"), exact("c")).consume([charge()])).not.toBeInstanceOf(Promise);
    const b = exact("b");
    const far = layered(b, remote(exact("c")));
    const answer = far.consume([charge()]);
    expect(answer).toBeInstanceOf(Promise);
    expect(await answer).toMatchObject({ allowed: true, decisions: [{ charged: 1 }] });
    expect(await far.consume([])).toMatchObject({ allowed: true, decisions: [] });
    for (let i = 0; i < 5; i++) await far.consume([charge()]);
    expect(left(b)).toBe(0);
  });
});

describe("a charge of another kind", () => {
  it("a peek is passed on, and books nothing anywhere", () => {
    const [b, c] = [exact("b"), exact("c")];
    const peek = charge(five, { mode: "peek" });
    expect(consumed(layered(b, c), peek).decisions[0]).toMatchObject({ allowed: true, charged: 0 });
    expect([left(b), left(c)]).toEqual([5, 5]);
    expect(c.log[0]).toBe("consume 1 peek");
  });

  it("a shadow that one layer would deny goes no further, and is booked nowhere", () => {
    const [a, b, c] = [exact("a"), gate(2), exact("c")];
    const backend = layered(a, b, c);
    const shadow = charge(five, { mode: "shadow" });
    const seen = [1, 2, 3].map(() => consumed(backend, shadow, charge(other)));
    expect(seen.map(({ allowed, decisions }) => [allowed, ...decisions.map((one) => one.charged)])).toEqual([
      [true, 1, 1],
      [true, 1, 1],
      // The other limit of 2 at the gate, too.
      [false, 0, 0],
    ]);
    const alone = consumed(backend, shadow);
    expect(alone).toMatchObject({ allowed: true, decisions: [{ allowed: false, charged: 0 }] });
    expect([left(a), left(c)]).toEqual([3, 3]);
    expect(c.log.filter((line) => line.includes("shadow"))).toHaveLength(2);
  });

  it("a shadow that the last layer would deny is given back before it", () => {
    const [b, c] = [exact("b"), exact("c")];
    consumed(c, charge(five, { cost: 5 }));
    const outcome = consumed(layered(b, c), charge(five, { mode: "shadow" }), charge(other));
    expect(outcome).toMatchObject({ allowed: true, decisions: [{ allowed: false, charged: 0 }, { charged: 1 }] });
    expect([left(b), left(b, other)]).toEqual([5, 4]);
  });

  it("of a least cost no layer keeps more than the last one gave", () => {
    const [b, c] = [exact("b"), exact("c")];
    consumed(c, charge(five, { cost: 3 }));
    const outcome = consumed(layered(b, c), charge(five, { cost: 4, minCost: 1 }));
    expect(outcome.decisions[0]).toMatchObject({ cost: 4, charged: 2 });
    expect([left(b), left(c)]).toEqual([3, 0]);
  });

  it("of a least cost no layer is asked for more than an earlier one had", () => {
    const [b, c] = [exact("b"), exact("c")];
    consumed(b, charge(five, { cost: 3 }));
    const backend = layered(b, c);
    const [decision] = consumed(backend, charge(five, { cost: 4, minCost: 1 })).decisions;
    expect(decision).toMatchObject({ cost: 4, charged: 2 });
    expect([left(b), left(c)]).toEqual([0, 3]);
    backend.settle?.([{ decision: decision as Decision, cost: 1 }]);
    expect([left(b), left(c)]).toEqual([1, 4]);
  });

  it("patience reaches only layers that have slots, and the longest delay counts", () => {
    const [a, b, c] = [gate(9), exact("b"), exact("c")];
    const backend = layered(a, b, c);
    consumed(b, charge(five, { cost: 5 }));
    const patient = charge(five, { maxDelayMs: 60_000 });
    expect(consumed(backend, patient)).toMatchObject({ allowed: true, delayMs: 2_000 });
    expect([a.log.at(-1), b.log.at(-1), c.log.at(-1)]).toEqual([
      "consume 1",
      "consume 1 within 60000",
      "consume 1 within 60000",
    ]);
  });

  it("patience is as long as the most that any layer asks for", () => {
    const [b, c] = [exact("b"), exact("c")];
    const patient = charge(five, { maxDelayMs: 60_000 });
    consumed(b, charge(five, { cost: 5 }));
    consumed(b, patient);
    consumed(c, charge(five, { cost: 5 }));
    expect(consumed(layered(b, c), patient).delayMs).toBe(4_000);
    expect(consumed(layered(c, b), patient).delayMs).toBe(6_000);
  });

  it("patience reaches no layer where the last has no slots", () => {
    const [b, a] = [exact("b"), gate(9)];
    consumed(layered(b, a), charge(five, { maxDelayMs: 60_000 }));
    expect([b.log, a.log]).toEqual([["consume 1"], ["consume 1"]]);
  });
});

describe("settling", () => {
  it("goes to every layer that can, each with what it decided itself", async () => {
    for (const far of [false, true]) {
      const [a, b, c] = [gate(9), exact("b"), exact("c")];
      const backend = layered(a, b, far ? remote(c) : c);
      const { decisions } = await backend.consume([charge(five, { cost: 3 })]);
      await backend.settle?.([{ decision: decisions[0] as Decision, cost: 1 }]);
      await backend.settle?.([{ decision: decisions[0] as Decision, cost: 0 }]);
      expect([left(b), left(c)]).toEqual([4, 4]);
      const { decisions: read } = await backend.consume([charge(five, { cost: 0 })]);
      await backend.settle?.([{ decision: read[0] as Decision, cost: 2 }]);
      expect([left(b), left(c)]).toEqual([2, 2]);
    }
  });

  it("refuses a cost that makes no sense before any layer settles", () => {
    const [b, c] = [exact("b"), exact("c")];
    const backend = layered(b, c);
    const [one, two] = consumed(backend, charge(), charge(other)).decisions as readonly [Decision, Decision];
    // The second is the last layer's business alone, so the first layer would see nothing wrong.
    const entries = [
      { decision: one, cost: 0 },
      { decision: { ...two }, cost: Number.NaN },
    ];
    expect(() => backend.settle?.(entries)).toThrow("SLUICE_COST");
    expect([left(b), left(c)]).toEqual([4, 4]);
  });

  it("fails when a layer does, after all the others have settled", async () => {
    const broken: Backend = { ...memory(), settle: () => Promise.reject(new Error("out of order")) };
    const c = exact("c");
    const backend = layered(broken, c);
    const [decision] = consumed(backend, charge()).decisions as readonly [Decision];
    await expect(backend.settle?.([{ decision, cost: 0 }])).rejects.toThrow("out of order");
    expect(left(c)).toBe(5);
  });

  it("leaves a decision that it did not make to the last layer", () => {
    const [b, c] = [exact("b"), exact("c")];
    const backend = layered(b, c);
    const [decision] = consumed(backend, charge()).decisions as readonly [Decision];
    backend.settle?.([{ decision: { ...decision }, cost: 0 }]);
    expect([left(b), left(c)]).toEqual([4, 5]);
  });

  it("of layers that are layered themselves reaches every one", () => {
    const [b, c, d] = [exact("b"), exact("c"), exact("d")];
    const backend = layered(b, layered(c, d));
    const [decision] = consumed(backend, charge()).decisions as readonly [Decision];
    backend.settle?.([{ decision, cost: 0 }]);
    expect([left(b), left(c), left(d)]).toEqual([5, 5, 5]);
  });
});

describe("layered()", () => {
  it("resets every layer that can be, also where one fails", async () => {
    const broken: Backend = { ...memory(), reset: () => Promise.reject(new Error("out of order")) };
    const [a, c] = [gate(9), exact("c")];
    consumed(c, charge());
    await expect(layered(a, broken, c).reset?.({ policy: five, key: "k" })).rejects.toThrow("out of order");
    expect(left(c)).toBe(5);
  });

  it("claims of each feature what its layers can keep", () => {
    const [a, c] = [gate(9), exact("c")];
    const { settle, reset } = a.features;
    expect(layered(c).features).toEqual(c.features);
    expect(layered(c, exact("d")).features).toEqual({ ...c.features, exact: false });
    expect(layered(a, c).features).toEqual({ ...c.features, exact: false, acrossShards: false });
    expect(layered(c, a).features).toEqual({ ...a.features, settle: true, reset: true });
    expect(layered(a, gate(3)).features).toEqual({ ...a.features, settle, reset });
    const [none, both] = [layered(a, gate(3)), layered(a, c)];
    expect([none.settle, none.reset, typeof both.settle, typeof both.reset]).toEqual([
      undefined,
      undefined,
      "function",
      "function",
    ]);
  });

  it("names its layers, and the first that does not support a policy", () => {
    const backend = layered(gate(9), gate(3, "narrow"), gate(2, "narrower"));
    expect(backend.name).toBe("layered(gate, narrow, narrower)");
    expect(backend.supports(five)).toBe("narrow: it counts no more than 3");
    expect(backend.supports(policy("two", per("10s", 2)))).toBeUndefined();
  });

  it.each<[string, readonly unknown[], string]>([
    ["no layer", [], "SLUICE_OPTION_MISSING"],
    ["something that is no backend", [memory(), { limit: 3 }], "SLUICE_OPTION_TYPE"],
    ["a list of backends", [[memory()]], "SLUICE_OPTION_TYPE"],
    ["an absent one", [memory(), undefined], "SLUICE_OPTION_TYPE"],
  ])("refuses %s", (_case, layers, code) => {
    let thrown: unknown;
    try {
      layered(...(layers as [Backend]));
    } catch (error) {
      thrown = error;
    }
    expect(isConfigError(thrown) && thrown.code).toBe(code);
  });

  it("is a single backend where it is given one", () => {
    const c = exact("c");
    const backend = layered(c);
    const [decision] = consumed(backend, charge()).decisions as readonly [Decision];
    backend.settle?.([{ decision, cost: 0 }]);
    expect(left(c)).toBe(5);
  });
});
