/** Counts nothing: everything is allowed, no number is reported, and only what is a mistake is refused. */

import { ledger } from "../algorithms/ledger.ts";
import type { Backend, Features } from "../engine/backend.ts";
import { type Charge, type Decision, mergeCharges, type Outcome } from "../engine/charge.ts";

/** A backend whose every answer is there at once. */
export interface NoopBackend extends Backend {
  consume(charges: readonly Charge[]): Outcome;
  consumeEach(groups: readonly (readonly Charge[])[]): readonly Outcome[];
}

const features: Features = {
  scope: "none",
  exact: false,
  durable: false,
  remaining: false,
  cost: false,
  delay: false,
  settle: false,
  reset: false,
  block: false,
  lease: false,
  acrossShards: false,
};

/**
 * Allows everything.
 *
 * Its `consume` throws the ConfigErrors that every other backend would throw, so that a mistake is met where limits are
 * switched off as well.
 */
export function noop(): NoopBackend {
  // Every counter is as if never used, and whatever is written is forgotten: what is left are the mistakes.
  const unused = ledger({ read: () => undefined, write() {}, remove() {} }, () => "");

  const consume = (charges: readonly Charge[]): Outcome => {
    unused.consume(mergeCharges(charges)?.charges ?? charges, 0);
    return { allowed: true, decisions: charges.map(notCounted) };
  };

  return {
    name: "noop",
    features,
    supports: () => undefined,
    consume,
    consumeEach: (groups) => groups.map(consume),
  };
}

function notCounted({ policy, key, shard, cost }: Charge): Decision {
  return { policy, key, shard, cost, allowed: true, charged: 0 };
}
