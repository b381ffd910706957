/** byKey: the quota of anything else that a request names: an API key, a tenant, a route. */

import { aFunction, checkedLater, type Rules } from "../engine/options.ts";
import { whenKnown } from "../engine/waiting.ts";
import type { Incoming } from "../http/incoming.ts";
import { checkSubject, isNobody, type Limiter, limiter, type Subject } from "./limiter.ts";
import { checkKind, type LimiterOptions } from "./limiter-options.ts";

/** A key, or several parts of one; parts never run into each other. */
export type KeyParts = string | readonly string[];

/** What `byKey` can be told. */
export interface ByKeyOptions<C> extends LimiterOptions<C> {
  /** The policy's name; it also keeps these keys apart from other limiters'. */
  readonly name: string;
  /** Whose quota, or undefined for a request that this limiter does not concern. */
  readonly key: (incoming: Incoming<C>) => KeyParts | undefined | Promise<KeyParts | undefined>;
}

const own: Rules = { name: checkedLater, key: aFunction("a function giving whose quota it is") };

/**
 * Limits by a key of your own.
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING` without a name or key, and what every limiter throws.
 */
// biome-ignore lint/suspicious/noExplicitAny: inside rateLimit() the context is whatever Hono says; rateLimit<Env>() types it.
export function byKey<C = any>(options: ByKeyOptions<C>): Limiter<C> {
  checkKind("byKey", options, own);
  const { name, key } = options;
  const charged = (found: KeyParts | undefined): Subject => {
    if (isNobody(found)) return { because: "the request names no key" };
    const parts: readonly string[] = Array.isArray(found) ? found : [found];
    for (const part of parts) checkSubject("byKey", part);
    const joined = joinedKey(name, parts);
    return { subject: typeof found === "string" ? found : joined, key: joined };
  };
  return limiter({ factory: "byKey", name, identify: (incoming) => whenKnown(key(incoming), charged) }, options);
}

/** One string for several parts that no other parts give: each is preceded by its length. */
export function joinedKey(prefix: string, parts: readonly string[]): string {
  let key = `${prefix}:`;
  for (const part of parts) key += `${part.length}:${part}`;
  return key;
}
