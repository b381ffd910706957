import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, test } from "vitest";
import { isPublicAddress, refusedAddress } from "./public-address.ts";

const refused = (address: string, allowPrivate = false) => refusedAddress(new URL(address), allowPrivate);

describe("an address", () => {
  test.each([
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.1.1",
    "169.253.1.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "::ffff:8.8.8.8",
    "::ffff:808:808",
    "64:ff9b::808:808",
  ])("%s is public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    ["this network", "0.0.0.0"],
    ["this network", "0.1.2.3"],
    ["loopback", "127.0.0.1"],
    ["loopback", "127.255.255.254"],
    ["private", "10.0.0.1"],
    ["private", "172.16.0.1"],
    ["private", "172.31.255.255"],
    ["private", "192.168.1.1"],
    ["of a carrier's NAT", "100.64.0.1"],
    ["of a carrier's NAT", "100.127.255.255"],
    ["link-local", "169.254.1.1"],
    ["the metadata of a cloud", "169.254.169.254"],
    ["the metadata of a cloud", "100.100.100.200"],
    ["the metadata of a cloud", "fd00:ec2::254"],
    ["for protocols", "192.0.0.8"],
    ["for documents", "192.0.2.1"],
    ["for documents", "198.51.100.7"],
    ["for documents", "203.0.113.9"],
    ["for benchmarks", "198.18.0.1"],
    ["the old relay of 6to4", "192.88.99.1"],
    ["multicast", "224.0.0.1"],
    ["multicast", "239.255.255.250"],
    ["reserved", "240.0.0.1"],
    ["broadcast", "255.255.255.255"],
    ["unspecified", "::"],
    ["loopback", "::1"],
    ["link-local", "fe80::1"],
    ["link-local with a zone", "fe80::1%eth0"],
    ["public, but with a zone", "2606:4700::1%1"],
    ["unique local", "fc00::1"],
    ["unique local", "fdff:ffff::1"],
    ["site-local", "fec0::1"],
    ["multicast", "ff02::1"],
    ["IPv4-compatible", "::127.0.0.1"],
    ["IPv4-compatible", "::8.8.8.8"],
    ["mapped loopback", "::ffff:127.0.0.1"],
    ["mapped loopback", "::ffff:7f00:1"],
    ["mapped metadata", "::ffff:a9fe:a9fe"],
    ["translated loopback", "::ffff:0:7f00:1"],
    ["NAT64 of loopback", "64:ff9b::7f00:1"],
    ["NAT64 of a private one", "64:ff9b::10.0.0.1"],
    ["NAT64 of one's own", "64:ff9b:1::808:808"],
    ["6to4 of loopback", "2002:7f00:1::"],
    ["6to4 of a public one", "2002:808:808::1"],
    ["Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    ["for documents", "2001:db8::1"],
    ["for documents", "3fff::1"],
    ["for benchmarks", "2001:2::1"],
    ["discarded", "100::1"],
    ["of segment routing", "5f00::1"],
    ["given to nobody", "4000::1"],
    ["no address", ""],
    ["no address", "example.com"],
    ["no address", "8.8.8.8.8"],
    ["no address", "8.8.8.8/32"],
    ["no address", "8.8.8.8:80"],
    ["no address", "[2606:4700::1]"],
    ["no address", "127.1"],
    ["no address", "0x7f000001"],
  ])("that is %s is not public: %s", (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe("what ipaddr.js calls unicast is public, and nothing else", () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const quad = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join("."));
  const edges4 = [
    "100.64",
    "172.16",
    "192.0",
    "192.31",
    "192.52",
    "192.88",
    "192.175",
    "198.18",
    "198.51",
    "203.0",
    "169.254",
  ];
  const nearby = fc
    .tuple(fc.constantFrom(...edges4), fc.integer({ min: -1, max: 1 }), byte, byte)
    .map(([edge, step, c, d]) => {
      const [a, b] = edge.split(".").map(Number) as [number, number];
      return [a, (b + step + 256) % 256, c, d].join(".");
    });

  test("of IPv4", () => {
    const each = fc.oneof(quad, nearby);
    fc.assert(
      fc.property(each, (text) => {
        expect(isPublicAddress(text), text).toBe(ipaddr.parse(text).range() === "unicast");
      }),
      { numRuns: 20_000 },
    );
    // And every network of 256 addresses within the edges.
    for (const edge of edges4) {
      for (let c = 0; c < 256; c++) {
        const text = `${edge}.${c}.1`;
        expect(isPublicAddress(text), text).toBe(ipaddr.parse(text).range() === "unicast");
      }
    }
  });

  test("of IPv6, within what is given out", () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    const first = fc.oneof(group, fc.constantFrom(0x2001, 0x2002, 0x2003, 0x2620, 0x3fff, 0x3ffe, 0x4000, 0x1fff));
    const second = fc.oneof(
      group,
      fc.constantFrom(0, 1, 2, 3, 4, 0x10, 0x20, 0x1ff, 0x200, 0xdb7, 0xdb8, 0x4f, 0xfff, 0x1000),
    );
    const each = fc.tuple(
      first,
      second,
      fc.oneof(group, fc.constant(0x8000)),
      fc.array(group, { minLength: 5, maxLength: 5 }),
    );
    fc.assert(
      fc.property(each, ([a, b, c, rest]) => {
        const text = [a, b, c, ...rest].map((bits) => bits.toString(16)).join(":");
        const address = ipaddr.IPv6.parse(text);
        // What carries IPv4 is in the tables above.
        if (["ipv4Mapped", "rfc6052"].includes(address.range())) return;
        expect(isPublicAddress(text), text).toBe(a >> 13 === 1 && address.range() === "unicast");
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("an address to fetch", () => {
  test.each([
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://0x7f.0.0.1/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0177.0.0.01/",
    "http://１２７.０.０.１/",
    "http://①②⑦.0.0.1/",
    "http://0/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[0:0:0:0:0:ffff:7f00:0001]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://localhost/",
    "http://LOCALHOST:8787/",
    "http://localhost./",
    "http://feeds.localhost/",
    "http://metadata.google.internal/",
    "http://printer.local/",
    "http://intranet/",
  ])("%s is refused, unless private ones are allowed", (address) => {
    expect(refused(address)).toBe("an address of the public Internet");
    expect(refused(address, true)).toBeUndefined();
  });

  test.each([22, 25, 81, 587, 1_023])("port %d is not of the Web, unless private addresses are allowed", (port) => {
    expect(refused(`http://example.com:${port}/`)).toMatch(/^an address with a port of the Web/);
    expect(refused(`http://example.com:${port}/`, true)).toBeUndefined();
  });

  test.each([
    ["ftp://example.com/", "an http or https address"],
    ["file:///etc/passwd", "an http or https address"],
    ["data:text/xml,<rss/>", "an http or https address"],
    ["javascript:alert(1)", "an http or https address"],
    ["https://user@example.com/", "an address without user and password"],
    ["https://:secret@example.com/", "an address without user and password"],
  ])("%s is refused, whatever is allowed", (address, because) => {
    expect(refused(address)).toBe(because);
    expect(refused(address, true)).toBe(because);
  });

  test.each([
    "http://example.com/",
    "https://8.8.8.8/feed",
    "https://[2606:4700::1111]/",
    "https://local.example/",
    "http://example.com:443/",
    "https://example.com:80/",
    "http://example.com:1024/",
  ])("%s is not refused", (address) => {
    expect(refused(address)).toBeUndefined();
  });
});
