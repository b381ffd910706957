/** A network in CIDR notation, and whether an address lies in it: how trusted proxies are named. */

import { ConfigError } from "../engine/errors.ts";
import { type Address, carriesIPv4, maskGroups } from "./address.ts";
import { readGroups, readQuad, writeGroups, writeQuad } from "./address-text.ts";

/** A network: the address bits it begins with, and how many of them count. */
export interface Cidr {
  readonly version: 4 | 6;
  /** The bits, 16 to a group, all zero after the prefix. */
  readonly groups: readonly number[];
  /** 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly prefix: number;
}

/**
 * Reads `10.0.0.0/8` or `2001:db8::/32`; a bare address is the network of that one host.
 *
 * IPv4 networks written as IPv6 (`::ffff:10.0.0.0/104`) become IPv4, as addresses do.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` or `SLUICE_CLIENT_ADDRESS` for anything else, also for bits set after the
 * prefix: `10.0.0.1/8` may mean the host or the network, and trust is not guessed.
 */
export function parseCidr(text: string): Cidr {
  if (typeof text !== "string") {
    throw new ConfigError("SLUICE_OPTION_TYPE", "a network must be a string", text, 'Write it as in "10.0.0.0/8".');
  }
  const slash = text.indexOf("/");
  const network = readNetwork(slash < 0 ? text : text.slice(0, slash));
  const bits = network === undefined ? 0 : network.length * 16;
  const prefix = slash < 0 ? bits : readPrefix(text.slice(slash + 1), bits);
  if (network === undefined || prefix === undefined) {
    throw new ConfigError(
      "SLUICE_CLIENT_ADDRESS",
      "a network must be an IPv4 or IPv6 address, a slash and a prefix length",
      text,
      'Write it as in "10.0.0.0/8" or "2001:db8::/32", without port, zone or netmask.',
    );
  }
  const groups = maskGroups(network, prefix);
  if (groups.some((group, index) => group !== network[index])) {
    const written = bits === 32 ? writeQuad(groups[0] ?? 0, groups[1] ?? 0) : writeGroups(groups);
    throw new ConfigError(
      "SLUICE_CLIENT_ADDRESS",
      `a network must have no bits set after its first ${prefix}`,
      text,
      `Write "${written}/${prefix}" for the network, or leave out the slash for the one host.`,
    );
  }
  if (bits === 128 && prefix >= 96 && carriesIPv4(groups)) {
    return { version: 4, groups: groups.slice(6), prefix: prefix - 96 };
  }
  return { version: bits === 32 ? 4 : 6, groups, prefix };
}

/** The groups of a plain address. Here, unlike in a client's address, all zeros are allowed: `0.0.0.0/8` is a network. */
function readNetwork(text: string): number[] | undefined {
  if (text.includes(":")) return readGroups(text, 0, text.length);
  const bits = readQuad(text, 0, text.length);
  return bits < 0 ? undefined : [bits >>> 16, bits & 0xffff];
}

function readPrefix(text: string, bits: number): number | undefined {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) && Number(text) <= bits ? Number(text) : undefined;
}

/** True when the address lies in the network. IPv4 addresses lie in IPv4 networks only, IPv6 in IPv6. */
export function inCidr(address: Address, cidr: Cidr): boolean {
  if (address.version !== cidr.version) return false;
  for (let index = 0, left = cidr.prefix; left > 0; index++, left -= 16) {
    const difference = (address.groups[index] ?? 0) ^ (cidr.groups[index] ?? 0);
    if (difference >>> Math.max(0, 16 - left) !== 0) return false;
  }
  return true;
}
