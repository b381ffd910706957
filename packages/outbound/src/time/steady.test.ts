import { afterEach, describe, expect, it, vi } from "vitest";
import { virtualTime } from "../../test/virtual-time.ts";
import { steady } from "./steady.ts";
import { systemTime } from "./system-time.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("steady", () => {
  it("counts what a time that was handed in goes ahead, and nothing that it goes back", () => {
    const time = virtualTime(1_000);
    const passed = steady(time);
    const told = [500, -400, 300].map((ms) => {
      time.stall(ms);
      return passed();
    });
    expect(told).toEqual([500, 500, 800]);
  });

  it("counts the machine's time once, however often it is asked", () => {
    const passed = steady(systemTime);
    const before = performance.now();
    while (performance.now() - before < 60) passed();
    const [least, told, most] = [performance.now() - before, passed(), performance.now() - before];
    expect(told).toBeGreaterThan(least - 15);
    expect(told).toBeLessThan(most + 15);
  });

  it("follows a wall clock that jumps ahead, as after a sleep of the machine, and none that is set back", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const passed = steady(systemTime);
    vi.setSystemTime(Date.now() + 3_600_000);
    expect(passed()).toBeGreaterThanOrEqual(3_600_000);
    vi.setSystemTime(Date.now() - 7_200_000);
    const back = passed();
    expect(back).toBeGreaterThanOrEqual(3_600_000);
    expect(back).toBeLessThan(3_601_000);
  });
});
