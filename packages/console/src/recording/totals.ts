/** Decisions since the start of the process. */

import type { Minute } from "./minute.ts";
import { recordedOutcomes } from "./outcome-of.ts";
import type { RecorderCounters } from "./recorder.ts";

type Counted = RecorderCounters["decisions"][number];

/** Sums by limiter, plan and outcome. */
export class Totals {
  readonly #sums: Map<string, Counted & { count: number }> = new Map();

  add(counted: readonly Counted[]): void {
    for (const one of counted) this.#addTo(this.#sums, one);
  }

  /** A copy of the sums, with what is not among them yet. */
  with(pending: readonly Counted[]): readonly Counted[] {
    const sums = new Map([...this.#sums].map(([name, sum]) => [name, { ...sum }]));
    for (const one of pending) if (one.count !== 0) this.#addTo(sums, one);
    return [...sums.values()];
  }

  #addTo(sums: Map<string, Counted & { count: number }>, { limiter, plan, outcome, count }: Counted): void {
    const name = `${limiter}\n${outcome}\n${plan}`;
    const sum = sums.get(name);
    if (sum === undefined) sums.set(name, { limiter, plan, outcome, count });
    else sum.count += count;
  }
}

/** What a minute has counted that is in no row yet. */
export function pendingOf(minute: Minute): RecorderCounters["decisions"][number][] {
  return [...minute.limiters].flatMap(([limiter, { tallies }]) =>
    [...tallies.values()].flatMap(({ plan, counts }) =>
      recordedOutcomes.map((outcome, place) => ({ limiter, plan, outcome, count: counts[place] as number })),
    ),
  );
}
