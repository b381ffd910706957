/** Finds a limiter that meets one request twice: one counter is charged once, and the mistake is named. */

import type { Backend } from "../engine/backend.ts";
import { sameCounter, sameNumbers } from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import type { Charged } from "./failure.ts";
import type { RateLimit } from "./variables.ts";

/**
 * Whether an earlier mount has decided this very charge: the same counter, numbers and cost of the same backend.
 *
 * Another limiter of the same name still counts: leaving it out would leave a login unguarded because it shares a name
 * with the rest of the site.
 */
export function isTwin<C>(
  { limiter: { name }, charge }: Charged<C>,
  earlier: RateLimit | undefined,
  backend: Backend,
  once: (mistake: string, make: () => ConfigError) => void,
): boolean {
  if (!earlier?.limiters.includes(name)) return false;
  const decided = earlier.mounts.flatMap((mount) => (mount.backend === backend ? mount.decisions : []));
  const found = decided.some((one) => {
    const isDecided = one.allowed && one.via !== "open" && one.cost === charge.cost;
    return isDecided && sameCounter(one, charge) && sameNumbers(one.policy, charge.policy);
  });
  once(`${name} ${found}`, () => metTwice(name, found));
  return found;
}

function metTwice(name: string, isTwin: boolean): ConfigError {
  return isTwin
    ? new ConfigError(
        "SLUICE_LIMITER_MOUNTED_TWICE",
        "a limiter met one request twice",
        name,
        "Mount it once; the second one was not charged.",
      )
    : new ConfigError(
        "SLUICE_LIMITER_NAME_TWICE",
        "two limiters of one name met one request",
        name,
        "Give one of the two another name; both were charged.",
      );
}
