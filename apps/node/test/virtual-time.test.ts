import { setTimeout as wall } from "node:timers/promises";
import { expect, test } from "vitest";
import { virtualTime } from "../scripts/demo/virtual-time.ts";

/** Keeps the event loop from turning. */
function stall(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test("goes so many times as fast as the wall's", () => {
  const time = virtualTime(1_000, 100);
  const begun = time.now();
  expect(begun).toBeGreaterThanOrEqual(1_000);
  stall(50);
  const passed = time.now() - begun;
  expect(passed).toBeGreaterThanOrEqual(5_000);
  expect(passed).toBeLessThan(20_000);
});

test("goes no further in one turn of the event loop than it may, and goes on in the next", async () => {
  const time = virtualTime(0, 600, () => 500);
  time.now();
  stall(100);
  expect(time.now()).toBe(500);
  // What was left behind is not caught up.
  await wall(20);
  stall(100);
  const before = time.now();
  stall(100);
  expect(time.now()).toBe(before);
  expect(before).toBeLessThan(600 * 100);
  await time.sleep(5_000);
  expect(time.now()).toBeGreaterThanOrEqual(before + 5_000);
});

test("never goes back when less may pass at once than was told", () => {
  let most = 10_000;
  const time = virtualTime(0, 600, () => most);
  time.now();
  stall(50);
  const told = time.now();
  most = 500;
  expect(time.now()).toBe(told);
});

test("goes no further than it might when the turn began, whatever may pass in the midst of it", async () => {
  let most = 500;
  const time = virtualTime(0, 600, () => most);
  time.now();
  most = 10_000;
  stall(50);
  expect(time.now()).toBe(500);
  await wall(5);
  stall(50);
  expect(time.now()).toBeGreaterThan(5_000);
});
