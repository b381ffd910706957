/** A counter on which nothing fits for a while: what is asked of a backend, checked where it is asked. */

import { checkIdentity, type Identity } from "./charge.ts";
import { ConfigError } from "./errors.ts";
import { longestHoldMs } from "./lease.ts";
import { bucketSize } from "./policy.ts";

/**
 * Checks a block before anything is made of it.
 *
 * @throws ConfigError `SLUICE_BLOCK` for a policy that is no token bucket, and for a time that is none or that the bucket's
 * debt cannot hold; `SLUICE_CHARGE_KEY` for a key or shard that is no string.
 */
export function checkBlock(identity: Identity, forMs: number): void {
  checkIdentity(identity);
  const { policy } = identity;
  if (policy.algorithm !== "token-bucket") {
    throw wrong("only a token-bucket can be blocked", policy.algorithm, "Block one beside it.");
  }
  const burst = bucketSize(policy);
  const drain = (policy.strict ? policy.limit - burst : policy.limit) * 100;
  // The longer a block, the larger the debt, which has to stay a safe integer: with a million a minute for a day.
  const longestMs = Math.min(
    longestHoldMs,
    Math.floor((Number.MAX_SAFE_INTEGER - burst * 100 * policy.windowMs) / drain),
  );
  if (Number.isSafeInteger(forMs) && forMs >= 0 && forMs <= longestMs) return;
  throw wrong(
    `this bucket can be blocked for 0 to ${longestMs} whole ms`,
    forMs,
    "Round it up, or block it again then.",
  );
}

function wrong(problem: string, value: unknown, cure: string): ConfigError {
  return new ConfigError("SLUICE_BLOCK", problem, value, cure);
}
