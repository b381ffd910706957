/** The two headers in which proxies write down whom they heard from, read from the right: X-Forwarded-For and Forwarded. */

import { type Address, parseAddress } from "./address.ts";

/** How one header writes its list of hops. */
export interface HopNotation {
  /** The header's name, lower case. */
  readonly header: string;
  /** The index of the comma that begins the item ending at `end` (exclusive), or -1 when it is the first item. */
  readonly commaBefore: (list: string, end: number) => number;
  /** The address an item names, or undefined. */
  readonly address: (item: string) => Address | undefined;
}

/** `X-Forwarded-For: client, proxy`: bare addresses, at times with a port. Empty items count as items. */
export const xForwardedFor: HopNotation = {
  header: "x-forwarded-for",
  // lastIndexOf takes a negative start for 0 and would find a leading comma for ever
  commaBefore: (list, end) => (end > 0 ? list.lastIndexOf(",", end - 1) : -1),
  address: parseAddress,
};

/** `Forwarded: for=192.0.2.43;proto=https, for="[2001:db8::17]:4711"` of RFC 7239. */
export const rfc7239: HopNotation = {
  header: "forwarded",
  commaBefore: commaOutsideQuotes,
  address: (item) => nodeAddress(forwardedFor(item)),
};

/**
 * Looks for the comma from the right. What trusted proxies wrote stands on the right and is well formed, so it is split
 * rightly whatever stands to its left; from the left, a client's single open quote would swallow every hop after it.
 */
function commaOutsideQuotes(list: string, end: number): number {
  let quoted = false;
  for (let index = end - 1; index >= 0; index--) {
    const character = list[index];
    if (character === '"' && !isEscaped(list, index)) quoted = !quoted;
    else if (character === "," && !quoted) return index;
  }
  return -1;
}

/** An odd number of backslashes stands before the character. */
function isEscaped(list: string, at: number): boolean {
  let index = at;
  while (index > 0 && list[index - 1] === "\\") index--;
  return (at - index) % 2 === 1;
}

/** One `name=value` with its semicolon (RFC 7239 §4): name, value as a token, value as a quoted string. Pairs may be empty. */
const pairs = /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)"))?[ \t]*(?:;|$)/gy;

/** The value of `for` in one element, unquoted; undefined when it is absent, there twice, or the element is malformed. */
export function forwardedFor(element: string): string | undefined {
  let node: string | undefined;
  let length = 0;
  for (const [pair, name, token, quoted] of element.matchAll(pairs)) {
    length += pair.length;
    if (name?.toLowerCase() !== "for") continue;
    if (node !== undefined) return undefined;
    node = token ?? quoted?.replace(/\\(.)/g, "$1");
  }
  return length === element.length ? node : undefined;
}

/** The address of a node (RFC 7239 §6); none for `unknown` and obfuscated names. An obfuscated port is dropped like any port. */
function nodeAddress(node: string | undefined): Address | undefined {
  if (node === undefined) return undefined;
  // IPv6 must be in brackets: in 2001:db8::1:4711 the port could pass for bits of the address, and each connection for a client.
  if (!node.startsWith("[") && node.indexOf(":") !== node.lastIndexOf(":")) return undefined;
  return parseAddress(node.replace(/:_[\w.-]+$/, ""));
}
