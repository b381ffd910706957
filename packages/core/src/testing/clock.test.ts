import { expect, it } from "vitest";
import { fakeClock } from "./clock.ts";

it("stands still until it is moved, and copies share the time", () => {
  const clock = fakeClock(1_000);
  const { now, advance } = clock;
  const copy = { ...clock };
  expect(now()).toBe(1_000);
  advance(5);
  copy.advance(10);
  expect([clock.now(), copy.now(), now()]).toEqual([1_015, 1_015, 1_015]);
  clock.set(3);
  expect(copy.now()).toBe(3);
});
