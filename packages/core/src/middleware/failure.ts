/** The failure rules of a mount: what each limiter says a failing backend means. */

import type { Backend, Settlement } from "../engine/backend.ts";
import type { Charge, Outcome } from "../engine/charge.ts";
import type { Complain } from "../limiters/hooks.ts";
import type { Asked } from "../limiters/limiter.ts";
import { failureRules } from "../resilience/failure-rules.ts";

/** A limiter that charges, and what. */
export interface Charged<C = never> extends Asked<C> {
  readonly charge: Charge;
}

/** A backend that answers by the limiters' rules where it fails. */
export interface LimitersBackend {
  consume(charged: readonly Charged[]): Outcome | Promise<Outcome>;
  /** Settles each decision with the backend that made it. */
  settle(entries: readonly Settlement[]): void | Promise<void>;
}

/** Puts the limiters' rules around the backend of their mount. */
export function withRules(backend: Backend, complain: Complain): LimitersBackend {
  const { consume, settle } = failureRules(backend, complain);
  return {
    settle,
    consume: (charged) =>
      consume(
        charged.map(({ charge }) => charge),
        (index) => (charged[index] as Charged).limiter.onFailure,
      ),
  };
}
