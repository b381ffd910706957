/** One source, read as configured: what clients write can make a request nobody's, and never somebody else's. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import vectors from "../../vectors/forwarded-chains.json" with { type: "json" };
import { ConfigError } from "../engine/errors.ts";
import { addressKey, parseAddress } from "./address.ts";
import { type AddressSource, cloudflare, type ForwardedOptions, forwarded, header, socket } from "./client-ip.ts";

type Lines = Readonly<Record<string, string | readonly string[] | undefined>>;

function ask(source: AddressSource, lines: Lines = {}, env?: unknown) {
  const headers = new Headers();
  for (const [name, value] of Object.entries(lines)) {
    for (const line of value === undefined ? [] : [value].flat()) headers.append(name, line);
  }
  return source({ request: new Request("http://localhost/", { headers }), env, context: undefined });
}

/** The key at /56, or null when the request is nobody's. */
function keyOf(source: AddressSource, lines: Lines = {}, env?: unknown): string | null {
  const found = ask(source, lines, env);
  if ("address" in found) return addressKey(found.address);
  return "key" in found ? found.key : null;
}

function reason(source: AddressSource, lines: Lines = {}, env?: unknown): string {
  const found = ask(source, lines, env);
  return "missing" in found ? found.missing : "";
}

const node = (remoteAddress: unknown) => ({ incoming: { socket: { remoteAddress } } });

describe("the vectors", () => {
  it.each(vectors)("$note", ({ headers, peer, mode, expect: key }) => {
    const source = "platform" in mode ? cloudflare() : forwarded(mode as ForwardedOptions);
    expect(keyOf(source, headers as Lines, node(peer))).toBe(key);
  });

  it("are all there", () => expect(vectors).toHaveLength(21));
});

describe("cloudflare()", () => {
  const trap = { "cf-connecting-ip": "2a06:98c0:3600::103" };

  it("reads CF-Connecting-IP and nothing else", () => {
    expect(keyOf(cloudflare(), { "cf-connecting-ip": "203.0.113.9", "x-forwarded-for": "6.6.6.6" })).toBe(
      "203.0.113.9",
    );
    const others = { "x-forwarded-for": "6.6.6.6", "x-real-ip": "6.6.6.6", "true-client-ip": "6.6.6.6" };
    expect(keyOf(cloudflare(), others, node("6.6.6.6"))).toBeNull();
    expect(keyOf(cloudflare(), { "cf-connecting-ip": ["6.6.6.6", "203.0.113.9"] })).toBeNull();
  });

  it("gives Workers of other zones no bucket in common", () => {
    expect(keyOf(cloudflare(), { ...trap, "cf-worker": "example.com" })).toBeNull();
    expect(reason(cloudflare(), trap)).toContain("Worker in another zone");
    expect(keyOf(cloudflare(), { "cf-connecting-ip": "2A06:98C0:3600:0:0:0:0:103" })).toBeNull();
    expect(keyOf(cloudflare(), { "cf-connecting-ip": "2a06:98c0:3600::104" })).toBe("2a06:98c0:3600::/56");
  });

  it("or one bucket per zone, when asked", () => {
    const source = cloudflare({ crossZoneWorker: "by-zone" });
    expect(keyOf(source, { ...trap, "cf-worker": "Example.COM" })).toBe("cf-worker:example.com");
    expect(keyOf(source, { "cf-connecting-ip": "203.0.113.9", "cf-worker": "example.com" })).toBe("203.0.113.9");
    for (const zone of [
      undefined,
      "",
      "a b",
      "example.com, example.org",
      "a..b",
      ".",
      "x".repeat(64),
      "a.".repeat(200),
      "é",
    ]) {
      expect(keyOf(source, { ...trap, "cf-worker": zone })).toBeNull();
    }
    expect(reason(source, trap)).toContain("does not name the zone");
  });
});

describe("socket()", () => {
  const bun = (answer: unknown) => ({ requestIP: () => answer });

  it.each([
    ["Node", node("203.0.113.9")],
    ["Node on a dual stack", node("::ffff:203.0.113.9")],
    ["Node, as env.server", { server: node("203.0.113.9") }],
    ["Bun", bun({ address: "203.0.113.9", family: "IPv4", port: 1 })],
    ["Bun, as env.server", { server: bun({ address: "203.0.113.9" }) }],
    ["Deno", { remoteAddr: { transport: "tcp", hostname: "203.0.113.9", port: 1 } }],
    ["Deno, as env.info", { info: { remoteAddr: { hostname: "203.0.113.9" } } }],
  ])("%s", (_, env) => expect(keyOf(socket(), { "x-forwarded-for": "6.6.6.6" }, env)).toBe("203.0.113.9"));

  it("calls Bun's requestIP on its server, with the request", () => {
    const server = {
      found: "203.0.113.9",
      requestIP(request: Request) {
        return { address: request.url === "http://localhost/" ? this.found : undefined };
      },
    };
    expect(keyOf(socket(), {}, server)).toBe("203.0.113.9");
  });

  const throwing = {
    get incoming(): never {
      throw new Error("closed");
    },
  };
  it.each([
    ["nothing", undefined],
    ["null", null],
    ["bindings", { API: {}, SECRET: "x" }],
    ["a closed connection", node(undefined)],
    ["Bun after the answer", bun(null)],
    ["a requestIP that throws", { requestIP: () => JSON.parse("{") }],
    ["a requestIP that is none", { requestIP: 7 }],
    ["a getter that throws", throwing],
    ["a promise", bun(Promise.resolve({ address: "6.6.6.6" }))],
    ["a Unix socket", { remoteAddr: { transport: "unix", path: "/x" } }],
    ["an unspecified address", node("::")],
    ["text", "203.0.113.9"],
  ])("finds nobody in %s", (_, env) => {
    expect(keyOf(socket(), {}, env)).toBeNull();
    expect(reason(socket(), {}, env)).toMatch(/\.$/);
  });

  it("calls nothing on a Worker's service binding, which answers to every name", () => {
    let calls = 0;
    const binding: unknown = new Proxy(() => {}, { get: () => binding, apply: () => calls++ });
    expect(keyOf(socket(), {}, { server: binding })).toBeNull();
    expect(keyOf(socket(), {}, binding)).toBeNull();
    expect(calls).toBe(0);
  });

  it("throws for no environment of any kind", () => {
    fc.assert(fc.property(fc.anything(), (env) => void keyOf(socket(), {}, env)));
  });
});

describe("header()", () => {
  it("takes the whole value, or nothing", () => {
    const source = header("X-Real-IP");
    expect(keyOf(source, { "x-real-ip": "203.0.113.9" })).toBe("203.0.113.9");
    expect(keyOf(source, { "x-real-ip": "[2001:db8::1]:443" })).toBe("2001:db8::/56");
    expect(keyOf(source, { "x-real-ip": "6.6.6.6, 203.0.113.9" })).toBeNull();
    expect(keyOf(source, { "x-real-ip": ["6.6.6.6", "203.0.113.9"] })).toBeNull();
    expect(keyOf(source, { "x-real-ip": "" })).toBeNull();
    expect(keyOf(source, {}, node("203.0.113.9"))).toBeNull();
    expect(reason(source)).toContain("no X-Real-IP header");
  });

  it("cuts the port that CloudFront always adds, so that it is never read as a part of the address", () => {
    const source = header("CloudFront-Viewer-Address");
    expect(keyOf(source, { "cloudfront-viewer-address": "203.0.113.9:46532" })).toBe("203.0.113.9");
    expect(keyOf(source, { "cloudfront-viewer-address": "2001:db8:85a3::8a2e:370:7334:46532" })).toBe(
      "2001:db8:85a3::/56",
    );
    const found = ask(source, { "cloudfront-viewer-address": "2001:db8::1:443" });
    expect(found).toEqual({ address: parseAddress("2001:db8::1") });
    expect(keyOf(source, { "cloudfront-viewer-address": "203.0.113.9" })).toBeNull();
  });
});

describe("forwarded()", () => {
  const xff = (line: string) => ({ "x-forwarded-for": line });

  it("by networks, trusts the header only from a trusted peer", () => {
    const source = forwarded({ trustedCidrs: ["10.0.0.0/8", "2001:db8:1::/48"] });
    expect(keyOf(source, xff("203.0.113.9, 2001:db8:1::7"), node("10.0.0.2"))).toBe("203.0.113.9");
    expect(keyOf(source, xff("6.6.6.6"), node("203.0.113.9"))).toBe("203.0.113.9");
    expect(keyOf(source, xff("6.6.6.6"))).toBeNull();
    expect(keyOf(forwarded({ trustedCidrs: [] }), xff("6.6.6.6"), node("10.0.0.2"))).toBe("10.0.0.2");
  });

  it("by networks, when all are trusted: nobody, or the leftmost", () => {
    const leftmost = forwarded({ trustedCidrs: ["10.0.0.0/8"], allTrusted: "leftmost" });
    expect(keyOf(leftmost, xff("10.0.0.9, 10.0.0.7"), node("10.0.0.2"))).toBe("10.0.0.9");
    expect(keyOf(leftmost, {}, node("10.0.0.2"))).toBe("10.0.0.2");
    expect(keyOf(leftmost, xff("garbage, 10.0.0.7"), node("10.0.0.2"))).toBeNull();
    expect(keyOf(leftmost, xff(""), node("10.0.0.2"))).toBeNull();
    expect(keyOf(forwarded({ trustedCidrs: ["10.0.0.0/8"] }), {}, node("10.0.0.2"))).toBeNull();
  });

  it("takes the peer from the given source, and its key as it is", () => {
    const peer = header("x-peer");
    const source = forwarded({ trustedCidrs: ["10.0.0.0/8"], peer });
    expect(keyOf(source, { ...xff("203.0.113.9"), "x-peer": "10.0.0.2" })).toBe("203.0.113.9");
    expect(keyOf(forwarded({ trustedProxies: 0, peer }), { ...xff("6.6.6.6"), "x-peer": "10.0.0.2" })).toBe("10.0.0.2");
    expect(keyOf(forwarded({ trustedCidrs: ["10.0.0.0/8"], peer: () => ({ key: "k" }) }), xff("6.6.6.6"))).toBe("k");
  });

  it("whatever a client writes on the left changes nothing", () => {
    const text = fc.string().map((value) => value.replace(/[^\x20-\x7e]/g, "?"));
    const byCount = forwarded({ trustedProxies: 2 });
    const byNetwork = forwarded({ trustedCidrs: ["10.0.0.0/8"] });
    const rfc = forwarded({ trustedProxies: 1, header: "forwarded" });
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: fc.constantFrom(...',"\\;= 1.:') })), (left) => {
        const list = xff(`${left}, 203.0.113.9, 10.0.0.7`);
        expect(keyOf(byCount, list, node("10.0.0.2"))).toBe("203.0.113.9");
        expect(keyOf(byNetwork, list, node("10.0.0.2"))).toBe("203.0.113.9");
        expect(keyOf(rfc, { forwarded: `${left}, for="203.0.113.9:1";by="a,b"` })).toBe("203.0.113.9");
      }),
    );
  });

  it("never throws, and never repeats what a client sent", () => {
    const marked = fc.string({ unit: fc.constantFrom(...',"\\;=: zf0123456789.[]') }).map((value) => `zzz${value}zzz`);
    const sources = [
      forwarded({ trustedProxies: 1 }),
      forwarded({ trustedProxies: 1, header: "forwarded" }),
      forwarded({ trustedCidrs: ["10.0.0.0/8"] }),
      cloudflare(),
      header("x-real-ip"),
    ];
    fc.assert(
      fc.property(marked, (value) => {
        const lines = { ...xff(value), forwarded: value, "cf-connecting-ip": value, "x-real-ip": value };
        for (const source of sources) expect(JSON.stringify(ask(source, lines, node("10.0.0.2")))).not.toContain("zzz");
      }),
    );
  });
});

describe("a header of 64 KB", () => {
  const fill = (unit: string) => unit.repeat(Math.floor(65_536 / unit.length));
  const peer = node("10.0.0.2");

  it("still names the client on its right", () => {
    const list = { "x-forwarded-for": `${fill("6.6.6.6, ")}203.0.113.9, 10.0.0.7` };
    expect(keyOf(forwarded({ trustedProxies: 2 }), list, peer)).toBe("203.0.113.9");
    expect(keyOf(forwarded({ trustedCidrs: ["10.0.0.0/8"] }), list, peer)).toBe("203.0.113.9");
  });

  it("never yields half an address where the reading stops", () => {
    for (let shift = 0; shift < 24; shift++) {
      const list = `2001:db8:1234:5678::1, ${"x".repeat(8170 + shift)}, 203.0.113.9`;
      for (let count = 2; count <= 3; count++) {
        expect([null, "2001:db8:1234:5600::/56"]).toContain(
          keyOf(forwarded({ trustedProxies: count }), { "x-forwarded-for": list }),
        );
      }
      const blanks = `203.0.113.${"9".padEnd(8170 + shift, " ")}, 10.0.0.7`;
      expect(keyOf(forwarded({ trustedProxies: 2 }), { "x-forwarded-for": blanks }, peer)).toBeNull();
    }
  });

  it("ends the walk after 32 trusted hops", () => {
    const source = forwarded({ trustedCidrs: ["10.0.0.0/8"], allTrusted: "leftmost" });
    const hops = (count: number) => ({ "x-forwarded-for": Array(count).fill("10.0.0.7").join(", ") });
    expect(keyOf(source, hops(32), peer)).toBe("10.0.0.7");
    expect(reason(source, hops(33), peer)).toContain("more than 32");
    expect(keyOf(forwarded({ trustedProxies: 32 }), hops(32))).toBe("10.0.0.7");
    expect(keyOf(forwarded({ trustedProxies: 32 }), hops(31))).toBeNull();
  });

  it.each([",", '"', "\\", "10.0.0.7, ", "6.6.6.6,", "x", " ", 'for="', '\\",'])(
    "costs little when full of %j",
    (unit) => {
      const sources = [
        forwarded({ trustedProxies: 1 }),
        forwarded({ trustedProxies: 32 }),
        forwarded({ trustedProxies: 32, header: "forwarded" }),
        forwarded({ trustedCidrs: ["10.0.0.0/8"] }),
        forwarded({ trustedCidrs: ["10.0.0.0/8"], header: "forwarded" }),
      ];
      const value = `${fill(unit)}x`;
      const headers = new Headers({ "x-forwarded-for": value, forwarded: value });
      const incoming = { request: new Request("http://localhost/", { headers }), env: peer, context: undefined };
      const began = performance.now();
      for (let round = 0; round < 20; round++) for (const source of sources) source(incoming);
      expect((performance.now() - began) / 100).toBeLessThan(2); // ms a request, with a wide margin for a busy machine
    },
  );
});

describe("options are checked where they are written", () => {
  const wrong: [string, () => unknown, string][] = [
    ["no options", () => forwarded(undefined as never), "SLUICE_OPTION_MISSING"],
    ["neither", () => forwarded({} as never), "SLUICE_OPTION_MISSING"],
    ["both", () => forwarded({ trustedProxies: 1, trustedCidrs: [] } as never), "SLUICE_CLIENT_ADDRESS"],
    ["an unknown one", () => forwarded({ trustedProxies: 1, trustProxy: true } as never), "SLUICE_OPTION_UNKNOWN"],
    ["a negative count", () => forwarded({ trustedProxies: -1 }), "SLUICE_CLIENT_ADDRESS"],
    ["half a proxy", () => forwarded({ trustedProxies: 1.5 }), "SLUICE_CLIENT_ADDRESS"],
    ["no number", () => forwarded({ trustedProxies: Number.NaN }), "SLUICE_CLIENT_ADDRESS"],
    ["33 proxies", () => forwarded({ trustedProxies: 33 }), "SLUICE_CLIENT_ADDRESS"],
    ["a count as text", () => forwarded({ trustedProxies: "1" as never }), "SLUICE_OPTION_TYPE"],
    ["trust as a boolean", () => forwarded({ trustedProxies: true as never }), "SLUICE_OPTION_TYPE"],
    ["everyone", () => forwarded({ trustedCidrs: ["0.0.0.0/0"] }), "SLUICE_CLIENT_ADDRESS"],
    ["everyone, mapped", () => forwarded({ trustedCidrs: ["::ffff:0:0/96"] }), "SLUICE_CLIENT_ADDRESS"],
    ["everyone on IPv6", () => forwarded({ trustedCidrs: ["10.0.0.0/8", "::/0"] }), "SLUICE_CLIENT_ADDRESS"],
    ["everyone in halves", () => forwarded({ trustedCidrs: ["0.0.0.0/1", "128.0.0.0/1"] }), "SLUICE_CLIENT_ADDRESS"],
    ["all global unicast", () => forwarded({ trustedCidrs: ["2000::/3"] }), "SLUICE_CLIENT_ADDRESS"],
    ["a bad network", () => forwarded({ trustedCidrs: ["10.0.0.0/33"] }), "SLUICE_CLIENT_ADDRESS"],
    ["networks as text", () => forwarded({ trustedCidrs: "10.0.0.0/8" as never }), "SLUICE_OPTION_TYPE"],
    ["networks with a hole", () => forwarded({ trustedCidrs: Array(1) as string[] }), "SLUICE_OPTION_TYPE"],
    ["another header", () => forwarded({ trustedProxies: 1, header: "x-real-ip" as never }), "SLUICE_OPTION_TYPE"],
    ["a peer that is none", () => forwarded({ trustedProxies: 1, peer: "socket" as never }), "SLUICE_OPTION_TYPE"],
    [
      "allTrusted beside a count",
      () => forwarded({ trustedProxies: 1, allTrusted: "leftmost" } as never),
      "SLUICE_CLIENT_ADDRESS",
    ],
    [
      "another allTrusted",
      () => forwarded({ trustedCidrs: [], allTrusted: "rightmost" as never }),
      "SLUICE_OPTION_TYPE",
    ],
    ["a name with a colon", () => header("x-real-ip:"), "SLUICE_CLIENT_ADDRESS"],
    ["an empty name", () => header(""), "SLUICE_CLIENT_ADDRESS"],
    ["no name", () => header(undefined as never), "SLUICE_OPTION_TYPE"],
    ["a list of hops", () => header("X-Forwarded-For"), "SLUICE_CLIENT_ADDRESS"],
    ["the other list of hops", () => header("forwarded"), "SLUICE_CLIENT_ADDRESS"],
    ["an unknown Cloudflare option", () => cloudflare({ crosszone: "by-zone" } as never), "SLUICE_OPTION_UNKNOWN"],
    ["another crossZoneWorker", () => cloudflare({ crossZoneWorker: "allow" as never }), "SLUICE_OPTION_TYPE"],
    ["Cloudflare options as text", () => cloudflare("by-zone" as never), "SLUICE_OPTION_TYPE"],
  ];

  it.each(wrong)("%s", (_, build, code) => {
    expect(build).toThrow(ConfigError);
    expect(build).toThrow(code);
    expect(build).toThrow(/\. [A-Z].*[.)]$/); // ends with the cure
  });

  it("and settings that are simply absent are no options", () => {
    expect(() => forwarded({ trustedProxies: 1, trustedCidrs: undefined } as never)).not.toThrow();
    expect(() => forwarded({ trustedCidrs: ["fc00::/7", "10.0.0.0/8"], allTrusted: "missing" })).not.toThrow();
  });
});
