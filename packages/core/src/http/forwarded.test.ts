/** Lists of hops are split from the right, so that nothing on the left, which is the client's, moves what proxies wrote. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKey } from "./address.ts";
import { forwardedFor, type HopNotation, rfc7239, xForwardedFor } from "./forwarded.ts";

/** All items, rightmost first. */
function items(notation: HopNotation, list: string): string[] {
  const found: string[] = [];
  for (let end = list.length; end >= 0; ) {
    const start = notation.commaBefore(list, end) + 1;
    found.push(list.slice(start, end));
    end = start - 1;
  }
  return found;
}

function keyOf(item: string): string | null {
  const address = rfc7239.address(item);
  return address === undefined ? null : addressKey(address, 128);
}

describe("X-Forwarded-For", () => {
  it.each([
    ["1.2.3.4", ["1.2.3.4"]],
    ["1.2.3.4, 203.0.113.9", [" 203.0.113.9", "1.2.3.4"]],
    ["", [""]],
    [",", ["", ""]],
    [",1.2.3.4", ["1.2.3.4", ""]],
    ["1.2.3.4,,5.6.7.8", ["5.6.7.8", "", "1.2.3.4"]],
    ['"1.2.3.4,5.6.7.8"', ['5.6.7.8"', '"1.2.3.4']],
  ])("%j", (list, expected) => expect(items(xForwardedFor, list)).toEqual(expected));

  it("gives every item back, whatever they hold", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string().map((text) => text.replaceAll(",", ";")),
          { minLength: 1 },
        ),
        (parts) => {
          expect(items(xForwardedFor, parts.join(","))).toEqual(parts.toReversed());
        },
      ),
    );
  });
});

describe("Forwarded: where elements end", () => {
  it.each([
    ["for=192.0.2.43, for=198.51.100.17", [" for=198.51.100.17", "for=192.0.2.43"]],
    ['for="[2001:db8::1]";by="a,b", for=b', [" for=b", 'for="[2001:db8::1]";by="a,b"']],
    ['for=a;x="q\\",q",for=b', ["for=b", 'for=a;x="q\\",q"']],
    ['for=a;x="q\\\\",for=b', ["for=b", 'for=a;x="q\\\\"']],
    ["", [""]],
    [",", ["", ""]],
  ])("%j", (list, expected) => expect(items(rfc7239, list)).toEqual(expected));

  it("a client's garbage, open quotes and backslashes move nothing that a proxy wrote", () => {
    const garbage = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'"\\,;= for1.') }));
    const value = fc.string({ unit: fc.constantFrom(...'"\\,;= for1.') }).map((text) => text.replace(/["\\]/g, "\\$&"));
    const element = fc.tuple(fc.ipV4(), value).map(([ip, text]) => `for=${ip};by="${text}"`);
    fc.assert(
      fc.property(garbage, fc.array(element, { minLength: 1, maxLength: 4 }), (left, elements) => {
        const split = items(rfc7239, [left, ...elements].join(","));
        expect(split.slice(0, elements.length)).toEqual(elements.toReversed());
      }),
      { numRuns: 2000 },
    );
  });
});

describe("Forwarded: the node of one element", () => {
  it.each([
    ["for=192.0.2.43", "192.0.2.43"],
    [" For=192.0.2.43 ", "192.0.2.43"],
    ["FOR=192.0.2.43;proto=http;by=203.0.113.43", "192.0.2.43"],
    ["proto=http;;for=192.0.2.43;", "192.0.2.43"],
    ["proto=http ; for=192.0.2.43", "192.0.2.43"],
    ['for="192.0.2.43:47011"', "192.0.2.43"],
    ['for="192.0.2.43:_port-1"', "192.0.2.43"],
    ['for="192\\.0.2.43"', "192.0.2.43"],
    ['for="[2001:db8:cafe::17]"', "2001:db8:cafe::17/128"],
    ['for="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17/128"],
    ['for="[2001:db8:cafe::17]:_x"', "2001:db8:cafe::17/128"],
    ['for="[::ffff:192.0.2.43]"', "192.0.2.43"],
    ['by="for=6.6.6.6";for=192.0.2.43', "192.0.2.43"],
  ])("%j", (element, key) => expect(keyOf(element)).toBe(key));

  it.each([
    "",
    ";",
    "192.0.2.43",
    "for=",
    'for=""',
    "for=unknown",
    "for=_hidden",
    'for="_hidden:80"',
    "for=192.0.2.43:80",
    "for=[2001:db8::1]",
    'for="2001:db8::1"',
    'for="2001:db8::1:443"',
    'for="192.0.2.43',
    'for=192.0.2.43"',
    "for=192.0.2.43;for=192.0.2.43",
    "for=192.0.2.43;FOR=6.6.6.6",
    "for =192.0.2.43",
    "for= 192.0.2.43",
    'for="192.0.2.43"x',
    "for=192.0.2.43;proto",
    "for=192.0.2.43;=http",
    "by=192.0.2.43",
    "x-for=192.0.2.43",
    'for="192.0.2.43:_"',
  ])("none in %j", (element) => expect(keyOf(element)).toBeNull());

  it("no element throws, and long ones take no longer than they are", () => {
    fc.assert(fc.property(fc.string(), (text) => void forwardedFor(text)));
    const began = performance.now();
    for (const unit of ['"', "\\", 'for="\\', "a=b;", ";", " ", ":_", '\\"', "for=1;x=", "!"]) {
      keyOf(unit.repeat(8192 / unit.length));
      keyOf(`for="${unit.repeat(8192 / unit.length)}"`);
      items(rfc7239, unit.repeat(8192 / unit.length));
    }
    expect(performance.now() - began).toBeLessThan(500); // quadratic time would be seconds
  });
});
