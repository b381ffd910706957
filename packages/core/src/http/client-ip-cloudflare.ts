/** The client's address behind Cloudflare and in Workers, where one address stands for every Worker of other zones. */

import { checkOptions, oneOf } from "../engine/options.ts";
import type { Address } from "./address.ts";
import { header } from "./client-ip-header.ts";
import type { AddressSource } from "./client-ip-source.ts";

/** What {@link cloudflare} can be told. */
export interface CloudflareOptions {
  /**
   * Requests that a Worker of another zone sends all come from one address, whoever is behind them. `"missing"` leaves
   * them to the limiter's rule for requests without an address; `"by-zone"` gives each such zone a quota of its own.
   * @default "missing"
   */
  readonly crossZoneWorker?: "missing" | "by-zone";
}

/** The address that Cloudflare names for every Worker calling from another zone: 2a06:98c0:3600::103. */
const crossZoneGroups = [0x2a06, 0x98c0, 0x3600, 0, 0, 0, 0, 0x103];

/**
 * Behind Cloudflare, and in Workers: `CF-Connecting-IP` and nothing else.
 *
 * The origin must not be reachable around Cloudflare, or anyone can write this header.
 *
 * @throws ConfigError `SLUICE_OPTION_UNKNOWN` or `SLUICE_OPTION_TYPE`.
 */
export function cloudflare(options: CloudflareOptions = {}): AddressSource {
  checkOptions("cloudflare()", options, { crossZoneWorker: oneOf("missing", "by-zone") });
  const { crossZoneWorker = "missing" } = options;
  const connectingIp = header("cf-connecting-ip");
  const worker = {
    missing: "The request comes from a Worker in another zone, whose address is the same for all such Workers.",
  };
  const unnamed = { missing: "The request comes from a Worker in another zone, and CF-Worker does not name the zone." };
  return (incoming) => {
    const found = connectingIp(incoming);
    if (!("address" in found) || !isCrossZone(found.address)) return found;
    if (crossZoneWorker === "missing") return worker;
    const zone = zoneName(incoming.request.headers.get("cf-worker"));
    return zone === undefined ? unnamed : { key: `cf-worker:${zone}` };
  };
}

function isCrossZone(address: Address): boolean {
  return address.version === 6 && crossZoneGroups.every((group, index) => group === address.groups[index]);
}

/** A host name in lower case, as long as DNS allows; a colon can't be in it, so its key is never that of an address. */
function zoneName(value: string | null): string | undefined {
  const host = value !== null && value.length <= 253 && /^[a-z\d_-]{1,63}(?:\.[a-z\d_-]{1,63})*$/i.test(value);
  return host ? value.toLowerCase() : undefined;
}
