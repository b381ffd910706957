/** Which addresses a stranger may make this app connect to: those of the public Internet, and no other. */

import { parseAddress } from "@sluice/core";

/** A network by the groups of 16 bits that it begins with, and how many of their bits count. */
type Network = readonly [bits: number, ...groups: number[]];

/** IPv4 that is not the public Internet, by IANA's registry of special addresses; multicast and what is reserved included. */
const special4: readonly Network[] = [
  [8, 0],
  [8, 0x0a00],
  [10, 0x6440], // of carriers
  [8, 0x7f00],
  [16, 0xa9fe], // link-local, metadata of clouds among it
  [12, 0xac10],
  [24, 0xc000, 0x0000],
  [24, 0xc000, 0x0200],
  [24, 0xc01f, 0xc400],
  [24, 0xc034, 0xc100],
  [24, 0xc058, 0x6300],
  [16, 0xc0a8],
  [24, 0xc0af, 0x3000],
  [15, 0xc612],
  [24, 0xc633, 0x6400],
  [24, 0xcb00, 0x7100],
  [3, 0xe000],
];

/** IPv6 that is given out; what lies outside of it is for special ends, or for nobody yet. */
const global6: Network = [3, 0x2000];

/** What is special within it: tunnels (Teredo, 6to4) too, since nobody knows where they end. */
const special6: readonly Network[] = [
  [23, 0x2001, 0x0000],
  [32, 0x2001, 0x0db8],
  [16, 0x2002],
  [48, 0x2620, 0x004f, 0x8000],
  [20, 0x3fff, 0x0000],
];

/** Names that mean this machine or this network, wherever they are resolved. */
const localName = /(?:^|\.)(?:localhost|local|internal|lan|home\.arpa|intranet|onion)$/;

/**
 * True for an address of the public Internet, as a resolver writes it. What carries an IPv4 address (mapped, NAT64) is what it
 * carries. False for what is no address. Never throws.
 */
export function isPublicAddress(text: string): boolean {
  // Neither a port nor a zone: one names an interface of this machine, and nothing public lies behind it.
  const address = /^[\da-f:]*(?:\d{1,3}(?:\.\d{1,3}){3})?$/i.test(text) ? parseAddress(text) : undefined;
  if (address === undefined) return false;
  const { version, groups } = address;
  const lies = (network: Network): boolean => liesIn(groups, network);
  return version === 4 ? !special4.some(lies) : lies(global6) && !special6.some(lies);
}

/** Mail, sign-in and the like: nobody is to be talked to in our name who takes a request for something else. */
function isOtherPort(port: string): boolean {
  return port !== "" && Number(port) < 1_024 && port !== "80" && port !== "443";
}

function liesIn(groups: readonly number[], [bits, ...network]: Network): boolean {
  return network.every((group, at) => {
    const unset = Math.max(0, 16 * (at + 1) - bits);
    return ((groups[at] ?? 0) ^ group) >> unset === 0;
  });
}

/**
 * Why nothing is fetched from there, in words for whoever asked; undefined if it may be. Literals are decided here; a name is resolved
 * later, by who connects, who checks what comes of it.
 */
export function refusedAddress(url: URL, allowPrivate: boolean): string | undefined {
  if (url.protocol !== "http:" && url.protocol !== "https:") return "an http or https address";
  if (url.username !== "" || url.password !== "") return "an address without user and password";
  // Parsing has brought every spelling of an IPv4 address, such as 0x7f.1 or 2130706433, to the usual one.
  const host = url.hostname.replace(/\.$/, "");
  if (host === "") return "an address with a host";
  if (allowPrivate) return undefined;
  const literal = host.startsWith("[") ? host.slice(1, -1) : host;
  const isLiteral = host.startsWith("[") || /^\d+(?:\.\d+){3}$/.test(host);
  const isRefused = isLiteral ? !isPublicAddress(literal) : localName.test(host) || !host.includes(".");
  if (isRefused) return "an address of the public Internet";
  return isOtherPort(url.port) ? "an address with a port of the Web: 80, 443, or one above 1023" : undefined;
}

/** Thrown by whoever connects, where a name leads to an address that is not public. The address itself is nobody's business. */
export class RefusedAddressError extends Error {
  override readonly name = "RefusedAddressError";
}

/** No answer, or none to its end, for reasons that lie out there; `cause` has what the platform says of them. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";

  constructor(cause: unknown) {
    super("no answer", { cause });
  }
}

/**
 * A `fetch` for addresses that strangers name: it connects to public ones only, whatever a name resolves to, and follows no redirect.
 * Reads: no other method than GET.
 */
export type PublicFetch = (...call: Parameters<typeof fetch>) => Promise<Response>;
