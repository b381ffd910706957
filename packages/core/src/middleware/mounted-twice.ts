/** Finds a limiter that meets one request twice: one counter is charged once, and the mistake is named. */

import type { Backend } from "../engine/backend.ts";
import { sameCounter } from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import type { Asked } from "../limiters/limiter.ts";
import type { RateLimit } from "./variables.ts";

/**
 * What is left to charge after an earlier mount's decisions.
 *
 * A charge whose very counter, numbers and cost the same backend has already decided is dropped. Another limiter of the
 * same name still counts: leaving it out would leave a login unguarded because it shares a name with the rest of the site.
 */
export function withoutTwins<C>(
  asked: readonly Asked<C>[],
  { mounts, limiters }: RateLimit,
  backend: Backend,
  once: (mistake: string, make: () => ConfigError) => void,
): readonly Asked<C>[] {
  if (!asked.some(({ limiter }) => limiters.includes(limiter.name))) return asked;
  return asked.filter(({ limiter, charge }) => {
    if (charge === undefined || !limiters.includes(limiter.name)) return true;
    const { policy, cost } = charge;
    const decided = mounts.flatMap((mount) => (mount.backend === backend ? mount.decisions : []));
    const twin = decided.some((earlier) => {
      const isDecided = earlier.allowed && earlier.via !== "open";
      return isDecided && earlier.cost === cost && sameCounter(earlier, charge) && sameNumbers(earlier.policy, policy);
    });
    const mistake = twin ? mountedTwice : nameTwice;
    once(`${mistake.name} ${limiter.name}`, () => mistake(limiter.name));
    return !twin;
  });
}

function sameNumbers(a: object, b: object): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function mountedTwice(name: string): ConfigError {
  const cure = "Mount it once, or give one of the two another name; the second one was not charged.";
  return new ConfigError("SLUICE_LIMITER_MOUNTED_TWICE", "a limiter met one request twice", name, cure);
}

function nameTwice(name: string): ConfigError {
  const cure = "Give one of the two another name; both were charged.";
  return new ConfigError("SLUICE_LIMITER_NAME_TWICE", "two limiters of one name met one request", name, cure);
}
