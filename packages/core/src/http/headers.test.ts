/** The RateLimit fields: golden vectors for each format, and structured-headers as an oracle for any decision. */

import fc from "fast-check";
import { isInnerList, parseDictionary, parseList } from "structured-headers";
import { describe, expect, it } from "vitest";
import type { Decision } from "../engine/charge.ts";
import { type Policy, policy } from "../engine/policy.ts";
import { per, perDay, perMinute, perMonth, perSecond } from "../engine/rate.ts";
import { type HeaderFormat, headerFormats, rateLimitFields, retryAfterSeconds } from "./headers.ts";

const api = policy("api", perMinute(60));
const ip = policy("ip", per("10s", 100));

function decision(of: Policy, rest: Partial<Decision> = {}): Decision {
  return { policy: of, key: "k", cost: 1, allowed: true, charged: 1, ...rest };
}

/** The fields as lines, with the clock at an instant that ends in no whole second. */
function lines(format: HeaderFormat, ...decisions: readonly Decision[]): readonly string[] {
  return rateLimitFields(format, decisions, () => 1_700_000_000_500).map(([name, value]) => `${name}: ${value}`);
}

const fresh = { remaining: 59, resetAfterMs: 1_000, windowAfterMs: 59_000 };
const denied = {
  allowed: false,
  charged: 0,
  remaining: 0.25,
  resetAfterMs: 59_750,
  windowAfterMs: 750,
  retryAfterMs: 750,
};

describe("a lower limit than the policy's, where that is what is served,", () => {
  it.each<[HeaderFormat, readonly string[]]>([
    ["draft-11", ['RateLimit-Policy: "api";q=50;w=60, "ip";q=100;w=10']],
    ["draft-7", ["RateLimit-Policy: 50;w=60, 100;w=10"]],
    ["draft-6", ["RateLimit-Policy: 50;w=60, 100;w=10"]],
    ["x-ratelimit", []],
  ])("is announced in %s", (format, expected) => {
    expect(lines(format, decision(api, { servedLimit: 50 }), decision(ip))).toEqual(expected);
  });
});

describe("draft-11", () => {
  it("names a policy, its quota and its window; then what is left, and within what time", () => {
    expect(lines("draft-11", decision(api, fresh))).toEqual([
      'RateLimit-Policy: "api";q=60;w=60',
      'RateLimit: "api";r=59;t=59',
    ]);
  });

  it("lists several policies in the order given", () => {
    expect(lines("draft-11", decision(api, denied), decision(ip, { remaining: 97, windowAfterMs: 9_700 }))).toEqual([
      'RateLimit-Policy: "api";q=60;w=60, "ip";q=100;w=10',
      'RateLimit: "api";r=0;t=1, "ip";r=97;t=10',
    ]);
  });

  it.each([
    ["a calendar day, which has 23 to 25 hours", perDay(20, { timeZone: "Europe/Paris" }), '"x";q=20'],
    ["a calendar month", perMonth(1_000), '"x";q=1000'],
    ["a window below a second", per("500ms", 5), '"x";q=5'],
    ["a window of no whole seconds", per("1500ms", 5), '"x";q=5'],
    ["a second", perSecond(5), '"x";q=5;w=1'],
    ["a day of 24 hours", perDay(20), '"x";q=20;w=86400'],
    ["a burst, which is no part of the quota", perMinute(60, { burst: 90 }), '"x";q=60;w=60'],
  ])("%s", (_, rate, item) => {
    expect(lines("draft-11", decision(policy("x", rate)))).toEqual([`RateLimit-Policy: ${item}`]);
  });

  it("escapes what a String must escape", () => {
    expect(lines("draft-11", decision(policy('a"b\\c', perMinute(1)), { remaining: 1 }))).toEqual([
      'RateLimit-Policy: "a\\"b\\\\c";q=1;w=60',
      'RateLimit: "a\\"b\\\\c";r=1',
    ]);
  });

  it("writes no integer of more than 15 digits", () => {
    const huge: Policy = { name: "bytes", algorithm: "fixed-window", limit: 9_007_199_254_740_991, windowMs: 1_000 };
    const most = "999999999999999";
    const left = { remaining: 9e15, windowAfterMs: 9e18, resetAfterMs: 9e18 };
    expect(lines("draft-11", decision(huge, left))).toEqual([
      `RateLimit-Policy: "bytes";q=${most};w=1`,
      `RateLimit: "bytes";r=${most};t=${most}`,
    ]);
    expect(lines("draft-7", decision(huge, left))).toEqual([
      `RateLimit-Policy: ${most};w=1`,
      `RateLimit: limit=${most}, remaining=${most}, reset=${most}`,
    ]);
  });

  it("leaves out what the backend cannot tell", () => {
    expect(lines("draft-11", decision(ip), decision(api, fresh))).toEqual([
      'RateLimit-Policy: "ip";q=100;w=10, "api";q=60;w=60',
      'RateLimit: "api";r=59;t=59',
    ]);
    expect(lines("draft-11", decision(ip, { remaining: Number.NaN }))).toEqual(['RateLimit-Policy: "ip";q=100;w=10']);
    expect(lines("draft-11", decision(ip, { remaining: 3 }))[1]).toBe('RateLimit: "ip";r=3');
  });

  it("says nothing where nothing was decided", () => {
    for (const format of headerFormats) expect(lines(format)).toEqual([]);
  });
});

describe("the older forms", () => {
  it("draft-7", () => {
    expect(lines("draft-7", decision(api, denied), decision(ip, { remaining: 97, resetAfterMs: 300 }))).toEqual([
      "RateLimit-Policy: 60;w=60, 100;w=10",
      "RateLimit: limit=60, remaining=0, reset=60",
    ]);
  });

  it("draft-6", () => {
    expect(lines("draft-6", decision(api, fresh))).toEqual([
      "RateLimit-Policy: 60;w=60",
      "RateLimit-Limit: 60",
      "RateLimit-Remaining: 59",
      "RateLimit-Reset: 1",
    ]);
  });

  it("x-ratelimit, whose reset is an instant, rounded up", () => {
    expect(lines("x-ratelimit", decision(api, denied))).toEqual([
      "X-RateLimit-Limit: 60",
      "X-RateLimit-Remaining: 0",
      "X-RateLimit-Reset: 1700000061",
    ]);
  });

  it("have no way to say that a number is not known, and say nothing", () => {
    expect(lines("draft-7", decision(api))).toEqual(["RateLimit-Policy: 60;w=60"]);
    expect(lines("draft-6", decision(api, { remaining: 5 }))).toEqual(["RateLimit-Policy: 60;w=60"]);
    expect(lines("x-ratelimit", decision(api))).toEqual([]);
    expect(lines("x-ratelimit", decision(ip), decision(api, fresh))).toContain("X-RateLimit-Limit: 60");
  });

  it("take the first that is known, so the tightest has to come first", () => {
    expect(lines("draft-7", decision(ip), decision(api, fresh))[1]).toBe("RateLimit: limit=60, remaining=59, reset=1");
  });
});

describe("Retry-After", () => {
  it.each([
    [0, 1],
    [1, 1],
    [999, 1],
    [1_000, 1],
    [1_001, 2],
    [59_999.5, 60],
    [9e18, 999_999_999_999_999],
  ])("%d ms are %d s", (ms, seconds) => expect(retryAfterSeconds(ms)).toBe(seconds));
});

describe("whatever is decided", () => {
  const names = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 64,
  });
  const limits = fc.oneof(fc.nat(10_000), fc.maxSafeNat());
  const policies: fc.Arbitrary<Policy> = fc.oneof(
    fc.record({
      name: names,
      limit: limits,
      algorithm: fc.constantFrom("token-bucket" as const, "fixed-window", "sliding-window", "sliding-log"),
      windowMs: fc.integer({ min: 1, max: 3_155_760_000_000 }),
    }) as fc.Arbitrary<Policy>,
    fc.record({
      name: names,
      limit: limits,
      algorithm: fc.constant("calendar" as const),
      period: fc.constant("day" as const),
    }),
  );
  const times = fc.oneof(fc.nat(100_000), fc.double({ min: 0, max: 1e16, noNaN: true }));
  const decisions: fc.Arbitrary<Decision> = fc.record(
    {
      policy: policies,
      key: fc.constant("k"),
      cost: fc.constant(1),
      allowed: fc.boolean(),
      charged: fc.constant(0),
      remaining: fc.oneof(fc.double({ min: 0, max: 1e17, noNaN: true }), fc.constant(Number.NaN)),
      resetAfterMs: times,
      windowAfterMs: times,
      retryAfterMs: times,
    },
    { requiredKeys: ["policy", "key", "cost", "allowed", "charged"] },
  ) as fc.Arbitrary<Decision>;

  const items = (value: string) =>
    parseList(value).map((item) => {
      if (isInnerList(item)) throw new Error("an inner list");
      const [bare, parameters] = item;
      return { bare, parameters: Object.fromEntries(parameters) as Record<string, unknown> };
    });
  const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;

  it("draft-11 is two lists of Strings with Integer parameters, and never says more than is true", () => {
    fc.assert(
      fc.property(fc.array(decisions, { minLength: 1, maxLength: 4 }), (made) => {
        const fields = Object.fromEntries(rateLimitFields("draft-11", made));
        const policyItems = items(fields["RateLimit-Policy"] ?? "");
        expect(policyItems.map(({ bare }) => bare)).toEqual(made.map(({ policy: { name } }) => name));
        for (const [index, { parameters }] of policyItems.entries()) {
          const { windowMs } = (made[index] as Decision).policy as { windowMs?: number };
          expect(isCount(parameters["q"])).toBe(true);
          expect(parameters["w"]).toBe(windowMs === undefined || windowMs % 1_000 !== 0 ? undefined : windowMs / 1_000);
        }
        const known = made.filter(({ remaining = Number.NaN }) => remaining >= 0);
        expect("RateLimit" in fields).toBe(known.length > 0);
        if (known.length === 0) return;
        const limitItems = items(fields["RateLimit"] ?? "");
        expect(limitItems.map(({ bare }) => bare)).toEqual(known.map(({ policy: { name } }) => name));
        for (const [index, { parameters }] of limitItems.entries()) {
          const { remaining = 0, windowAfterMs, retryAfterMs } = known[index] as Decision;
          const { r, t } = parameters;
          expect(isCount(r)).toBe(true);
          expect(r).toBeLessThanOrEqual(remaining);
          expect("t" in parameters).toBe(windowAfterMs !== undefined);
          if (windowAfterMs === undefined) continue;
          expect(isCount(t)).toBe(true);
          const truth = Math.min(windowAfterMs, retryAfterMs ?? windowAfterMs, 999_999_999_999_999_000);
          expect((t as number) * 1_000).toBeGreaterThanOrEqual(truth);
          // Whoever waits for Retry-After is not held up by t.
          if (retryAfterMs !== undefined) expect(t).toBeLessThanOrEqual(retryAfterSeconds(retryAfterMs));
        }
      }),
    );
  });

  it("the older forms parse as well", () => {
    fc.assert(
      fc.property(fc.array(decisions, { minLength: 1, maxLength: 4 }), (made) => {
        const seven = Object.fromEntries(rateLimitFields("draft-7", made));
        for (const { bare } of items(seven["RateLimit-Policy"] ?? "")) expect(isCount(bare)).toBe(true);
        if (seven["RateLimit"] !== undefined) {
          const dictionary = parseDictionary(seven["RateLimit"]);
          expect([...dictionary.keys()]).toEqual(["limit", "remaining", "reset"]);
          for (const [value] of dictionary.values()) expect(isCount(value)).toBe(true);
        }
        for (const format of ["draft-6", "x-ratelimit"] as const) {
          for (const [name, value] of rateLimitFields(format, made)) {
            if (name !== "RateLimit-Policy") expect(value).toMatch(/^\d{1,15}$/);
          }
        }
      }),
    );
  });

  it("Retry-After is never earlier than the truth, and less than a second later", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e15 }), (ms) => {
        const seconds = retryAfterSeconds(ms);
        expect(seconds * 1_000).toBeGreaterThanOrEqual(ms);
        expect(seconds * 1_000 - ms).toBeLessThan(1_000);
      }),
    );
  });
});
