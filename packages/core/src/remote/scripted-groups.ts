/** What a call is made of: charges decided all or nothing, settlements, counters to be blocked or forgotten. */

import { acceptedDelay, isPlain, leastUnits } from "../algorithms/decide.ts";
import type { Charge } from "../engine/charge.ts";
import type { Due } from "../engine/settle-once.ts";
import type { BoundPolicy } from "./scripted-policy.ts";

/** A counter: its policy, and its key on the server. */
export interface Counter {
  readonly bound: BoundPolicy;
  readonly name: string;
}

/** Charges of distinct counters, decided all or nothing; `counters[i]` belongs to `charges[i]`. */
export interface Consumption {
  readonly charges: readonly Charge[];
  readonly counters: readonly Counter[];
  /** The hundredths that have to fit, of each charge. */
  readonly least: readonly number[];
  /** How far ahead the slot of all may be. */
  readonly delay: number;
  /** What the short way through the script needs of each charge, where all of them can go it. */
  readonly plain: readonly (readonly number[])[] | undefined;
}

/** A settlement that is due. */
export interface SettlementDue {
  readonly due: Due;
  readonly counters: readonly [Counter];
}

/** A counter that is to be as if never used. */
export interface Forgetting {
  readonly counters: readonly [Counter];
}

/** A token bucket that is to deny for a while. */
export interface Blocking {
  readonly forMs: number;
  readonly shorten: boolean;
  readonly counters: readonly [Counter];
}

/** Something that is done in one step. */
export type Group = Consumption | SettlementDue | Blocking | Forgetting;

/**
 * Charges as a group.
 *
 * @throws ConfigError for a charge that makes no sense, before anything is asked.
 */
export function consumption(charges: readonly Charge[], counters: readonly Counter[]): Consumption {
  const least: number[] = [];
  let plain: (readonly number[])[] | undefined = [];
  let delay = Number.POSITIVE_INFINITY;
  for (let i = 0; i < charges.length; i++) {
    const charge = charges[i] as Charge;
    const { bound } = counters[i] as Counter;
    const units = leastUnits(charge, bound.steps);
    least.push(units);
    if (charge.mode !== "shadow") delay = Math.min(delay, acceptedDelay(charge, bound.steps));
    const numbers = units > 0 && isPlain(charge) ? bound.plain(units) : undefined;
    if (numbers === undefined) plain = undefined;
    else plain?.push(numbers);
  }
  // Where there are only shadows nothing is delayed.
  return { charges, counters, least, delay: Number.isFinite(delay) ? delay : 0, plain };
}
