/** Every spelling of an address gives one key, strangers give different ones, and nothing that is no address gives any. */

import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import vectors from "../../vectors/client-ip.json" with { type: "json" };
import { ConfigError } from "../engine/errors.ts";
import { addressKey, ipv6Prefix, parseAddress } from "./address.ts";

function keyOf(text: string, prefix?: number): string | null {
  const address = parseAddress(text);
  return address === undefined ? null : addressKey(address, prefix);
}

const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(1, 0xffff, 0x64, 0xff9b));
const groups = fc.tuple(group, group, group, group, group, group, group, group);
const quad = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).filter((octets) => octets.some(Boolean));
const port = fc.option(fc.nat(65_535), { nil: undefined });
const zone = fc.constantFrom("", "%eth0", "%1", "%25en0", "%br-12.5");

/** Plain IPv6: neither the unspecified address nor one that carries IPv4. */
const plain = groups.filter((value) => {
  const head = value.slice(0, 6).join();
  return value.some(Boolean) && head !== "0,0,0,0,0,65535" && head !== "100,65435,0,0,0,0";
});

/** Ways to spell eight groups; picks decide zero padding, case, which run of zeros (if any) is compressed, and a dotted tail. */
const spelling = fc.record({
  width: fc.array(fc.nat(4), { minLength: 8, maxLength: 8 }),
  upper: fc.boolean(),
  compress: fc.double({ min: 0, max: 1, noNaN: true }),
  dotted: fc.boolean(),
});

function spell(value: readonly number[], pick: SpellingPick): string {
  const words = value.map((word, index) => word.toString(16).padStart(pick.width[index] ?? 0, "0"));
  const tail = pick.dotted ? 6 : 8;
  const runs: [number, number][] = [[-1, -1]];
  for (let start = 0; start < tail; start++) {
    for (let end = start + 1; end <= tail && value.slice(start, end).every((word) => word === 0); end++)
      runs.push([start, end]);
  }
  const last = pick.dotted ? [octetsOf(value[6] ?? 0, value[7] ?? 0).join(".")] : words.slice(6);
  const parts = [...words.slice(0, 6), ...last];
  const [start, end] = runs[Math.min(runs.length - 1, Math.floor(pick.compress * runs.length))] ?? [-1, -1];
  const text = start < 0 ? parts.join(":") : `${parts.slice(0, start).join(":")}::${parts.slice(end).join(":")}`;
  return pick.upper ? text.toUpperCase() : text;
}

interface SpellingPick {
  readonly width: readonly number[];
  readonly upper: boolean;
  readonly compress: number;
  readonly dotted: boolean;
}

function octetsOf(high: number, low: number): number[] {
  return [high >>> 8, high & 255, low >>> 8, low & 255];
}

describe("the vectors", () => {
  it.each(vectors)("$input", ({ input, key56, key64 }) => {
    expect(keyOf(input)).toBe(key56);
    expect(keyOf(input, 56)).toBe(key56);
    expect(keyOf(input, 64)).toBe(key64);
  });

  it("are all there", () => expect(vectors).toHaveLength(68));
});

describe("what is read", () => {
  it.each([
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0/128"],
    ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8/128"],
    ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304/128"],
    ["1:0:0:4:0:0:0:8", "1:0:0:4::8/128"],
    ["1:0:0:4:5:0:0:8", "1::4:5:0:0:8/128"],
    ["\t192.0.2.60:0 ", "192.0.2.60"],
  ])("%s", (text, key) => expect(keyOf(text, 128)).toBe(key));

  it.each([
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "1:2:3:4::5:6:7:8",
    "1:2:3:4:5:6:7:1.2.3.4",
    "1.2.3.4::",
    "::1.2.3.4:5",
    ":1::2",
    "1::2:",
    ":",
    ":::",
    "::00001",
    "::1 ::2",
    "::ffff:192.0.2.060",
    "64:ff9b::",
    "[]",
    "[]:80",
    "[[::1]]",
    "::1]",
    "[::1]80",
    "[::1]]:80",
    "[::1]:80:80",
    "[::1%]",
    "::1%eth0:80",
    "::1%eth 0",
    "192.0.2.60:+80",
    "192.0.2.60:000080",
    "192.0.2.60\u00a0",
    "192.0.2.60\n",
    "\u0661.1.1.1",
    "1.1.1.1.",
    ".1.1.1.1",
    "1..1.1",
    `${" ".repeat(200)}192.0.2.60`,
  ])("not %j", (text) => expect(keyOf(text)).toBeNull());
});

describe("every spelling of one address gives one key", () => {
  it("IPv4: plain, with port, mapped and through NAT64, dotted and in hexadecimal", () => {
    fc.assert(
      fc.property(
        quad,
        spelling,
        port,
        zone,
        fc.boolean(),
        fc.boolean(),
        (octets, pick, number, name, nat64, blank) => {
          const canonical = octets.join(".");
          const [a, b, c, d] = octets;
          const value = [...(nat64 ? [0x64, 0xff9b, 0, 0, 0, 0] : [0, 0, 0, 0, 0, 0xffff]), a * 256 + b, c * 256 + d];
          const pad = blank ? " " : "";
          const suffix = number === undefined ? "" : `:${number}`;
          expect(keyOf(pad + canonical + suffix + pad)).toBe(canonical);
          expect(keyOf(pad + spell(value, pick) + name + pad)).toBe(canonical);
          expect(keyOf(`${pad}[${spell(value, pick)}${name}]${suffix}${pad}`)).toBe(canonical);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("IPv6: case, leading zeros, any compression, dotted tail, brackets, port and zone", () => {
    fc.assert(
      fc.property(plain, spelling, port, zone, (value, pick, number, name) => {
        const full = keyOf(value.map((word) => word.toString(16)).join(":"), 128);
        const suffix = number === undefined ? "" : `:${number}`;
        expect(full).not.toBeNull();
        expect(keyOf(spell(value, pick) + name, 128)).toBe(full);
        expect(keyOf(`[${spell(value, pick)}${name}]${suffix}`, 128)).toBe(full);
      }),
      { numRuns: 2000 },
    );
  });

  it("a key is its own spelling: RFC 5952, as ipaddr.js writes it", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const oracle = new ipaddr.IPv6([...value]);
        expect(keyOf(value.map((word) => word.toString(16)).join(":"), 128)).toBe(`${oracle.toRFC5952String()}/128`);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("grouping", () => {
  it("two addresses share a key exactly when their first bits are equal", () => {
    const bits = (value: readonly number[]) => value.map((word) => word.toString(2).padStart(16, "0")).join("");
    const flipped = (value: readonly number[], at: number) =>
      value.map((word, index) => (index === at >> 4 ? word ^ (0x8000 >> (at & 15)) : word));
    fc.assert(
      fc.property(plain, fc.nat(127), fc.integer({ min: 32, max: 128 }), plain, (value, at, prefix, other) => {
        for (const stranger of [flipped(value, at), other]) {
          const [one, two] = [value, stranger].map((words) =>
            parseAddress(words.map((word) => word.toString(16)).join(":")),
          );
          if (one === undefined || two?.version !== 6) continue; // the flip made it :: or IPv4
          const same = bits(value).slice(0, prefix) === bits(stranger).slice(0, prefix);
          expect(addressKey(one, prefix) === addressKey(two, prefix)).toBe(same);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("IPv4 is never grouped", () => {
    fc.assert(
      fc.property(quad, quad, fc.integer({ min: 32, max: 128 }), (one, two, prefix) => {
        expect(keyOf(one.join("."), prefix) === keyOf(two.join("."), prefix)).toBe(one.join() === two.join());
      }),
    );
  });

  it.each([32, 48, 56, 64, 128])("accepts a prefix of %d", (prefix) => expect(ipv6Prefix(prefix)).toBe(prefix));

  it.each([31, 129, 56.5, Number.NaN, -56, Number.POSITIVE_INFINITY, "56", null, undefined, [56]])(
    "refuses a prefix of %j",
    (prefix) => expect(() => ipv6Prefix(prefix)).toThrow(ConfigError),
  );
});

describe("ipaddr.js agrees where it is strict", () => {
  const text = fc.oneof(
    fc.tuple(quad, fc.constantFrom(".", ".", ".", "..", ":")).map(([octets, dot]) => octets.join(dot)),
    fc.tuple(groups, spelling).map(([value, pick]) => spell(value, pick)),
    fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEF.:::::%[]g "), maxLength: 24 }),
    fc
      .array(fc.constantFrom("0", "1", "ffff", "64", "ff9b", "::", ":", ":", ":", "1.2.3.4"), { maxLength: 17 })
      .map((part) => part.join("")),
  );

  it("on what is an address, and which", () => {
    fc.assert(
      fc.property(text, (candidate) => {
        // Ours alone: ports, brackets, blanks and zones. Its leniencies: IPv4 that is not four plain decimals, and
        // ::192.0.2.60 (deprecated by RFC 4291 §2.5.5.1), which it takes for IPv4-mapped.
        fc.pre(!/[[\]% ]|^[^:]*:[^:]*$|^::[\d.]*\.[\d.]*$/.test(candidate));
        expect(keyOf(candidate, 128)).toBe(oracle(candidate));
      }),
      { numRuns: 5000 },
    );
  });

  function oracle(candidate: string): string | null {
    if (!candidate.includes(":")) {
      return ipaddr.IPv4.isValidFourPartDecimal(candidate) && /[1-9]/.test(candidate) ? candidate : null;
    }
    const quadTail = /[^:]*\.[^:]*$/.exec(candidate)?.[0];
    if (quadTail !== undefined && !ipaddr.IPv4.isValidFourPartDecimal(quadTail)) return null;
    if (!ipaddr.IPv6.isValid(candidate)) return null;
    const parsed = ipaddr.IPv6.parse(candidate);
    if (parsed.isIPv4MappedAddress() || parsed.match(ipaddr.IPv6.parse("64:ff9b::"), 96)) {
      const [high = 0, low = 0] = parsed.parts.slice(6);
      return high + low === 0 ? null : octetsOf(high, low).join(".");
    }
    return parsed.parts.every((part) => part === 0) ? null : `${parsed.toRFC5952String()}/128`;
  }
});

describe("no input throws", () => {
  it("of any kind", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string({ unit: "binary" })), (input) => {
        const address = parseAddress(input as string);
        if (address !== undefined) expect(typeof addressKey(address)).toBe("string");
      }),
      { numRuns: 500 },
    );
  });

  it("nor made of what addresses are made of", () => {
    const pieces = fc.array(
      fc.constantFrom(..."0123456789abcdefABCDEF::::....[]% \t", "::", "ffff", "255", "\u0000", "é"),
    );
    fc.assert(
      fc.property(pieces, (piece) => {
        const address = parseAddress(piece.join(""));
        if (address === undefined) return;
        expect(address.groups).toHaveLength(address.version === 4 ? 2 : 8);
        expect(address.groups.every((word) => Number.isInteger(word) && word >= 0 && word <= 0xffff)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });
});
