import { expect, it } from "vitest";
import { memory } from "../backends/memory.ts";
import { policy } from "../engine/policy.ts";
import { perMinute } from "../engine/rate.ts";
import { fakeClock } from "./clock.ts";
import { faulty, InjectedFault } from "./faults.ts";

const two = policy("two", perMinute(2));
const charges = [{ policy: two, key: "k", cost: 1 }];

it("passes healthy calls through, synchronous ones too", () => {
  const backend = faulty(memory());
  expect(backend.consume(charges)).toMatchObject({ allowed: true });
  expect(backend.name).toBe("memory");
  expect(backend.faults.calls).toBe(1);
});

it("is down until healed, and charges nothing meanwhile", async () => {
  const backend = faulty(memory());
  backend.faults.down();
  await expect(backend.consume(charges)).rejects.toThrow(InjectedFault);
  await expect(backend.settle?.([])).rejects.toThrow("injected fault: down");
  backend.faults.heal();
  expect(backend.consume(charges)).toMatchObject({ decisions: [{ remaining: 1 }] });
  expect(backend.faults.calls).toBe(3);
});

it("is down for as many calls as told", async () => {
  const backend = faulty(memory());
  backend.faults.down(2);
  await expect(backend.consume(charges)).rejects.toThrow();
  await expect(backend.consumeEach?.([charges])).rejects.toThrow();
  expect(backend.consume(charges)).toMatchObject({ allowed: true });
});

it("commits and then loses the answer", async () => {
  const backend = faulty(memory());
  backend.faults.dropAnswers(1);
  await expect(backend.consume(charges)).rejects.toThrow("injected fault: answer dropped");
  expect(backend.consume(charges)).toMatchObject({ decisions: [{ remaining: expect.closeTo(0, 2) }] });
});

it("is slow by a clock that does not really wait", async () => {
  const clock = fakeClock();
  const start = clock.now();
  const backend = faulty(memory({ clock }), { sleep: async (ms) => clock.advance(ms) });
  backend.faults.slow(1_500);
  expect(await backend.consume(charges)).toMatchObject({ allowed: true });
  expect(clock.now() - start).toBe(1_500);
});

it("is slow in earnest, and hangs for ever when told to", async () => {
  const backend = faulty(memory());
  backend.faults.slow(20, 1);
  const before = performance.now();
  await backend.consume(charges);
  expect(performance.now() - before).toBeGreaterThan(15);
  backend.faults.slow(Number.POSITIVE_INFINITY);
  const hangs = backend.consume(charges);
  expect(await Promise.race([hangs, new Promise((resolve) => setTimeout(resolve, 20, "late"))])).toBe("late");
});

it("has the optional methods of what it wraps", () => {
  const { settle: _settle, reset: _reset, consumeEach: _each, ...plain } = memory();
  const backend = faulty(plain);
  expect([backend.settle, backend.reset, backend.consumeEach]).toEqual([undefined, undefined, undefined]);
});
