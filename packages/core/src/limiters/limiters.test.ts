/** Whose quota and how much: keys that never meet, numbers from anywhere, and mistakes that are named when made. */

import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { memory } from "../backends/memory.ts";
import { ConfigError } from "../engine/errors.ts";
import { perHour, perMinute, perSecond, type RateOptions } from "../engine/rate.ts";
import { cloudflare, header } from "../http/client-ip.ts";
import type { Incoming } from "../http/incoming.ts";
import { byFeedOwner } from "./by-feed-owner.ts";
import { byIp } from "./by-ip.ts";
import { byKey, joinedKey } from "./by-key.ts";
import { byUser } from "./by-user.ts";
import type { Asked, Limiter } from "./limiter.ts";
import { exceptFailures, onlyFailures } from "./settling.ts";

const limit = perMinute(60);
const source = header("x-ip");
const log: RateOptions = { algorithm: "sliding-log" };

function request(headers: HeadersInit = {}): Incoming {
  return { request: new Request("http://localhost/", { headers }), env: undefined, context: undefined };
}

/** What a limiter answers at once. */
function asked<C>(limiter: Limiter<C>, incoming: Incoming = request()): Omit<Asked<C>, "limiter"> {
  const answer = limiter.ask(incoming as Incoming<C>);
  if (answer instanceof Promise) throw new Error("nobody should have to wait");
  const { limiter: self, ...rest } = answer;
  expect(self).toBe(limiter);
  return rest;
}

async function askedLater<C>(limiter: Limiter<C>, incoming: Incoming = request()): Promise<Omit<Asked<C>, "limiter">> {
  const { limiter: _, ...rest } = await limiter.ask(incoming as Incoming<C>);
  return rest;
}

const key = <C>(limiter: Limiter<C>, incoming?: Incoming) => asked(limiter, incoming).charge?.key;

describe("byIp", () => {
  const limiter = byIp({ source, limit });

  it("is named ip, and charges 1 to the address", () => {
    expect(limiter.name).toBe("ip");
    const { charge } = asked(limiter, request({ "x-ip": "203.0.113.9" }));
    expect(charge).toEqual({ policy: { name: "ip", ...limit }, key: "ip:203.0.113.9", cost: 1 });
    expect(charge?.policy).toBe(limiter.policy);
  });

  it.each([
    ["203.0.113.9", "::ffff:203.0.113.9"],
    ["203.0.113.9", "64:ff9b::cb00:7109"],
    ["2001:db8:1:2::1", "2001:DB8:1:002:ffff:ffff:ffff:ffff"],
    ["2001:db8:1:2::1", "2001:db8:1:ff::1"],
  ])("%s and %s are one client", (one, other) => {
    expect(key(limiter, request({ "x-ip": other }))).toBe(key(limiter, request({ "x-ip": one })));
  });

  it("tells the next /56 apart, and a /64 if asked to", () => {
    expect(key(limiter, request({ "x-ip": "2001:db8:1:0100::1" }))).toBe("ip:2001:db8:1:100::/56");
    expect(key(limiter, request({ "x-ip": "2001:db8:1:0200::1" }))).toBe("ip:2001:db8:1:200::/56");
    expect(key(byIp({ source, limit, prefix: 64 }), request({ "x-ip": "2001:db8:1:2::1" }))).toBe(
      "ip:2001:db8:1:2::/64",
    );
  });

  it("without an address refuses, unless told otherwise", () => {
    const named: unknown = expect.stringMatching(/x-ip/i);
    expect(asked(limiter)).toEqual({ refusal: "no-address", because: named });
    expect(asked(byIp({ source, limit, missing: "skip" }))).toEqual({ because: named });
    expect(key(byIp({ source, limit, missing: { key: "nobody" } }))).toBe("ip:nobody");
  });

  it("gives Workers of other zones a key that no address has", () => {
    const crossZone = { "cf-connecting-ip": "2a06:98c0:3600::103", "cf-worker": "Example.com" };
    expect(asked(byIp({ source: cloudflare(), limit }), request(crossZone))).toMatchObject({ refusal: "no-address" });
    const byZone = byIp({ source: cloudflare({ crossZoneWorker: "by-zone" }), limit });
    expect(key(byZone, request(crossZone))).toBe("ip:cf-worker:example.com");
  });
});

describe("byUser", () => {
  it("charges the user, whose shard it is", () => {
    const limiter = byUser({ user: () => "42", limit });
    expect(asked(limiter).charge).toEqual({ policy: { name: "api", ...limit }, key: "api:42", shard: "42", cost: 1 });
  });

  it.each([undefined, null])("leaves visitors (%s) alone", (nobody) => {
    expect(asked(byUser({ user: () => nobody as undefined, limit }))).toEqual({ because: "nobody is signed in" });
  });

  it("waits for a user that has to be looked up, also by a query that is no Promise", async () => {
    expect((await askedLater(byUser({ user: async () => "42", limit }))).charge?.key).toBe("api:42");
    // biome-ignore lint/suspicious/noThenProperty: query builders do this.
    const query = { then: (use: (id: string) => unknown) => Promise.resolve("42").then(use) };
    expect((await askedLater(byUser({ user: () => query as Promise<string>, limit }))).charge?.key).toBe("api:42");
  });

  it.each([{ id: "42" }, 42, true])("never makes one key for everybody of %s", (id) => {
    expect(() => asked(byUser({ user: () => id as unknown as string, limit }))).toThrow("SLUICE_CHARGE_KEY");
  });
});

describe("byFeedOwner", () => {
  const limiter = byFeedOwner({ owner: () => "7", limit });
  const conditional = request({ "if-none-match": '"a"' });

  it("charges the owner, whose shard it is, and shows numbers on refusals only, as text", () => {
    const policy = { name: "public-feed", ...limit };
    expect(asked(limiter).charge).toEqual({ policy, key: "publicFeed:7", shard: "7", cost: 1 });
    expect(limiter).toMatchObject({ show: "denied", body: "text" });
  });

  it("charges a conditional request a tenth", () => {
    expect(asked(limiter, conditional).charge?.cost).toBe(0.1);
    expect(asked(limiter, request({ "if-modified-since": "x" })).charge?.cost).toBe(0.1);
  });

  it.each([
    [304, 0.1],
    [200, 1],
    [206, 1],
    [302, undefined],
    [404, undefined],
    [500, undefined],
  ])("%d finally costs %s", (status, cost) => {
    expect(limiter.settle?.(new Response(null, { status }), request())).toBe(cost);
  });

  it("takes a cost of one's own as it is, and settles nothing then", () => {
    const own = byFeedOwner({ owner: () => "7", limit, cost: 5 });
    expect(asked(own, conditional).charge?.cost).toBe(5);
    expect(own.settle).toBeUndefined();
    const settle = () => 2;
    expect(byFeedOwner({ owner: () => "7", limit, cost: 5, settle }).settle).toBe(settle);
  });

  it("keeps its defaults where an option is undefined", () => {
    const loose = { owner: () => "7", limit, show: undefined, body: undefined, cost: undefined, settle: undefined };
    const made = byFeedOwner(loose as never);
    expect(made).toMatchObject({ show: "denied", body: "text" });
    expect(asked(made, conditional).charge?.cost).toBe(0.1);
    expect(made.settle).toBeDefined();
  });

  it("leaves unknown feeds to others", () => {
    expect(asked(byFeedOwner({ owner: () => undefined, limit }))).toEqual({ because: "the feed is unknown" });
  });
});

describe("byKey", () => {
  it("counts under its name", () => {
    expect(key(byKey({ name: "tenant", key: () => "acme", limit }))).toBe("tenant:4:acme");
    expect(key(byKey({ name: "tenant", key: () => ["acme", "eu"], limit }))).toBe("tenant:4:acme2:eu");
  });

  it("leaves requests without a key alone", () => {
    expect(asked(byKey({ name: "t", key: () => undefined, limit }))).toEqual({ because: "the request names no key" });
    expect(asked(byKey({ name: "t", key: () => null as unknown as undefined, limit })).charge).toBeUndefined();
  });

  it.each([[5], [["a", undefined]], [[{}]], [{ id: 1 }]])("refuses to make a key of %j", (found) => {
    expect(() => asked(byKey({ name: "t", key: () => found as unknown as string, limit }))).toThrow(
      "SLUICE_CHARGE_KEY",
    );
  });

  it("gives no two different lists of parts one key", () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(..."0123456789:") }),
      fc.string({ unit: "binary" }),
    );
    const parts = fc.array(text, { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(joinedKey("n", a) === joinedKey("n", b)).toBe(
          a.length === b.length && a.every((part, at) => part === b[at]),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it("cuts the same text into parts that stay apart", () => {
    const cuts = fc.tuple(fc.string({ unit: fc.constantFrom(..."12:a"), minLength: 1 }), fc.nat(), fc.nat());
    fc.assert(
      fc.property(cuts, ([text, one, other]) => {
        const [a, b] = [one % (text.length + 1), other % (text.length + 1)];
        const halves = (at: number) => joinedKey("n", [text.slice(0, at), text.slice(at)]);
        expect(halves(a) === halves(b)).toBe(a === b);
        expect(halves(a)).not.toBe(joinedKey("n", [text]));
      }),
    );
  });
});

describe("numbers", () => {
  const who = { name: "t", key: () => "k" };

  it("come from the subject and the request", () => {
    const seen: unknown[] = [];
    const incoming = request();
    const limiter = byUser({
      user: () => "42",
      limit: (subject, given) => {
        seen.push(subject, given);
        return perMinute(180);
      },
    });
    expect(asked(limiter, incoming).charge?.policy).toEqual({ name: "api", ...perMinute(180) });
    expect(seen).toEqual(["42", incoming]);
    expect(limiter.policy).toBeUndefined();
  });

  it("may come later, the cost as well", async () => {
    const limiter = byKey({ ...who, limit: async () => perMinute(180), cost: async () => 7 });
    expect((await askedLater(limiter)).charge).toMatchObject({ cost: 7, policy: { limit: 180 } });
    expect((await askedLater(byKey({ ...who, limit, skip: async () => true }))).because).toBe("skipped");
  });

  it("that are equal give one policy, so that backends meet it again", () => {
    const limiter = byKey({ ...who, limit: () => perMinute(180) });
    expect(asked(limiter).charge?.policy).toBe(asked(limiter).charge?.policy);
  });

  it("invented for each request do not fill the memory, and stay right", () => {
    let next = 1;
    const limiter = byKey({ ...who, limit: () => perMinute(next++) });
    for (let i = 1; i <= 2_500; i++) expect(asked(limiter).charge?.policy.limit).toBe(i);
  });

  it("unlimited charges nothing", () => {
    expect(asked(byKey({ ...who, limit: "unlimited" }))).toEqual({ because: "unlimited" });
    expect(asked(byKey({ ...who, limit: () => "unlimited" }))).toEqual({ because: "unlimited" });
  });

  it("of 0 refuse, before any backend is asked", () => {
    expect(asked(byKey({ ...who, limit: perMinute(0) }))).toMatchObject({ refusal: "limit-zero" });
    expect(asked(byKey({ ...who, limit: () => perMinute(0), cost: 0 }))).toMatchObject({ refusal: "limit-zero" });
  });

  it("that make no sense are named", () => {
    for (const bad of [undefined, null, 60, "60", {}, { ...limit, limit: -1 }]) {
      expect(() => asked(byKey({ ...who, limit: () => bad as never }))).toThrow(ConfigError);
    }
  });
});

describe("a cost told from the request", () => {
  const costing = (cost: unknown, rate = limit) =>
    byKey({ name: "t", key: () => "k", limit: rate, cost: () => cost as number });

  it.each([0, 0.01, 1, 60])("of %d is charged", (cost) => expect(asked(costing(cost)).charge?.cost).toBe(cost));

  it.each([60.01, 61, 1e308, Number.POSITIVE_INFINITY])("of %d can never fit", (cost) => {
    expect(asked(costing(cost))).toMatchObject({ refusal: "cost-too-high" });
  });

  it("is measured by the burst, where there is one", () => {
    expect(asked(costing(11, perMinute(60, { burst: 10 })))).toMatchObject({ refusal: "cost-too-high" });
    expect(asked(costing(90, perMinute(60, { burst: 90 }))).charge?.cost).toBe(90);
  });

  it.each([Number.NaN, -1, -0.001, "5", undefined, null, {}])(
    "of %s is the client's mistake, not a failure",
    (cost) => {
      expect(asked(costing(cost))).toMatchObject({ refusal: "cost-unknown", key: expect.any(String) });
    },
  );

  it("in parts of a unit cannot be charged to a sliding log", () => {
    expect(asked(costing(0.1, perHour(5, log)))).toMatchObject({ refusal: "cost-unknown" });
    expect(asked(costing(2, perHour(5, log))).charge?.cost).toBe(2);
  });
});

describe("rules", () => {
  it("skip comes before everything else", () => {
    const fails = () => {
      throw new Error("asked");
    };
    expect(asked(byUser({ user: fails, limit, skip: () => true }))).toEqual({ because: "skipped" });
    expect(() => asked(byUser({ user: fails, limit, skip: () => false }))).toThrow("asked");
  });

  it("shadow charges in shadow", () => {
    expect(asked(byUser({ user: () => "1", limit, shadow: true })).charge?.mode).toBe("shadow");
  });

  it.each([
    [200, undefined, 0],
    [304, undefined, 0],
    [399, undefined, 0],
    [400, 0, undefined],
    [500, 0, undefined],
  ])("of %d, exceptFailures makes %s and onlyFailures %s", (status, except, only) => {
    const response = new Response(null, { status });
    expect([exceptFailures(response), onlyFailures(response)]).toEqual([except, only]);
  });
});

describe("mistakes are named where they are made", () => {
  const user = () => "1";
  const given = { user, limit };
  const wrong: [string, () => unknown, string][] = [
    ["byIp: nothing", () => byIp(undefined as never), "SLUICE_OPTION_MISSING"],
    ["byUser: nothing", () => byUser(null as never), "SLUICE_OPTION_TYPE"],
    ["byFeedOwner: nothing", () => byFeedOwner("x" as never), "SLUICE_OPTION_TYPE"],
    ["byKey: nothing", () => byKey(undefined as never), "SLUICE_OPTION_MISSING"],
    ["byIp: no source", () => byIp({ limit } as never), "SLUICE_OPTION_MISSING"],
    ["byIp: a source by name", () => byIp({ limit, source: "socket" } as never), "SLUICE_OPTION_TYPE"],
    ["byIp: a short prefix", () => byIp({ source, limit, prefix: 31 }), "SLUICE_CLIENT_ADDRESS"],
    ["byIp: a long prefix", () => byIp({ source, limit, prefix: 129 }), "SLUICE_CLIENT_ADDRESS"],
    ["byIp: half a bit", () => byIp({ source, limit, prefix: 56.5 }), "SLUICE_CLIENT_ADDRESS"],
    ["byIp: a prefix as text", () => byIp({ source, limit, prefix: "56" as never }), "SLUICE_OPTION_TYPE"],
    ["byIp: another missing", () => byIp({ source, limit, missing: "allow" as never }), "SLUICE_OPTION_TYPE"],
    ["byIp: missing null", () => byIp({ source, limit, missing: null as never }), "SLUICE_OPTION_TYPE"],
    ["byIp: missing without key", () => byIp({ source, limit, missing: {} as never }), "SLUICE_OPTION_TYPE"],
    ["byIp: a typing error", () => byIp({ source, limit, prefx: 64 } as never), "SLUICE_OPTION_UNKNOWN"],
    ["byUser: no user", () => byUser({ limit } as never), "SLUICE_OPTION_MISSING"],
    ["byUser: a user as text", () => byUser({ user: "1", limit } as never), "SLUICE_OPTION_TYPE"],
    ["byFeedOwner: no owner", () => byFeedOwner({ limit } as never), "SLUICE_OPTION_MISSING"],
    ["byFeedOwner: a log", () => byFeedOwner({ owner: user, limit: perHour(5, log) }), "SLUICE_COST"],
    ["byKey: no name", () => byKey({ key: user, limit } as never), "SLUICE_OPTION_MISSING"],
    ["byKey: no key", () => byKey({ name: "t", limit } as never), "SLUICE_OPTION_MISSING"],
    ["byKey: a key as text", () => byKey({ name: "t", key: "k", limit } as never), "SLUICE_OPTION_TYPE"],
    ["no limit", () => byUser({ user } as never), "SLUICE_OPTION_MISSING"],
    ["a limit as a number", () => byUser({ user, limit: 60 as never }), "SLUICE_OPTION_TYPE"],
    ["a limit as text", () => byUser({ user, limit: "none" as never }), "SLUICE_OPTION_TYPE"],
    ["a limit of null", () => byUser({ user, limit: null as never }), "SLUICE_OPTION_TYPE"],
    ["a rate by hand", () => byUser({ user, limit: { limit: 5 } as never }), "SLUICE_POLICY_ALGORITHM"],
    ["a negative limit", () => byUser({ user, limit: { ...limit, limit: -1 } as never }), "SLUICE_POLICY_LIMIT"],
    ["a name with an umlaut", () => byUser({ ...given, name: "Größe" }), "SLUICE_POLICY_NAME"],
    ["the same, numbers unknown yet", () => byUser({ user, name: "Größe", limit: () => limit }), "SLUICE_POLICY_NAME"],
    ["an empty name, unlimited", () => byUser({ user, name: "", limit: "unlimited" }), "SLUICE_POLICY_NAME"],
    ["a name with a line break", () => byUser({ ...given, name: "a\nb" }), "SLUICE_POLICY_NAME"],
    ["a name that is no text", () => byUser({ ...given, name: 5 as never }), "SLUICE_POLICY_NAME"],
    ["a cost as text", () => byUser({ ...given, cost: "1" as never }), "SLUICE_OPTION_TYPE"],
    ["a cost of NaN", () => byUser({ ...given, cost: Number.NaN }), "SLUICE_COST"],
    ["a negative cost", () => byUser({ ...given, cost: -1 }), "SLUICE_COST"],
    ["a cost without end", () => byUser({ ...given, cost: Number.POSITIVE_INFINITY }), "SLUICE_COST"],
    ["a cost above the limit", () => byUser({ ...given, cost: 61 }), "SLUICE_COST_NEVER_FITS"],
    [
      "a cost above the burst",
      () => byUser({ user, limit: perSecond(9, { burst: 2 }), cost: 3 }),
      "SLUICE_COST_NEVER_FITS",
    ],
    ["half a unit in a log", () => byUser({ user, limit: perHour(5, log), cost: 0.5 }), "SLUICE_COST"],
    ["skip as a value", () => byUser({ ...given, skip: true as never }), "SLUICE_OPTION_TYPE"],
    ["settle as a value", () => byUser({ ...given, settle: 0 as never }), "SLUICE_OPTION_TYPE"],
    ["shadow as text", () => byUser({ ...given, shadow: "yes" as never }), "SLUICE_OPTION_TYPE"],
    ["another show", () => byUser({ ...given, show: "sometimes" as never }), "SLUICE_OPTION_TYPE"],
    ["another body", () => byUser({ ...given, body: "html" as never }), "SLUICE_OPTION_TYPE"],
    ["another failure rule", () => byUser({ ...given, onFailure: "ignore" as never }), "SLUICE_OPTION_TYPE"],
    ["a failure rule that is no backend", () => byUser({ ...given, onFailure: {} as never }), "SLUICE_OPTION_TYPE"],
    ["no failure rule at all", () => byUser({ ...given, onFailure: null as never }), "SLUICE_OPTION_TYPE"],
  ];

  it.each(wrong)("%s", (_, build, code) => {
    let error: unknown;
    try {
      build();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    const { code: named, cure, message } = error as ConfigError;
    expect(named).toBe(code);
    expect(cure.length).toBeGreaterThan(5);
    expect(message).toContain(cure);
  });

  it("and what is right passes", () => {
    expect(() => byUser({ ...given, onFailure: memory(), cost: 60, shadow: true })).not.toThrow();
    expect(() => byUser({ user, limit: perMinute(0) })).not.toThrow();
    expect(() => byFeedOwner({ owner: user, limit: perHour(5, log), cost: 1 })).not.toThrow();
  });
});

it("a limiter that asks nothing of the context fits any", () => {
  expectTypeOf(byIp<unknown>({ source, limit })).toExtend<Limiter<{ get(name: string): string }>>();
  expectTypeOf(byIp({ source, limit })).toExtend<Limiter<{ get(name: string): string }>>();
  byUser<{ user?: { id: string } }>({
    user: ({ context }) => context.user?.id,
    limit: (subject) => {
      expectTypeOf(subject).toEqualTypeOf<string>();
      return limit;
    },
  });
});
