/** Ceilings that keep a flood from an exact backend, and take nothing of what that one would admit. */

import type { Backend, Charge, Decision } from "@sluice/core";
import { fallback } from "@sluice/core/resilience";
import type { Logger } from "@sluice/feeds";

/**
 * A gate that is out of the way where it could do harm: one that fails is open, and it is reported; a policy that may
 * admit more than its ceiling, such as a large override, passes it uncounted and is left to the exact backend alone.
 */
export function openGate(ceilings: Backend, logger: Logger): Backend {
  const gate = fallback(ceilings, "open", {
    onChange: ({ code, message, cause }) => logger.warn({ code, err: cause }, message),
  });
  return {
    ...gate,
    supports: () => undefined,
    consume(charges) {
      // A mount asks for one quota under a ceiling at most, so that nothing else goes uncounted with it.
      const isBelow = charges.every(({ policy }) => ceilings.supports(policy) === undefined);
      return isBelow ? gate.consume(charges) : { allowed: true, decisions: charges.map(passed) };
    },
  };
}

function passed({ policy, key, shard, cost }: Charge): Decision {
  return { policy, key, shard, cost, allowed: true, charged: 0 };
}
