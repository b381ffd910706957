/** byUser: the quota of the signed-in user, with the numbers of the user's plan. */

import type { Incoming } from "../http/incoming.ts";
import { isNobody, type Limiter, limiter, type Subject } from "./limiter.ts";
import { checkGiven, checkType, type LimiterOptions } from "./limiter-options.ts";
import { whenKnown } from "./waiting.ts";

/** What `byUser` can be told. */
export interface ByUserOptions<C> extends LimiterOptions<C> {
  /** The signed-in user's id, or undefined for a visitor, whom this limiter does not concern. */
  readonly user: (incoming: Incoming<C>) => string | undefined | Promise<string | undefined>;
}

/**
 * Limits by user; the policy is named `api` unless you say otherwise. Mount it after authentication.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` without a `user` function, and what every limiter throws.
 */
// biome-ignore lint/suspicious/noExplicitAny: inside rateLimit() the context is whatever Hono says; rateLimit<Env>() types it.
export function byUser<C = any>(options: ByUserOptions<C>): Limiter<C> {
  checkGiven("byUser", options, "byUser({ user: ({ context }) => context.var.userId, limit: perMinute(60) })");
  const { name = "api", user } = options;
  checkType("byUser", "user", user, typeof user === "function", "a function giving the signed-in user's id");
  const charged = (id: string | undefined): Subject =>
    isNobody(id) ? { because: "nobody is signed in" } : { subject: id, key: `api:${id}`, shard: id };
  return limiter({ factory: "byUser", name, identify: (incoming) => whenKnown(user(incoming), charged) }, options, [
    "user",
  ]);
}
