/** How many retries a process can afford: a share of its calls, so that an outage is not met with many times the load. */

/** @see retryBudget */
export interface RetryBudget {
  /** A call came in: it earns its share of a retry. */
  earn(): void;
  /** Takes one retry; false if there is none. */
  spend(): boolean;
  /** Whole retries that are left. */
  left(): number;
}

/** Earned in millionths, since tenths of a retry would not add up to whole ones. */
const whole = 1_000_000;

/** Full at first. Holds `reserve` retries at most, and at least one, however small it is, so that shares can add up to it. */
export function retryBudget(share: number, reserve: number): RetryBudget {
  const most = Math.max(1, reserve) * whole;
  const earned = Math.round(share * whole);
  let held = reserve * whole;
  return {
    earn() {
      held = Math.min(most, held + earned);
    },
    spend() {
      if (held < whole) return false;
      held -= whole;
      return true;
    },
    left: () => Math.floor(held / whole),
  };
}
