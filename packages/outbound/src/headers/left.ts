/** What is left of a limit, as an answer tells it: units, and until when there are no more than these. */

/** What is left of one limit. */
export interface Left {
  readonly units: number;
  /** From the answer on, in whole milliseconds from 0 to 10 minutes; absent if that was not said. */
  readonly forMs: number | undefined;
}

/** When an answer was sent, in epoch milliseconds by the clock of who sent it. */
export type Sent = () => number;

/** Who is told of a longer exhaustion asks again then: the draft finds waits above ten minutes worth a doubt. */
const longestLeftMs = 10 * 60_000;

/** Above the first a number is an instant in epoch seconds, above the second one in milliseconds: no reset is 30 years away. */
const [epochSeconds, epochMs] = [1e9, 1e12];

/** What is left for so long, within bounds. */
export function left(units: number, forMs: number | undefined): Left {
  return { units, forMs: forMs === undefined ? undefined : Math.min(longestLeftMs, Math.max(0, Math.ceil(forMs))) };
}

/** The one that leaves less; of two with as little the one that does so for longer. */
export function lesser(one: Left | undefined, other: Left): Left {
  if (one === undefined || other.units < one.units) return other;
  return other.units === one.units && (other.forMs ?? 0) > (one.forMs ?? 0) ? other : one;
}

/** Milliseconds until a reset that is a number: of seconds, or an instant in epoch seconds or milliseconds. */
export function untilResetMs(reset: number, sent: Sent): number {
  if (reset > epochMs) return reset - sent();
  return reset > epochSeconds ? reset * 1000 - sent() : reset * 1000;
}
