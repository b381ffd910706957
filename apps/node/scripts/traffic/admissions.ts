/** What was booked on each counter, and what became of it, gathered from the records. */

import { approximate, hundredthsOf } from "./fraction.ts";
import {
  type Consumed,
  counterOf,
  type DecisionRecord,
  type RecordedIdentity,
  type RecordedPolicy,
  type Settled,
} from "./records.ts";

/** A charge that was booked; units are in whole hundredths. */
export interface Admission {
  readonly n: number;
  readonly at: number;
  /** Time as the bucket knows it, which stands still when the clock steps back. */
  readonly livedMs: number;
  readonly booked: number;
  /** What it came to. */
  final: number;
  /** The record that settled it, `Infinity` if none did. */
  settledBy: number;
}

/** A counter and all that was booked on it, in order; one that was reset begins anew. */
export interface Counter {
  readonly name: string;
  readonly policies: Map<string, RecordedPolicy>;
  readonly admissions: Admission[];
  at: number;
  livedMs: number;
}

/** Every counter that was asked, also those on which nothing was booked. */
export function admissionsOf(records: readonly DecisionRecord[]): Counter[] {
  const all: Counter[] = [];
  const current = new Map<string, Counter>();
  const places = new Map<string, { readonly counter: Counter; readonly admission: Admission }>();

  const counterFor = (identity: RecordedIdentity): Counter => {
    const id = counterOf(identity);
    const name = `${identity.policy.name} of ${identity.key}`;
    const counter = current.get(id) ?? { name, policies: new Map(), admissions: [], at: 0, livedMs: 0 };
    if (!current.has(id)) all.push(counter);
    current.set(id, counter);
    counter.policies.set(JSON.stringify(identity.policy), identity.policy);
    return counter;
  };

  const consume = ({ n, at, charges, outcome }: Consumed): void => {
    for (const [index, charge] of charges.entries()) {
      const counter = counterFor(charge);
      const booked = Math.round((outcome.decisions[index]?.charged ?? 0) * 100);
      if (booked === 0) {
        counter.at = Math.min(counter.at, at);
        continue;
      }
      live(counter, at);
      const admission = { n, at, livedMs: counter.livedMs, booked, final: booked, settledBy: Number.POSITIVE_INFINITY };
      counter.admissions.push(admission);
      places.set(`${n} ${index}`, { counter, admission });
    }
  };

  const settle = ({ n: by, at, settle: entries }: Settled): void => {
    for (const { n, index, cost } of entries) {
      const place = places.get(`${n} ${index}`);
      if (place === undefined || place.admission.settledBy < Number.POSITIVE_INFINITY) continue;
      live(place.counter, at);
      place.admission.settledBy = by;
      place.admission.final = Math.round(approximate(hundredthsOf(cost)) * 100);
    }
  };

  for (const record of records) {
    if ("charges" in record) consume(record);
    else if ("settle" in record) settle(record);
    else current.delete(counterOf(record.reset));
  }
  return all;
}

/** Time goes on, but never back. */
function live(counter: Counter, at: number): void {
  if (counter.at > 0) counter.livedMs += Math.max(0, at - counter.at);
  counter.at = at;
}
