/** What a token bucket promises about any window, held against what was really booked: a check without the model. */

import { type Admission, admissionsOf } from "./admissions.ts";
import type { DecisionRecord, RecordedPolicy } from "./records.ts";

/**
 * By how much settling may raise an answer: a conditional read is charged 0.1 and turns out to cost 1.
 *
 * At an admission the bucket holds, so all that is known by then of a window that ends there is at most
 * `burst + limit × (W − 1 ms) / W`: the bucket was at most full when the window began, and refilled for W − 1 ms, since
 * instants are whole milliseconds and the window is half-open. Later on only answers that were in flight at that last
 * admission can still be raised. So the final costs are at most that bound + 0.9 for each of them.
 */
const mostRaised = 90;

/** A window that holds more than it may. */
export interface Excess {
  readonly counter: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly units: number;
  readonly bound: number;
  readonly when: "at admission" | "finally";
}

export interface Windows {
  readonly counters: number;
  /** The fullest window as a share of its bound. */
  readonly tightest: number;
  readonly excesses: readonly Excess[];
}

/** Looks at every window that ends with an admission; windows that end elsewhere hold no more. */
export function windows(records: readonly DecisionRecord[]): Windows {
  const counters = admissionsOf(records);
  const excesses: Excess[] = [];
  let tightest = 0;
  for (const { name, policies, admissions } of counters) {
    const windowMs = Math.max(...[...policies.values()].map((policy) => policy.windowMs ?? 0));
    const bound = Math.max(...[...policies.values()].map(boundOf));
    let first = 0;
    for (const [index, last] of admissions.entries()) {
      while (last.livedMs - (admissions[first] as Admission).livedMs >= windowMs) first++;
      const [known, final, inFlight] = totals(admissions, first, index);
      const from = admissions[first] as Admission;
      const check = (units: number, most: number, when: Excess["when"]): void => {
        tightest = Math.max(tightest, units / most);
        if (units <= most) return;
        excesses.push({ counter: name, fromMs: from.at, toMs: last.at, units: units / 100, bound: most / 100, when });
      };
      check(known, bound, "at admission");
      check(final, bound + mostRaised * inFlight, "finally");
    }
  }
  return { counters: counters.length, tightest, excesses };
}

/** What was known to be booked when the last was admitted, what it all came to, and how many were still to be settled. */
function totals(admissions: readonly Admission[], first: number, last: number): [number, number, number] {
  const { n } = admissions[last] as Admission;
  let [known, final, inFlight] = [0, 0, 0];
  for (let i = first; i <= last; i++) {
    const admission = admissions[i] as Admission;
    const isOpen = admission.settledBy > n;
    known += isOpen ? admission.booked : admission.final;
    final += admission.final;
    if (isOpen && admission.settledBy < Number.POSITIVE_INFINITY) inFlight++;
  }
  return [known, final, inFlight];
}

/** The bound in whole hundredths, rounded down, which changes nothing for sums of whole hundredths. */
function boundOf({ limit, windowMs = 1, burst, strict }: RecordedPolicy): number {
  if (limit === 0) return 0;
  const size = burst ?? (strict ? Math.max(1, Math.floor(limit / 2)) : limit);
  const refill = (BigInt((strict ? limit - size : limit) * 100) * BigInt(windowMs - 1)) / BigInt(windowMs);
  return size * 100 + Number(refill);
}
