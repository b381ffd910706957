/** What a charge asks of a ratelimit binding, which knows nothing but a key and a number of whole units. */

import { type Charge, checkIdentity, hundredths } from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import { largestCost, type Policy } from "../engine/policy.ts";
import type { BoundLimit } from "./cloudflare-bindings.ts";

/** A charge, and who is to be asked for how much. */
export interface Question {
  readonly charge: Charge;
  /** Absent where nobody need be asked: for a cost of 0, a peek, a policy without a ceiling, and what can never fit. */
  readonly bound: BoundLimit | undefined;
  /** The limit of the tier that serves the policy, where it is lower than the policy's own. */
  readonly servedLimit: number | undefined;
  /** Whole units; fractions are rounded up. */
  readonly units: number;
  /** No wait makes it fit: the limit is 0, or the cost above the limit or burst. */
  readonly neverFits: boolean;
}

/**
 * Puts a charge to the binding of its policy.
 *
 * @throws ConfigError `SLUICE_COST`, `SLUICE_CHARGE_KEY`, `SLUICE_CHARGE_MODE` or `SLUICE_DELAY_UNSUPPORTED`.
 */
export function questionOf(
  charge: Charge,
  boundOf: (policy: Policy) => BoundLimit | undefined,
  kind: "tiers" | "ceilings",
): Question {
  check(charge);
  const { policy, mode, cost, minCost = cost } = charge;
  const whole = hundredths(cost);
  const least = Math.min(whole, hundredths(minCost));
  const most = largestCost(policy) * 100;
  const neverFits = least > most;
  // Asked also for what needs no answer, so that a policy without a binding is named at its first charge of any kind.
  const bound = policy.limit === 0 ? undefined : boundOf(policy);
  // A ceiling that a policy has outgrown decides for another backend, whose limit it is not.
  const servedLimit = kind === "tiers" && bound !== undefined && bound.limit < policy.limit ? bound.limit : undefined;
  if (neverFits || least === 0 || mode === "peek" || bound === undefined) {
    return { charge, bound: undefined, servedLimit, units: 0, neverFits };
  }
  // With a least cost: what is there is at most the limit, and how much a binding does not tell.
  const units = Math.max(least, Math.min(whole, most, bound.limit * 100));
  return { charge, bound, servedLimit, units: Math.ceil(units / 100), neverFits };
}

function check(charge: Charge): void {
  checkIdentity(charge);
  const { mode, maxDelayMs = 0 } = charge;
  if (mode !== undefined && mode !== "charge" && mode !== "peek" && mode !== "shadow") {
    throw new ConfigError("SLUICE_CHARGE_MODE", "a mode is charge, peek or shadow", mode, "Leave it out to charge.");
  }
  if (maxDelayMs !== 0) {
    const cure = "Ask without maxDelayMs, or choose a backend that has slots.";
    throw new ConfigError("SLUICE_DELAY_UNSUPPORTED", "a ratelimit binding books nothing ahead", maxDelayMs, cure);
  }
}
