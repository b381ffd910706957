/** A process's own view of the time that passes: it never goes back, and does not stand still while the machine sleeps. */

import type { LocalTime } from "./local-time.ts";
import { systemTime } from "./system-time.ts";

/** Milliseconds from an arbitrary start. */
export type Steady = () => number;

/** What the wall clock says beyond the monotonic one is sleep, not the roughness of either. */
const sleptMs = 20;

/**
 * Counts by the machine's monotonic clock, and what the wall clock jumps ahead of it; by a time that was handed in, what that
 * one goes ahead.
 */
export function steady(time: LocalTime): Steady {
  const monotonic = time === systemTime ? () => performance.now() : undefined;
  let passed = 0;
  let wall = time.now();
  let own = monotonic?.() ?? 0;
  return () => {
    const wallNow = time.now();
    const ahead = Math.max(0, wallNow - wall);
    wall = wallNow;
    if (monotonic === undefined) {
      passed += ahead;
    } else {
      const ownNow = monotonic();
      const sure = Math.max(0, ownNow - own);
      own = ownNow;
      passed += ahead - sure > sleptMs ? ahead : sure;
    }
    return passed;
  };
}
