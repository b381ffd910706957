/** Counts over what was written down. */

import type { Call } from "./ledger.ts";

/** The most of them in any window of so long, wherever it begins. */
export function mostWithin(all: readonly { readonly atMs: number }[], windowMs: number): number {
  const instants = all.map(({ atMs }) => atMs).sort((one, other) => one - other);
  let [most, first] = [0, 0];
  instants.forEach((at, i) => {
    while ((instants[first] ?? at) <= at - windowMs) first++;
    most = Math.max(most, i - first + 1);
  });
  return most;
}

/** Work that a service did for good: it answered as it was asked. */
export function doneOf(calls: readonly Call[]): readonly Call[] {
  return calls.filter(({ status, subject }) => (status === 200 || status === 201) && subject > 0);
}

/** Work that was done for a prospect that the same service had done it for before. */
export function repeatedOf(calls: readonly Call[]): readonly Call[] {
  const known = new Set<string>();
  return doneOf(calls).filter(({ service, subject }) => known.size === known.add(`${service} ${subject}`).size);
}
