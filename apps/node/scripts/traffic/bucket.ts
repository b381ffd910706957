/** The token bucket from its definition, in exact fractions: a debt that drains at a steady rate below a fixed size. */

import {
  ceiling,
  divided,
  type Fraction,
  fraction,
  isLess,
  larger,
  minus,
  plus,
  smaller,
  times,
  zero,
} from "./fraction.ts";
import type { RecordedPolicy } from "./records.ts";

/** A policy's numbers, in units and units per millisecond. */
export interface Bucket {
  readonly size: Fraction;
  readonly rate: Fraction;
}

/** The debt of a counter in units, measured at `at`. */
export interface Debt {
  readonly units: Fraction;
  readonly at: bigint;
}

export const noDebt: Debt = { units: zero, at: 0n };

/** The numbers of a token bucket; undefined for any other policy. */
export function bucketOf({ algorithm, limit, windowMs, burst, strict }: RecordedPolicy): Bucket | undefined {
  if (algorithm !== "token-bucket" || windowMs === undefined) return undefined;
  const full = burst ?? (strict ? Math.max(1, Math.floor(limit / 2)) : limit);
  const size = limit === 0 ? 0 : full;
  return { size: fraction(size), rate: fraction(strict ? limit - size : limit, windowMs) };
}

/** The debt as seen at an instant: what is dated later is dated back, as if the clock had stood still. */
export function seen(debt: Debt, now: bigint): Debt {
  return now < debt.at ? { ...debt, at: now } : debt;
}

export function drained(debt: Debt, { rate }: Bucket, now: bigint): Debt {
  const gone = times(rate, fraction(now - debt.at));
  return { units: larger(zero, minus(debt.units, gone)), at: now };
}

export function booked(debt: Debt, cost: Fraction): Debt {
  return { ...debt, units: plus(debt.units, cost) };
}

/** What is left of the bucket above a debt. */
export function left(debt: Debt, { size }: Bucket): Fraction {
  return larger(zero, minus(size, debt.units));
}

/** The whole milliseconds until a cost fits; undefined when it never can. */
export function waitFor(cost: Fraction, debt: Debt, { size, rate }: Bucket): bigint | undefined {
  if (cost.over === 0n) return 0n;
  if (isLess(size, cost)) return undefined;
  const excess = minus(plus(debt.units, cost), size);
  return excess.over <= 0n ? 0n : ceiling(divided(excess, rate));
}

/** A charge that is being settled. */
export interface Settling {
  readonly from: Fraction;
  readonly to: Fraction;
  readonly bookedAt: bigint;
}

/**
 * The debt, measured now, after a charge of `from` units turned out to cost `to`: the rest is debited, into debt if need
 * be, or given back as far as time, which may have returned this charge ever since it was booked, has not.
 */
export function settled(debt: Debt, { rate }: Bucket, { from, to, bookedAt }: Settling): Debt {
  if (!isLess(to, from)) return booked(debt, minus(to, from));
  const returned = bookedAt > debt.at ? from : times(rate, fraction(debt.at - bookedAt));
  const unreturned = larger(zero, minus(from, returned));
  const back = smaller(unreturned, minus(from, to));
  return { ...debt, units: larger(zero, minus(debt.units, back)) };
}
