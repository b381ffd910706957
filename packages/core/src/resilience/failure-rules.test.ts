/** Failure rules charge by charge, as limiters have them: several fallbacks, and everything or nothing over all of them. */

import { describe, expect, it, vi } from "vitest";
import { type MemoryBackend, memory } from "../backends/memory.ts";
import type { Backend } from "../engine/backend.ts";
import type { Charge, Decision, Outcome } from "../engine/charge.ts";
import type { SluiceError } from "../engine/errors.ts";
import { policy } from "../engine/policy.ts";
import { perMinute } from "../engine/rate.ts";
import { fakeClock } from "../testing/clock.ts";
import { type FaultyBackend, faulty } from "../testing/faults.ts";
import { type FailureRule, failureRules } from "./failure-rules.ts";

const two = policy("two", perMinute(2));

function charge(key: string, details: Partial<Charge> = {}): Charge {
  return { policy: two, key, cost: 1, ...details };
}

function counted(): MemoryBackend {
  return memory({ clock: fakeClock() });
}

function broken(inner: Backend = counted()): FaultyBackend {
  const backend = faulty(inner);
  backend.faults.down();
  return backend;
}

function left(backend: MemoryBackend, key: string): number | undefined {
  return backend.consume([charge(key, { cost: 0 })]).decisions[0]?.remaining;
}

/** A backend under rules: one charge of its own key for each. */
function setUp(backend: Backend, ...rules: readonly FailureRule[]) {
  const changes: SluiceError[] = [];
  const ruleOf = vi.fn((index: number): FailureRule => rules[index] as FailureRule);
  const ruled = failureRules(backend, (change) => void changes.push(change));
  const charges = rules.map((_, index) => charge(`k${index}`));
  return { ruled, ruleOf, charges, changes, consume: async () => ruled.consume(charges, ruleOf) };
}

const shown = ({ allowed, decisions }: Outcome) => [allowed, ...decisions.map(({ via, charged }) => [via, charged])];

describe("rules", () => {
  it("are not even asked for while the backend answers", async () => {
    const { consume, ruleOf } = setUp(counted(), "closed", "open");
    expect(shown(await consume())).toEqual([true, [undefined, 1], [undefined, 1]]);
    expect(ruleOf).not.toHaveBeenCalled();
  });

  it("closed wins: the others keep their own word, and nothing is charged anywhere", async () => {
    const other = counted();
    const { consume } = setUp(broken(), "open", other, "closed");
    expect(shown(await consume())).toEqual([false, ["open", 0], ["open", 0], ["closed", 0]]);
    expect(other.size()).toBe(0);
  });

  it("each fallback is asked once, for all charges that name it, in the order of the charges", async () => {
    const [first, second] = [counted(), counted()];
    const asked: string[] = [];
    const noting = (name: string, inner: MemoryBackend): Backend => ({
      ...inner,
      consume(charges) {
        asked.push(`${name} ${charges.map(({ key }) => key).join(" ")}`);
        return inner.consume(charges);
      },
    });
    const [a, b] = [noting("a", first), noting("b", second)];
    const { consume } = setUp(broken(), b, "open", a, b);
    expect(shown(await consume())).toEqual([true, ["fallback", 1], ["open", 0], ["fallback", 1], ["fallback", 1]]);
    expect(asked).toEqual(["b k0 k3", "a k2"]);
  });

  it("are all or nothing: what earlier fallbacks have booked is given back, and their numbers with it", async () => {
    const [first, second] = [counted(), counted()];
    second.consume([charge("k2", { cost: 2 })]);
    const { consume } = setUp(broken(), first, "open", second, first);
    const outcome = await consume();
    expect(outcome).toMatchObject({ allowed: false, retryAfterMs: 30_000 });
    expect(shown(outcome)).toEqual([false, ["fallback", 0], ["open", 0], ["fallback", 0], ["fallback", 0]]);
    expect([left(first, "k0"), left(first, "k3"), left(second, "k2")]).toEqual([2, 2, 0]);
    // What is left after a refund is not what was left before it.
    expect(outcome.decisions.map(({ remaining }) => remaining)).toEqual([undefined, undefined, 0, undefined]);
  });

  it("a fallback that fails leaves its own charges open, and the others decide", async () => {
    const second = counted();
    const { consume, changes } = setUp(broken(), broken(), second);
    expect(shown(await consume())).toEqual([true, ["open", 0], ["fallback", 1]]);
    expect(changes.map(({ code }) => code)).toEqual(["SLUICE_BACKEND_FAILED", "SLUICE_BACKEND_FAILED"]);
  });

  it("the longest delay of several fallbacks counts", async () => {
    const [first, second] = [counted(), counted()];
    first.consume([charge("k0", { cost: 2 })]);
    second.consume([charge("k1", { cost: 1 })]);
    const { ruled, ruleOf } = setUp(broken(), first, second);
    const patient = [charge("k0", { maxDelayMs: 90_000 }), charge("k1", { cost: 2, maxDelayMs: 90_000 })];
    first.consume([charge("k0", { maxDelayMs: 90_000 })]);
    expect(await ruled.consume(patient, ruleOf)).toMatchObject({ allowed: true, delayMs: 60_000 });
  });
});

describe("settling", () => {
  it("goes to each backend once, with what it decided itself", async () => {
    const [own, first, second] = [counted(), counted(), counted()];
    const backend = faulty(own);
    const { ruled, ruleOf, consume } = setUp(backend, first, second, first);
    const early = await consume();
    backend.faults.down();
    const late = await consume();
    backend.faults.heal();
    const settles = [own, first, second].map((each) => vi.spyOn(each, "settle"));
    expect(ruleOf).toHaveBeenCalledTimes(3);
    await ruled.settle([...late.decisions, ...early.decisions].map((decision) => ({ decision, cost: 0 })));
    expect(settles[1]?.mock.calls.map(([entries]) => entries.length)).toEqual([2]);
    expect([left(own, "k0"), left(first, "k0"), left(second, "k1"), left(first, "k2")]).toEqual([2, 2, 2, 2]);
  });

  it("is told once while it fails, however it fails, and once when it works again", async () => {
    let fails: "throws" | "rejects" | undefined = "throws";
    const settle = (): void | Promise<void> => {
      if (fails === "throws") throw new Error("lost");
      return fails === "rejects" ? Promise.reject(new Error("lost")) : undefined;
    };
    const { ruled, consume, changes } = setUp({ ...counted(), settle }, "open");
    const [decision] = (await consume()).decisions as readonly [Decision];
    const round = async () => ruled.settle([{ decision, cost: 0 }]);
    await round();
    fails = "rejects";
    await round();
    fails = undefined;
    await round();
    await round();
    expect(changes.map(({ code }) => code)).toEqual(["SLUICE_BACKEND_FAILED", "SLUICE_BACKEND_RECOVERED"]);
  });

  it("with a backend that cannot is nothing, and no failure", async () => {
    const { settle: _, ...bare } = counted();
    const { ruled, consume, changes } = setUp(bare, "open");
    const [decision] = (await consume()).decisions as readonly [Decision];
    expect(ruled.settle([{ decision, cost: 0 }])).toBeUndefined();
    expect(changes).toEqual([]);
  });
});
