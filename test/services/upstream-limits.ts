/** What an upstream has given away, and what its limits leave of it: all of them at once, or nothing. */

import type { UpstreamLimit } from "./upstream-options.ts";

/** How one limit stands. */
export interface LimitStanding {
  readonly limit: UpstreamLimit;
  /** Requests that fit now. */
  readonly remaining: number;
  /** When more of them fit than now, in milliseconds; with an untouched limit its window. */
  readonly moreAfterMs: number;
  /** When one fits: 0 if it does now. */
  readonly fitsAfterMs: number;
}

/** Everything that was taken, in the order of time: limits are questions to it, so that a new limit knows what came before. */
export interface Taken {
  /** Takes so many requests at an instant, if every limit has room for them. */
  take(limits: readonly UpstreamLimit[], atMs: number, cost: number): boolean;
  standing(limit: UpstreamLimit, nowMs: number): LimitStanding;
}

export function taken(): Taken {
  const at: number[] = [];
  /** What was taken before the entry of the same number, and all of it last. */
  const before: number[] = [0];

  /** The number of the first entry later than an instant. */
  const firstAfter = (ms: number): number => lowest(at.length, (i) => (at[i] ?? 0) > ms);
  const total = (): number => before[at.length] ?? 0;

  /** Entries before this number no longer count. */
  const firstCounted = ({ windowMs, shape }: UpstreamLimit, nowMs: number): number =>
    shape === "fixed"
      ? lowest(at.length, (i) => (at[i] ?? 0) >= Math.floor(nowMs / windowMs) * windowMs)
      : firstAfter(nowMs - windowMs);

  const used = (limit: UpstreamLimit, nowMs: number): number => total() - (before[firstCounted(limit, nowMs)] ?? 0);

  /** When the entry of this number stops counting. */
  const leavesAfterMs = ({ windowMs, shape }: UpstreamLimit, entry: number, nowMs: number): number =>
    shape === "fixed" ? windowMs - (nowMs % windowMs) : (at[entry] ?? nowMs) + windowMs - nowMs;

  return {
    take(limits, atMs, cost) {
      const instant = Math.max(atMs, at.at(-1) ?? atMs);
      if (limits.some((limit) => used(limit, instant) + cost > limit.limit)) return false;
      before.push(total() + cost);
      at.push(instant);
      return true;
    },

    standing(limit, nowMs) {
      const first = firstCounted(limit, nowMs);
      const remaining = Math.max(0, limit.limit - used(limit, nowMs));
      const moreAfterMs = leavesAfterMs(limit, first, nowMs);
      if (remaining > 0) return { limit, remaining, moreAfterMs, fitsAfterMs: 0 };
      // The first entry after which no more counts than leaves room for one; its predecessor has to leave.
      const fits = lowest(at.length, (i) => total() - (before[i] ?? 0) < limit.limit);
      return { limit, remaining, moreAfterMs, fitsAfterMs: leavesAfterMs(limit, Math.max(fits - 1, first), nowMs) };
    },
  };
}

/** The most of these instants, oldest first, that lie in any window of so long, of which its end is no part. */
export function mostWithin(instants: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  instants.forEach((at, i) => {
    while ((instants[first] ?? at) <= at - windowMs) first++;
    most = Math.max(most, i - first + 1);
  });
  return most;
}

/** The lowest number below `end` of which this holds, as it does of all after it; `end` if of none. */
function lowest(end: number, holds: (i: number) => boolean): number {
  let [low, high] = [0, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
