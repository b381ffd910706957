/** Which ratelimit binding serves which policy, and why none does. */

import { bucketSize, type Policy } from "../engine/policy.ts";
import { type BoundLimit, wranglerLines } from "./cloudflare-bindings.ts";

/** The tier that serves a policy: the one of its window with the largest limit not above its own; or why there is none. */
export function tierFor(policy: Policy, tiers: readonly BoundLimit[]): BoundLimit | string {
  const periodMs = policy.algorithm === "calendar" ? undefined : policy.windowMs;
  if (periodMs !== 10_000 && periodMs !== 60_000) {
    const own = periodMs === undefined ? "it follows the calendar" : `its window is ${periodMs} ms`;
    return `${own}, and a ratelimit binding counts 10 s or 60 s: use another backend for it`;
  }
  const period = periodMs === 10_000 ? 10 : 60;
  let found: BoundLimit | undefined;
  for (const tier of meantFor(policy, tiers)) {
    if (tier.period !== period || tier.limit > policy.limit) continue;
    if (found === undefined || tier.limit > found.limit) found = tier;
  }
  if (found !== undefined) return found;
  const name = `RL_${policy.name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")}_${policy.limit}`;
  const lines = wranglerLines({ name, limit: policy.limit, period });
  return (
    `no tier for it counts ${period} s with a limit of at most ${policy.limit}: ` +
    `add ${lines} to "ratelimits" in wrangler.jsonc, with a namespace_id of its own, and ${name} to the tiers`
  );
}

/** The ceiling over a policy, if it has one. */
export function ceilingFor(policy: Policy, ceilings: readonly BoundLimit[]): BoundLimit | undefined {
  return meantFor(policy, ceilings)[0];
}

/** Why a policy does not fit under its ceiling, which would deny what the policy admits. */
export function aboveCeiling(policy: Policy, { name, limit, period }: BoundLimit): string | undefined {
  const most = mostWithin(policy, period * 1000);
  if (most <= limit) return undefined;
  const lines = wranglerLines({ name, limit: most, period });
  return (
    `it may admit ${most} units within ${period} s, and its ceiling ${name} denies beyond ${limit}: ` +
    `raise the ceiling in wrangler.jsonc, ${lines}, and in rateLimitBindings()`
  );
}

/** Those that name the policy, or else those that name none. */
function meantFor({ name }: Policy, bound: readonly BoundLimit[]): readonly BoundLimit[] {
  const own = bound.filter(({ policies }) => policies?.includes(name));
  return own.length > 0 ? own : bound.filter(({ policies }) => policies === undefined);
}

/** No more units than this are admitted in any span of so many milliseconds, wherever it begins. */
export function mostWithin(policy: Policy, spanMs: number): number {
  const { limit } = policy;
  switch (policy.algorithm) {
    case "token-bucket": {
      const burst = bucketSize(policy);
      const refill = policy.strict ? limit - burst : limit;
      return burst + Math.floor((refill * spanMs) / policy.windowMs);
    }
    case "sliding-log":
      return limit * Math.ceil(spanMs / policy.windowMs);
    case "calendar":
      return 2 * limit;
    default:
      return limit * (Math.ceil(spanMs / policy.windowMs) + 1);
  }
}
