/** Makes what limiters ask fit the backend of their mount: policies that it serves, costs that it counts. */

import type { Backend } from "../engine/backend.ts";
import { ConfigError, SluiceError } from "../engine/errors.ts";
import type { Policy } from "../engine/policy.ts";
import type { Complain } from "../limiters/hooks.ts";
import type { Asked, Limiter } from "../limiters/limiter.ts";

/**
 * Checks what of a limiter was written down: that its backends serve its policy, and that its mount's can settle where
 * it has to. A backend that counts nothing has nothing to settle.
 *
 * @throws ConfigError `SLUICE_BACKEND_UNSUPPORTED`.
 */
export function checkFit<C>(backend: Backend | undefined, limiter: Limiter<C>): void {
  const { name, policy, onFailure, mustSettle } = limiter;
  const mistake = unserved(backend, policy) ?? unserved(onFailure, policy);
  if (mistake !== undefined) throw mistake;
  if (backend === undefined || !mustSettle || backend.settle || backend.features.scope === "none") return;
  throw unable(backend, name, "it cannot settle");
}

/**
 * Fits what a limiter asks on a request.
 *
 * A policy from data is put to `supports` once. One that the backend cannot serve is the mistake that it would have been
 * when written down: it is told of once, and every request that comes to it fails with the ConfigError; a shadow is left
 * out. One that only the limiter's fallback cannot serve is told of, too.
 *
 * Costs in fractions become whole where the backend counts only such, or where it cannot settle what the limiter would
 * have settled: each request then costs too much rather than too little. That is told once for each limiter.
 */
export function fitting<C>(
  backend: Backend,
  complain: Complain,
  once: (name: string, make: () => SluiceError) => void,
): (one: Asked<C>) => Asked<C> {
  const { features, name, settle } = backend;
  const met = new WeakMap<Policy, ConfigError | undefined>();

  const mistaken = (policy: Policy, { onFailure }: Limiter<C>): ConfigError | undefined => {
    if (met.has(policy)) return met.get(policy);
    const mistake = unserved(backend, policy);
    met.set(policy, mistake);
    const told = mistake ?? unserved(onFailure, policy);
    if (told !== undefined) complain(told);
    return mistake;
  };

  return (one) => {
    const { limiter, charge } = one;
    if (charge === undefined) return one;
    const { policy, cost } = charge;
    const mistake = limiter.policy ? undefined : mistaken(policy, limiter);
    if (mistake !== undefined) {
      if (!limiter.shadow) throw mistake;
      return { limiter, because: mistake.message };
    }
    const isCounted = features.scope === "none" || (features.cost && (settle || !limiter.settle));
    if (isCounted || Number.isInteger(cost)) return one;
    once(`coarse ${limiter.name}`, () => {
      const lack = features.cost ? "cannot settle" : "counts no fractions";
      return new SluiceError(
        "SLUICE_BACKEND_COARSE",
        `backend ${name} ${lack}; limiter ${limiter.name} charges whole units`,
      );
    });
    return { ...one, charge: { ...charge, cost: Math.ceil(cost) } };
  };
}

/** Why this backend, if it is one, cannot serve this policy, if there is one. */
function unserved(backend: Limiter["onFailure"] | undefined, policy: Policy | undefined): ConfigError | undefined {
  if (typeof backend !== "object" || policy === undefined) return undefined;
  const reason = backend.supports(policy);
  return reason === undefined ? undefined : unable(backend, policy.name, `${reason} (${JSON.stringify(policy)})`);
}

function unable(backend: Backend, limiter: string, reason: string): ConfigError {
  const problem = `backend ${backend.name} cannot serve limiter ${limiter}: ${reason}`;
  return new ConfigError("SLUICE_BACKEND_UNSUPPORTED", problem, limiter, "Change the limiter, or the backend.");
}
