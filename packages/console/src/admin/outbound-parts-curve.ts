/** How much an inbox may send on each day of its warm-up. */

import type { Inbox } from "@sluice/outbound";

/** A curve has no more days. */
const longest = 60;

/** No warm-up grows for longer: on this day it allows what it always will. */
const farAway = 100_000;

/**
 * Mails from the first day to that on which the warm-up allows what it always will, at most 60 days; empty without a warm-up. `most`
 * is what every inbox may send at most.
 */
export function curveOf({ warmup }: Inbox, most: number = Number.POSITIVE_INFINITY): readonly number[] {
  if (warmup === undefined) return [];
  const allowed = (day: number): number => Math.min(most, warmup.schedule.limitOn(day));
  const last = allowed(farAway);
  const curve: number[] = [];
  while (curve.length < longest && curve.at(-1) !== last) curve.push(allowed(curve.length + 1));
  return curve;
}
