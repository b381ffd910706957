/** The client's address from a list that proxies append to: by how many of them are yours, or by which networks are. */

import { ConfigError } from "../engine/errors.ts";
import { aFunction, checkedLater, checkOptions, oneOf, type Rules } from "../engine/options.ts";
import type { Address } from "./address.ts";
import { type Cidr, inCidr, parseCidr } from "./cidr.ts";
import { socket } from "./client-ip-socket.ts";
import type { AddressSource, ClientAddress } from "./client-ip-source.ts";
import { type HopNotation, rfc7239, xForwardedFor } from "./forwarded.ts";

interface Shared<C> {
  /**
   * The header your proxies append to.
   * @default "x-forwarded-for"
   */
  readonly header?: "x-forwarded-for" | "forwarded";
  /**
   * Who is at the other end of the connection.
   * @default socket()
   */
  readonly peer?: AddressSource<C>;
}

/** The number of your own proxies, each of which appends one item; 0 means none, and the header is not read. */
export interface ForwardedByCount<C = unknown> extends Shared<C> {
  /** 0 to 32. */
  readonly trustedProxies: number;
  readonly trustedCidrs?: never;
  readonly allTrusted?: never;
}

/** The networks of your own proxies: the client is the first address from the right that lies outside them. */
export interface ForwardedByCidr<C = unknown> extends Shared<C> {
  /** Such as `["10.0.0.0/8", "2001:db8:1::/48"]`; empty means no proxies, and the header is not read. */
  readonly trustedCidrs: readonly string[];
  readonly trustedProxies?: never;
  /**
   * What to make of a request whose every hop is trusted: nobody (for public sites), or the leftmost (for internal use).
   * @default "missing"
   */
  readonly allTrusted?: "missing" | "leftmost";
}

/** What {@link forwarded} must be told. */
export type ForwardedOptions<C = unknown> = ForwardedByCount<C> | ForwardedByCidr<C>;

/** More hops than any real chain has; the walk ends there, so that a long header costs no more than a short one. */
const mostHops = 32;

/** Characters looked at, from the right end of the header. */
const mostCharacters = 8192;

const rules: Rules = {
  trustedProxies: [(count: unknown) => typeof count === "number", "the number of your proxies"],
  trustedCidrs: checkedLater,
  header: oneOf("x-forwarded-for", "forwarded"),
  peer: aFunction("a source such as socket()"),
  allTrusted: oneOf("missing", "leftmost"),
};

/** The shortest prefixes that one organisation's network can have: a whole class A, and IPv6's unique local addresses. */
const shortestPrefix = { 4: 8, 6: 7 };

/**
 * Behind proxies that append to `X-Forwarded-For` (or `Forwarded`), read from the right: the left is the client's to invent.
 *
 * With a count, the app must not be reachable around the proxies; with networks, a stranger's header is ignored. An
 * unreadable item where the client should stand means no address, never the next item.
 *
 * @throws ConfigError `SLUICE_OPTION_…` or `SLUICE_CLIENT_ADDRESS` for options that are unknown, contradict each other,
 * or trust everyone.
 */
export function forwarded<C = unknown>(options: ForwardedOptions<C>): AddressSource<C> {
  checkOptions("forwarded()", options, rules);
  const { trustedProxies, trustedCidrs, header = "x-forwarded-for", peer = socket(), allTrusted } = options;
  if (trustedProxies !== undefined && trustedCidrs !== undefined) {
    const cure = "Give the count of your proxies, or their networks.";
    throw new ConfigError("SLUICE_CLIENT_ADDRESS", "trustedProxies and trustedCidrs exclude each other", options, cure);
  }
  const notation = header === "forwarded" ? rfc7239 : xForwardedFor;
  if (trustedCidrs !== undefined) {
    return byNetwork(checkCidrs(trustedCidrs), notation, peer, allTrusted === "leftmost");
  }
  if (trustedProxies === undefined) {
    const cure = "Count your own proxies, as in forwarded({ trustedProxies: 1 }), or name their networks.";
    throw new ConfigError("SLUICE_OPTION_MISSING", "forwarded() needs trustedProxies or trustedCidrs", options, cure);
  }
  if (allTrusted !== undefined) {
    const cure = "Leave it out: with a count the client's place is fixed.";
    throw new ConfigError("SLUICE_CLIENT_ADDRESS", "allTrusted belongs to trustedCidrs", allTrusted, cure);
  }
  const count = checkCount(trustedProxies);
  return count === 0 ? peer : byCount(count, notation);
}

function byCount(count: number, notation: HopNotation): AddressSource {
  const reasons = reasonsOf(notation);
  return ({ request }) => {
    const value = request.headers.get(notation.header);
    if (value === null) return reasons.absent;
    const list = value.slice(-mostCharacters);
    let end = list.length;
    for (let hop = 1; hop < count && end >= 0; hop++) end = notation.commaBefore(list, end);
    if (end < 0) return reasons.short;
    const start = notation.commaBefore(list, end) + 1;
    return itemAddress(notation, list, start, end, list.length < value.length) ?? reasons.unreadable;
  };
}

function byNetwork<C>(
  networks: readonly Cidr[],
  notation: HopNotation,
  peer: AddressSource<C>,
  leftmost: boolean,
): AddressSource<C> {
  const reasons = reasonsOf(notation);
  const isTrusted = (address: Address): boolean => networks.some((network) => inCidr(address, network));
  return (incoming) => {
    let hop = peer(incoming);
    if (!("address" in hop) || !isTrusted(hop.address)) return hop;
    const value = incoming.request.headers.get(notation.header);
    const list = value?.slice(-mostCharacters) ?? "";
    const cut = value !== null && list.length < value.length;
    let end = value === null ? -1 : list.length;
    for (let walked = 0; end >= 0; walked++) {
      if (walked === mostHops) return reasons.long;
      const start = notation.commaBefore(list, end) + 1;
      const found = itemAddress(notation, list, start, end, cut);
      if (found === undefined) return reasons.unreadable;
      if (!isTrusted(found.address)) return found;
      hop = found;
      end = start - 1;
    }
    return leftmost ? hop : reasons.trusted;
  };
}

/** The address in list[start, end). Where the list was cut, its first item may be half of one, and names nobody. */
function itemAddress(
  notation: HopNotation,
  list: string,
  start: number,
  end: number,
  cut: boolean,
): { readonly address: Address } | undefined {
  const address = start === 0 && cut ? undefined : notation.address(list.slice(start, end));
  return address === undefined ? undefined : { address };
}

/** Made once, for every request that has no address: constant sentences group well in logs. */
function reasonsOf({
  header,
}: HopNotation): Record<"absent" | "short" | "unreadable" | "long" | "trusted", ClientAddress> {
  return {
    absent: { missing: `The request has no ${header} header: it came around your proxies, or they do not set it.` },
    short: { missing: `The ${header} header has fewer items than you have trusted proxies.` },
    unreadable: { missing: `The item of the ${header} header where the client should stand is not an address.` },
    long: { missing: `The ${header} header has more than ${mostHops} trusted hops.` },
    trusted: { missing: `Every hop of the ${header} header lies in a trusted network, so none is the client.` },
  };
}

function checkCount(count: number): number {
  if (!Number.isInteger(count) || count < 0 || count > mostHops) {
    const cure = "Count the proxies of your own that a request passes: 1 for one load balancer, 0 for none.";
    throw new ConfigError("SLUICE_CLIENT_ADDRESS", `trustedProxies is a whole number of 0 to ${mostHops}`, count, cure);
  }
  return count;
}

function checkCidrs(texts: readonly string[]): readonly Cidr[] {
  const cure = 'List the networks of your own proxies, such as ["10.0.0.0/8"].';
  if (!Array.isArray(texts)) {
    throw new ConfigError("SLUICE_OPTION_TYPE", "trustedCidrs is an array of networks", texts, cure);
  }
  return Array.from(texts as readonly string[], (text) => {
    const network = parseCidr(text);
    if (network.prefix < shortestPrefix[network.version]) {
      const problem = "trusting a network this large lets anyone choose an address";
      throw new ConfigError("SLUICE_CLIENT_ADDRESS", problem, text, cure);
    }
    return network;
  });
}
