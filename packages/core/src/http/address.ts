/** An IP address as bits: read strictly from what a server or proxy wrote, and turned into the key its quota is counted under. */

import { ConfigError } from "../engine/errors.ts";
import { readGroups, readQuad, writeGroups, writeQuad } from "./address-text.ts";

/** An IP address. Two spellings of one address have equal groups; it holds nothing of the text it was read from. */
export interface Address {
  readonly version: 4 | 6;
  /** The bits, 16 to a group: two groups for IPv4, eight for IPv6. */
  readonly groups: readonly number[];
}

/** Longer than any address with brackets, zone and port; whatever exceeds it is refused unread. */
const longest = 128;

const colonCode = 58;
const bracketCode = 91;
const zoneName = /^[\w.~%-]+$/;

/**
 * Reads one address: IPv4 or IPv6, optionally with a port, IPv6 also in brackets and with a zone. Port and zone are dropped.
 *
 * IPv4-mapped addresses and those of the NAT64 prefix 64:ff9b::/96 become the IPv4 address they carry, however they are
 * spelled. Returns undefined for everything else, for `0.0.0.0` and for `::`. Never throws, whatever it is given.
 */
export function parseAddress(text: string): Address | undefined {
  if (typeof text !== "string" || text.length > longest) return undefined;
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;

  if (text.charCodeAt(start) === bracketCode) {
    const bracket = text.indexOf("]", start);
    if (bracket < 0 || bracket >= end) return undefined;
    if (bracket + 1 < end && !isPort(text, bracket + 1, end)) return undefined;
    return parseVersion6(text, start + 1, bracket);
  }
  const colon = text.indexOf(":", start);
  if (colon < 0) return fromQuad(readQuad(text, start, end));
  if (text.indexOf(":", colon + 1) >= 0) return parseVersion6(text, start, end);
  return isPort(text, colon, end) ? fromQuad(readQuad(text, start, colon)) : undefined;
}

function parseVersion6(text: string, from: number, to: number): Address | undefined {
  const zone = text.indexOf("%", from);
  const zoned = zone >= 0 && zone < to;
  if (zoned && !zoneName.test(text.slice(zone + 1, to))) return undefined;
  const groups = readGroups(text, from, zoned ? zone : to);
  if (groups === undefined) return undefined;
  if (carriesIPv4(groups)) return fromQuad((groups[6] ?? 0) * 65_536 + (groups[7] ?? 0));
  return groups.every((group) => group === 0) ? undefined : { version: 6, groups };
}

function fromQuad(bits: number): Address | undefined {
  return bits > 0 ? { version: 4, groups: [bits >>> 16, bits & 0xffff] } : undefined;
}

/**
 * True for eight groups inside ::ffff:0:0/96 (IPv4-mapped) or 64:ff9b::/96 (NAT64), whose last 32 bits are an IPv4 address.
 *
 * The bits decide, not the notation: `2001:db8::192.0.2.60` is plain IPv6, or a client could choose its own IPv4 address.
 */
export function carriesIPv4(groups: readonly number[]): boolean {
  if (groups[2] !== 0 || groups[3] !== 0 || groups[4] !== 0) return false;
  return groups[0] === 0
    ? groups[1] === 0 && groups[5] === 0xffff
    : groups[0] === 0x64 && groups[1] === 0xff9b && groups[5] === 0;
}

/** Optional white space of HTTP: nothing but space and tab. */
function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** A colon and a port of 0 to 65535 fill the text between two indexes. */
function isPort(text: string, from: number, to: number): boolean {
  if (text.charCodeAt(from) !== colonCode || to - from < 2 || to - from > 6) return false;
  let port = 0;
  for (let index = from + 1; index < to; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return false;
    port = port * 10 + digit;
  }
  return port <= 65_535;
}

/**
 * The key an address is counted under: IPv4 whole, IPv6 by its network, such as `2001:db8:1234:5600::/56`.
 *
 * `prefix` is in bits, 32 to 128, and is trusted here: check it once, where it is configured, with {@link ipv6Prefix}.
 */
export function addressKey(address: Address, prefix = 56): string {
  const { groups } = address;
  if (address.version === 4) return writeQuad(groups[0] ?? 0, groups[1] ?? 0);
  return `${writeGroups(maskGroups(groups, prefix))}/${prefix}`;
}

/** The address as people write it (RFC 5952), for logs and pages; not a key, since IPv6 clients own many. */
export function formatAddress({ version, groups }: Address): string {
  return version === 4 ? writeQuad(groups[0] ?? 0, groups[1] ?? 0) : writeGroups(groups);
}

/** The groups with every bit after the first `prefix` cleared. */
export function maskGroups(groups: readonly number[], prefix: number): number[] {
  const masked = groups.slice();
  for (let index = prefix >> 4; index < masked.length; index++) {
    const kept = Math.max(0, prefix - index * 16);
    masked[index] = (masked[index] ?? 0) & (0xffff << (16 - kept));
  }
  return masked;
}

/**
 * Checks a configured IPv6 prefix length: whole bits, 32 (a provider) to 128 (one address).
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` or `SLUICE_CLIENT_ADDRESS` for anything else: shorter mixes strangers.
 */
export function ipv6Prefix(value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 32 && value <= 128) return value;
  const code = typeof value === "number" ? "SLUICE_CLIENT_ADDRESS" : "SLUICE_OPTION_TYPE";
  throw new ConfigError(
    code,
    "prefix must be a whole number of bits, 32 to 128",
    value,
    "Use 56 (the default), 64 or 48.",
  );
}
