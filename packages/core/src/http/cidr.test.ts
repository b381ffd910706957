/** A network holds exactly the addresses that begin with its bits, and nothing but a network is read as one. */

import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../engine/errors.ts";
import { type Address, parseAddress } from "./address.ts";
import { inCidr, parseCidr } from "./cidr.ts";

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
}

describe("membership", () => {
  it.each([
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.0.0.0/8", "::ffff:10.1.2.3", true],
    ["10.0.0.0/8", "64:ff9b::10.1.2.3", true],
    ["::ffff:10.0.0.0/104", "10.1.2.3", true],
    ["::ffff:10.0.0.0/104", "11.1.2.3", false],
    ["::ffff:0:0/96", "203.0.113.9", true],
    ["192.0.2.60", "192.0.2.60", true],
    ["192.0.2.60", "192.0.2.61", false],
    ["192.0.2.60/32", "192.0.2.60", true],
    ["172.16.0.0/12", "172.31.255.255", true],
    ["172.16.0.0/12", "172.32.0.0", false],
    ["128.0.0.0/1", "255.0.0.1", true],
    ["128.0.0.0/1", "127.0.0.1", false],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/8", "0.1.2.3", true],
    ["::/0", "2001:db8::1", true],
    ["::/0", "10.0.0.1", false],
    ["0.0.0.0/0", "::1", false],
    ["2001:db8::/32", "2001:DB8:ffff::", true],
    ["2001:db8::/32", "2001:db9::", false],
    ["2001:db8:0:fe00::/55", "2001:db8:0:ffff::1", true],
    ["2001:db8:0:fe00::/55", "2001:db8:0:fdff::1", false],
    ["2001:db8::1", "2001:db8::1", true],
    ["2001:db8::1", "2001:db8::2", false],
    ["fc00::/7", "fdff::1", true],
    ["fc00::/7", "fe80::1", false],
  ])("%s and %s: %s", (network, text, inside) => expect(inCidr(address(text), parseCidr(network))).toBe(inside));

  it("is what ipaddr.js says, for any two addresses and any prefix", () => {
    const octets = fc.uint8Array({ minLength: 4, maxLength: 4 });
    const bytes = fc.oneof(octets, fc.uint8Array({ minLength: 16, maxLength: 16 }));
    fc.assert(
      fc.property(bytes, fc.nat(128), fc.nat(127), (base, length, at) => {
        const prefix = Math.min(length, base.length * 8);
        const network = base.map((byte, index) => byte & (0xff00 >> Math.max(0, Math.min(8, prefix - index * 8))));
        const near = base.map((byte, index) => (index === at >> 3 ? byte ^ (0x80 >> (at & 7)) : byte));
        const oracle = ipaddr.fromByteArray([...network]);
        fc.pre(oracle.kind() === "ipv4" || !(oracle as ipaddr.IPv6).isIPv4MappedAddress());
        const cidr = parseCidr(`${oracle.toString()}/${prefix}`);
        for (const candidate of [base, near]) {
          const other = ipaddr.fromByteArray([...candidate]);
          const parsed = parseAddress(other.toString());
          if (parsed === undefined || parsed.groups.length * 2 !== candidate.length) continue;
          expect(inCidr(parsed, cidr)).toBe(ipaddr.parse(other.toString()).match([oracle, prefix] as never));
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe("what is refused, with a cure", () => {
  it.each([
    "",
    "/",
    "/8",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0.0/8.0",
    "10.0.0.0/+8",
    "10.0.0.0/ 8",
    " 10.0.0.0/8",
    "10.0.0.0/8/8",
    "10.0.0.0/255.0.0.0",
    "10.0.0/8",
    "10/8",
    "010.0.0.0/8",
    "10.0.0.0:80/8",
    "[2001:db8::]/32",
    "2001:db8::%eth0/64",
    "2001:db8::/129",
    "2001:db8/32",
    "loopback",
    "*",
  ])("%j", (text) => {
    expect(() => parseCidr(text)).toThrow(ConfigError);
    expect(() => parseCidr(text)).toThrow('Write it as in "10.0.0.0/8"');
  });

  it.each([
    ["10.0.0.1/8", "10.0.0.0/8"],
    ["172.17.0.1/16", "172.17.0.0/16"],
    ["2001:db8::1/32", "2001:db8::/32"],
    ["0.0.0.1/0", "0.0.0.0/0"],
  ])("%s, naming %s", (text, cure) => expect(() => parseCidr(text)).toThrow(`Write "${cure}"`));

  it.each([undefined, null, 8, {}, ["10.0.0.0/8"]])("%j", (value) => {
    expect(() => parseCidr(value as never)).toThrow("SLUICE_OPTION_TYPE");
  });

  it("and nothing but a ConfigError is ever thrown", () => {
    const text = fc.string({ unit: fc.constantFrom(..."0123456789abcdef.::/%[] ") });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), text), (value) => {
        try {
          parseCidr(value as string);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});
