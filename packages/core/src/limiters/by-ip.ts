/** byIp: the quota of a client's address, IPv6 by prefix. */

import { ConfigError } from "../engine/errors.ts";
import { aFunction, checkedLater, type Rules } from "../engine/options.ts";
import { addressKey, ipv6Prefix } from "../http/address.ts";
import type { AddressSource } from "../http/client-ip.ts";
import { type Limiter, limiter, type Subject } from "./limiter.ts";
import { checkKind, type LimiterOptions } from "./limiter-options.ts";

/** What `byIp` can be told. */
export interface ByIpOptions<C> extends LimiterOptions<C> {
  /** Where the address comes from: `cloudflare()`, `socket()`, `forwarded({ … })` or `header(name)`. None is guessed. */
  readonly source: AddressSource;
  /**
   * Leading bits of an IPv6 address that count as one client, 32 to 128: a home owns at least a /64, often a /56.
   * @default 56
   */
  readonly prefix?: number;
  /**
   * What a request without an address means: refused with 403, not limited, or charged to a key of your choice.
   * @default "deny"
   */
  readonly missing?: "deny" | "skip" | { readonly key: string };
}

const own: Rules = {
  source: aFunction("cloudflare(), socket(), forwarded({ trustedProxies: 1 }) or header(name)"),
  prefix: checkedLater,
  missing: [
    (rule: ByIpOptions<never>["missing"] | null) =>
      rule === "deny" || rule === "skip" || typeof (rule as { key?: unknown } | null)?.key === "string",
    "deny, skip or { key }",
  ],
};

/**
 * Limits by client address; the policy is named `ip` unless you say otherwise.
 *
 * @throws ConfigError `SLUICE_CLIENT_ADDRESS` for a prefix out of range, and what every limiter throws.
 */
// biome-ignore lint/suspicious/noExplicitAny: inside rateLimit() the context is whatever Hono says; rateLimit<Env>() types it.
export function byIp<C = any>(options: ByIpOptions<C>): Limiter<C> {
  checkKind("byIp", options, own, ["prefix", "missing"]);
  const { name = "ip", source, prefix = 56, missing = "deny" } = options;
  ipv6Prefix(prefix);

  const charged = (subject: string): Subject => ({ subject, key: `ip:${subject}` });

  return limiter(
    {
      factory: "byIp",
      name,
      identify(incoming) {
        const found = source(incoming);
        if ("address" in found) return charged(addressKey(found.address, prefix));
        if ("key" in found) return charged(found.key);
        if (typeof found.missing !== "string") {
          const cure = "Call it: socket(), not socket.";
          throw new ConfigError(
            "SLUICE_OPTION_TYPE",
            "source of byIp() answers with an address or a reason",
            found,
            cure,
          );
        }
        if (missing === "skip") return { because: found.missing };
        return missing === "deny" ? { refusal: "no-address", because: found.missing } : charged(missing.key);
      },
    },
    options,
  );
}
