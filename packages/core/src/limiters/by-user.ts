/** byUser: the quota of the signed-in user, with the numbers of the user's plan. */

import { aFunction, type Rules } from "../engine/options.ts";
import { whenKnown } from "../engine/waiting.ts";
import type { Incoming } from "../http/incoming.ts";
import { type Limiter, limiter, ofSomebody } from "./limiter.ts";
import { checkKind, type LimiterOptions } from "./limiter-options.ts";

/** What `byUser` can be told. */
export interface ByUserOptions<C> extends LimiterOptions<C> {
  /** The signed-in user's id, or undefined for a visitor, whom this limiter does not concern. */
  readonly user: (incoming: Incoming<C>) => string | undefined | Promise<string | undefined>;
}

const own: Rules = { user: aFunction("a function giving the signed-in user's id") };

/**
 * Limits by user; the policy is named `api` unless you say otherwise. Mount it after authentication.
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING` without a `user` function, and what every limiter throws.
 */
// biome-ignore lint/suspicious/noExplicitAny: inside rateLimit() the context is whatever Hono says; rateLimit<Env>() types it.
export function byUser<C = any>(options: ByUserOptions<C>): Limiter<C> {
  checkKind("byUser", options, own);
  const { name = "api", user } = options;
  const charged = ofSomebody("api", "nobody is signed in");
  return limiter({ factory: "byUser", name, identify: (incoming) => whenKnown(user(incoming), charged) }, options);
}
