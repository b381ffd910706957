import { describe, expect, it, vi } from "vitest";
import type { Charge } from "../engine/charge.ts";
import { isConfigError, isSluiceError } from "../engine/errors.ts";
import { type Policy, policy } from "../engine/policy.ts";
import { per, perDay, perHour, perMinute, type RateOptions } from "../engine/rate.ts";
import { type BoundLimit, type RateLimitBinding, rateLimitBindings } from "./cloudflare.ts";

interface Call {
  readonly key: string;
  readonly delta?: number;
}

/** A binding of one endless window: it admits while less than the limit was counted, and then counts the whole delta. */
function binding(limit: number, { knowsDelta = true } = {}): RateLimitBinding & { readonly calls: Call[] } {
  const counts = new Map<string, number>();
  const calls: Call[] = [];
  return {
    calls,
    async limit(options) {
      if (!knowsDelta && "delta" in options) throw new Error("bad rate limit options: [delta]");
      calls.push(options);
      const { key, delta = 1 } = options;
      const count = counts.get(key) ?? 0;
      if (count >= limit) return { success: false };
      counts.set(key, count + delta);
      return { success: true };
    },
  };
}

function bound(name: string, limit: number, period: 10 | 60, policies?: readonly string[]): BoundLimit {
  return { name, binding: binding(limit), limit, period, ...(policies && { policies }) };
}

const plans = [bound("RL_PRO", 180, 60), bound("RL_FREE", 60, 60), bound("RL_IP", 100, 10, ["ip"])];
const api = policy("api", perMinute(60));

function charge(of: Policy, details: Partial<Charge> = {}): Charge {
  return { policy: of, key: "k", cost: 1, ...details };
}

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return isConfigError(error) ? error.code : `not a ConfigError: ${error}`;
  }
  return "nothing was thrown";
}

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return String(error);
  }
  return "nothing was thrown";
}

describe("a tier", () => {
  const { serving, supports } = rateLimitBindings({ tiers: plans });

  it.each<[string, Policy, string | undefined]>([
    ["its own numbers", policy("api", perMinute(60)), "RL_FREE"],
    ["the largest not above", policy("api", perMinute(200)), "RL_PRO"],
    ["one unit below the next", policy("api", perMinute(179)), "RL_FREE"],
    ["a policy below them all", policy("api", perMinute(59)), undefined],
    ["any algorithm of that window", policy("api", perMinute(60, { algorithm: "sliding-log" })), "RL_FREE"],
    ["a burst, which it does not know", policy("api", perMinute(60, { burst: 10 })), "RL_FREE"],
    ["a policy it names", policy("ip", per("10s", 100)), "RL_IP"],
    ["a policy it does not name", policy("login", per("10s", 100)), undefined],
    ["a policy that another names", policy("ip", perMinute(60)), undefined],
    ["another window", policy("api", perHour(600)), undefined],
    ["a calendar quota", policy("api", perDay(600, { timeZone: "UTC" })), undefined],
  ])("is matched by limit and window: %s", (_case, asked, name) => {
    expect(serving(asked)?.name).toBe(name);
    expect(supports(asked) === undefined).toBe(name !== undefined);
  });

  it("that is missing is described with the lines that wrangler wants", () => {
    expect(supports(policy("public-feed", perMinute(17)))).toBe(
      'no tier for it counts 60 s with a limit of at most 17: add { "name": "RL_PUBLIC_FEED_17", "namespace_id": "1001", ' +
        '"simple": { "limit": 17, "period": 60 } } to "ratelimits" in wrangler.jsonc, with a namespace_id of its own, ' +
        "and RL_PUBLIC_FEED_17 to the tiers",
    );
  });

  it("cannot count an hour or a calendar day, and says so", () => {
    expect(supports(policy("api", perHour(600)))).toContain("its window is 3600000 ms");
    expect(supports(policy("api", perDay(600, { timeZone: "UTC" })))).toContain("it follows the calendar");
  });

  it("that is missing is a mistake of configuration when it is charged, and nothing is charged beside it", async () => {
    const free = bound("RL_FREE", 60, 60);
    const backend = rateLimitBindings({ tiers: [free] });
    const charges = [charge(api), charge(policy("slow", perMinute(59)))];
    expect(codeOf(() => backend.consume(charges))).toBe("SLUICE_BACKEND_UNSUPPORTED");
    expect((free.binding as ReturnType<typeof binding>).calls).toEqual([]);
  });

  it("of a lower limit is used, and told of once", async () => {
    const onLowerLimit = vi.fn(() => {
      throw new Error("a report that fails reaches no request");
    });
    const backend = rateLimitBindings({ tiers: plans, onLowerLimit });
    const asked = policy("api", perMinute(200));
    for (const of of [asked, asked, policy("api", perMinute(200)), policy("api", perMinute(180))]) {
      const { decisions } = await backend.consume([charge(of)]);
      expect(decisions[0]?.policy).toBe(of);
    }
    expect(onLowerLimit.mock.calls).toEqual([[asked, { name: "RL_PRO", limit: 180, period: 60 }]]);
  });

  it("of a lower limit is told by every decision that it serves, and no other is", async () => {
    const backend = rateLimitBindings({ tiers: [bound("RL", 2, 60), bound("RL_IP", 100, 10, ["ip"])] });
    const lower = policy("api", perMinute(3));
    const told = async (...charges: readonly Charge[]) =>
      (await backend.consume(charges)).decisions.map(({ allowed, servedLimit }) => [allowed, servedLimit]);
    expect(await told(charge(lower), charge(policy("ip", per("10s", 100))))).toEqual([
      [true, 2],
      [true, undefined],
    ]);
    expect(await told(charge(lower), charge(lower))).toEqual([
      [true, 2],
      [true, 2],
    ]);
    expect(await told(charge(lower))).toEqual([[false, 2]]);
    for (const details of [{ cost: 0 }, { mode: "peek" }] as const) {
      expect(await told(charge(lower, details))).toEqual([[true, 2]]);
    }
    expect(await told(charge(lower, { cost: 4 }))).toEqual([[false, 2]]);
    expect(await told(charge(policy("api", perMinute(2)), { key: "l" }))).toEqual([[true, undefined]]);
    expect(await told(charge(policy("api", perMinute(0))))).toEqual([[false, undefined]]);
  });
});

describe("a ceiling", () => {
  const ceilings = [bound("API_RATE_LIMIT", 10_000, 60, ["api"]), bound("ALL", 500, 10)];
  const backend = rateLimitBindings({ ceilings });

  it.each<[string, Policy, string]>([
    ["the policy it names", policy("api", perMinute(600)), "API_RATE_LIMIT"],
    ["a day's quota of a policy it names", policy("api", perDay(600, { timeZone: "UTC" })), "API_RATE_LIMIT"],
    ["every policy that no other names", policy("ip", per("10s", 100)), "ALL"],
  ])("is over %s", (_case, asked, name) => {
    expect([backend.serving(asked)?.name, backend.supports(asked)]).toEqual([name, undefined]);
  });

  const log: RateOptions = { algorithm: "sliding-log" };
  it.each<[string, Policy, number | undefined]>([
    ["a bucket may burst and refill", policy("ip", per("10s", 250)), undefined],
    ["a bucket may burst and refill", policy("ip", per("10s", 251)), 502],
    ["a bucket refills during ten seconds", policy("ip", perMinute(429)), undefined],
    ["a bucket refills during ten seconds", policy("ip", perMinute(430)), 501],
    ["a small burst helps", policy("ip", per("10s", 400, { burst: 100 })), undefined],
    ["a strict bucket keeps to its limit", policy("ip", per("10s", 500, { strict: true })), undefined],
    ["a fixed window may be met at its edge", policy("ip", per("10s", 251, { algorithm: "fixed-window" })), 502],
    ["windows of a second fit ten times", policy("ip", per("1s", 46, { algorithm: "sliding-window" })), 506],
    ["a log keeps to its limit", policy("ip", per("10s", 500, log)), undefined],
    ["a log of a second fits ten times", policy("ip", per("1s", 51, log)), 510],
    ["two days meet at midnight", policy("ip", perDay(251, { timeZone: "UTC" })), 502],
  ])("fits over a policy that cannot exceed it: %s", (_case, asked, most) => {
    const reason = backend.supports(asked);
    if (most === undefined) return expect(reason).toBeUndefined();
    expect(reason).toContain(`it may admit ${most} units within 10 s, and its ceiling ALL denies beyond 500`);
    expect(reason).toContain(`"simple": { "limit": ${most}, "period": 10 }`);
  });

  it("still counts a policy that has outgrown it, up to itself", async () => {
    const low = rateLimitBindings({ ceilings: [bound("LOW", 2, 10)] });
    const outgrown = policy("ip", per("10s", 5));
    const allowed = [];
    for (let i = 0; i < 4; i++) allowed.push((await low.consume([charge(outgrown)])).allowed);
    expect(allowed).toEqual([true, true, false, false]);
    // Its window is another than the policy's, and what is announced is the exact backend's.
    expect((await low.consume([charge(outgrown)])).decisions[0]?.servedLimit).toBeUndefined();
  });

  it("that is not there lets a policy pass, and books nothing", () => {
    const named = rateLimitBindings({ ceilings: [bound("API_RATE_LIMIT", 10_000, 60, ["api"])] });
    const feed = policy("public-feed", perMinute(17));
    expect([named.supports(feed), named.serving(feed)]).toEqual([undefined, undefined]);
    const decision = { policy: feed, key: "k", cost: 1, allowed: true, charged: 0 };
    expect(named.consume([charge(feed)])).toEqual({ allowed: true, decisions: [decision] });
  });
});

describe("a charge", () => {
  function onFive(settings: { readonly knowsDelta?: boolean } = {}) {
    const own = binding(5, settings);
    const backend = rateLimitBindings({ tiers: [{ name: "RL", binding: own, limit: 5, period: 10 }] });
    return { calls: own.calls, backend };
  }
  const five = policy("five", per("10s", 5, { algorithm: "fixed-window" }));
  const other = policy("other", per("10s", 5, { algorithm: "fixed-window" }));

  it("that is denied is told to wait for the whole window, and no number is invented", async () => {
    const { backend } = onFive();
    for (let i = 0; i < 5; i++) {
      const decision = { policy: five, key: "k", cost: 1, allowed: true, charged: 1 };
      expect(await backend.consume([charge(five)])).toEqual({ allowed: true, decisions: [decision] });
    }
    const decision = { policy: five, key: "k", cost: 1, allowed: false, charged: 0, retryAfterMs: 10_000 };
    expect(await backend.consume([charge(five)])).toEqual({
      allowed: false,
      retryAfterMs: 10_000,
      decisions: [decision],
    });
  });

  it("of more than a unit carries it whole, fractions rounded up, and may overshoot", async () => {
    const { backend, calls } = onFive();
    for (const [cost, units] of [
      [0.1, 1],
      [2, 2],
      [1.5, 2],
    ] as const) {
      expect((await backend.consume([charge(five, { cost })])).decisions[0]?.charged).toBe(units);
    }
    const [first] = calls;
    expect(calls).toEqual([{ key: first?.key }, { key: first?.key, delta: 2 }, { key: first?.key, delta: 2 }]);
    const { backend: fresh } = onFive();
    expect((await fresh.consume([charge(five, { cost: 4 })])).allowed).toBe(true);
    expect((await fresh.consume([charge(five, { cost: 4 })])).allowed).toBe(true);
    expect((await fresh.consume([charge(five)])).allowed).toBe(false);
  });

  it("of more than a unit fails by name where the runtime knows no delta, and one of a unit does not", async () => {
    const { backend } = onFive({ knowsDelta: false });
    await expect(backend.consume([charge(five, { cost: 2 })])).rejects.toMatchObject({
      code: "SLUICE_BACKEND_REFUSED",
      message: expect.stringContaining("binding RL takes no cost above 1: this runtime has no `delta`"),
    });
    expect((await backend.consume([charge(five)])).allowed).toBe(true);
  });

  it("takes of a least cost what the limit can have", async () => {
    const { backend, calls } = onFive();
    const bursty = policy("bursty", per("10s", 5, { burst: 50 }));
    const charged = async (asked: Charge) => (await backend.consume([asked])).decisions[0]?.charged;
    expect(await charged(charge(five, { cost: 9, minCost: 1 }))).toBe(5);
    expect(await charged(charge(bursty, { cost: 9, minCost: 1 }))).toBe(5);
    expect(await charged(charge(bursty, { key: "l", cost: 9, minCost: 7 }))).toBe(7);
    expect(calls.map(({ delta }) => delta)).toEqual([5, 5, 7]);
    expect(await charged(charge(five, { key: "m", cost: 9, minCost: 0 }))).toBe(0);
    expect(calls).toHaveLength(3);
  });

  it.each<[string, Charge, boolean]>([
    ["a cost of 0 is allowed", charge(five, { cost: 0 }), true],
    ["a peek is not denied", charge(five, { mode: "peek" }), true],
    ["a limit of 0 is denied", charge(policy("none", perHour(0))), false],
    ["a cost of 0 on a limit of 0 is allowed", charge(policy("none", perHour(0)), { cost: 0 }), true],
    ["more than the limit is denied", charge(five, { cost: 6 }), false],
    ["more than the burst is denied", charge(policy("calm", per("10s", 5, { burst: 2 })), { cost: 3 }), false],
    ["a peek at more than the limit is denied", charge(five, { cost: 6, mode: "peek" }), false],
  ])("needs no binding where the answer is known: %s", (_case, asked, allowed) => {
    const { backend, calls } = onFive();
    // Synchronous, since nobody is asked.
    expect(backend.consume([asked])).toMatchObject({ allowed, decisions: [{ allowed, charged: 0 }] });
    expect(backend.consume([asked])).toHaveProperty("retryAfterMs", undefined);
    expect(calls).toEqual([]);
  });

  it("beside one that can never fit is not spent", () => {
    const { backend, calls } = onFive();
    expect(backend.consume([charge(other), charge(five, { cost: 6 })])).toMatchObject({
      allowed: false,
      decisions: [
        { allowed: true, charged: 0 },
        { allowed: false, charged: 0 },
      ],
    });
    expect(calls).toEqual([]);
  });

  it("before a denied one stays spent, and one after it is not asked", async () => {
    const { backend, calls } = onFive();
    const spent = charge(five, { key: "spent" });
    for (let i = 0; i < 5; i++) await backend.consume([spent]);
    const [before, after] = [charge(other, { key: "before" }), charge(other, { key: "after" })];
    calls.length = 0;
    const outcome = await backend.consume([before, spent, after]);
    expect(outcome.decisions.map(({ allowed, charged }) => [allowed, charged])).toEqual([
      [true, 0],
      [false, 0],
      [true, 0],
    ]);
    expect(calls).toHaveLength(2);
    for (let i = 0; i < 4; i++) expect((await backend.consume([before])).allowed).toBe(true);
    expect((await backend.consume([before])).allowed).toBe(false);
  });

  it("in shadow is asked last, counts, and never denies", async () => {
    const { backend, calls } = onFive();
    const shadow = charge(five, { mode: "shadow" });
    const fits: unknown[] = [];
    for (let i = 0; i < 6; i++) {
      const { allowed, retryAfterMs, decisions } = await backend.consume([shadow, charge(other, { key: String(i) })]);
      fits.push([allowed, retryAfterMs, ...decisions.map((one) => one.charged)]);
    }
    expect(fits).toEqual([...Array(5).fill([true, undefined, 1, 1]), [true, undefined, 0, 1]]);
    expect(calls[0]?.key).toContain("other");
    expect((await backend.consume([charge(five)])).allowed).toBe(false);
    calls.length = 0;
    await backend.consume([{ ...shadow, key: "l" }, charge(five)]);
    expect(calls.map(({ key }) => key.endsWith("1:k"))).toEqual([true]);
  });

  it("of one identity with another is asked with it, and each has its part", async () => {
    const { backend, calls } = onFive();
    const { decisions } = await backend.consume([charge(five, { cost: 2 }), charge(other), charge(five)]);
    expect(decisions.map(({ charged }) => charged)).toEqual([2, 1, 1]);
    expect(calls.map(({ delta }) => delta)).toEqual([3, undefined]);
  });

  it.each<[string, string, Partial<Charge>]>([
    ["a cost that is no number", "SLUICE_COST", { cost: Number.NaN }],
    ["a least cost below 0", "SLUICE_COST", { minCost: -1 }],
    ["a key that is no string", "SLUICE_CHARGE_KEY", { key: 1 as unknown as string }],
    ["a shard that is no string", "SLUICE_CHARGE_KEY", { shard: null as unknown as string }],
    ["a mode of another name", "SLUICE_CHARGE_MODE", { mode: "dry" as "peek" }],
    ["patience", "SLUICE_DELAY_UNSUPPORTED", { maxDelayMs: 5 }],
  ])("that makes no sense is refused before anybody is asked: %s", (_case, code, details) => {
    const { backend, calls } = onFive();
    expect(codeOf(() => backend.consume([charge(other), charge(five, details)]))).toBe(code);
    expect(calls).toEqual([]);
  });

  it("under a policy that makes no sense is refused", () => {
    const { backend } = onFive();
    expect(codeOf(() => backend.consume([charge({ ...five, limit: 5.5 })]))).toBe("SLUICE_POLICY_LIMIT");
  });
});

describe("a key", () => {
  async function keyOf(details: Partial<Charge>, of: Policy = api, prefix?: string): Promise<string | undefined> {
    const own = binding(60);
    const tiers = [{ name: "RL", binding: own, limit: 60, period: 60 } as const];
    await rateLimitBindings({ tiers, ...(prefix !== undefined && { prefix }) }).consume([charge(of, details)]);
    return own.calls[0]?.key;
  }

  it("is the parts of its counter's identity, with their lengths", async () => {
    expect(await keyOf({})).toBe("6:sluice22:token-bucket/60000/api1:k");
    expect(await keyOf({ shard: "s" })).toBe("6:sluice22:token-bucket/60000/api1:s1:k");
  });

  it("differs in every part, the prefix included, and not by the limit", async () => {
    const same = await keyOf({}, policy("api", perMinute(180)));
    const keys = [
      await keyOf({}),
      await keyOf({ key: "l" }),
      await keyOf({ shard: "" }),
      await keyOf({ shard: "k" }),
      await keyOf({ key: "\ud800" }),
      await keyOf({ key: "\udfff" }),
      await keyOf({ key: "\ufffd" }),
      await keyOf({}, policy("api", perMinute(60, { algorithm: "fixed-window" }))),
      await keyOf({}, policy("pub", perMinute(60))),
      await keyOf({}, api, "mine"),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(same).toBe(keys[0]);
  });

  it("is hashed where it is long", async () => {
    const [a, b] = [await keyOf({ key: "a".repeat(1_000_000) }), await keyOf({ key: `${"a".repeat(1_000_000)}b` })];
    expect([a?.length, b?.length, a === b]).toEqual([65, 65, false]);
  });
});

describe("a binding that fails", () => {
  const failing = (limit: RateLimitBinding["limit"]) =>
    rateLimitBindings({ tiers: [{ name: "RL", binding: { limit }, limit: 60, period: 60 }], deadlineMs: 20 });

  it.each<[string, string, RateLimitBinding["limit"]]>([
    [
      "throws at once",
      "SLUICE_BACKEND_UNREACHABLE",
      ({ key }) => {
        throw new Error(`cannot count ${key}`);
      },
    ],
    ["rejects", "SLUICE_BACKEND_UNREACHABLE", ({ key }) => Promise.reject(new Error(`cannot count ${key}`))],
    ["hangs", "SLUICE_BACKEND_TIMEOUT", () => new Promise(() => {})],
    ["answers otherwise", "SLUICE_BACKEND_ANSWER", async () => ({ remaining: 3 }) as unknown as { success: boolean }],
    ["answers nothing", "SLUICE_BACKEND_ANSWER", async () => undefined as unknown as { success: boolean }],
  ])("rejects by name and without the key: it %s", async (_case, code, limit) => {
    const error = await Promise.resolve(failing(limit).consume([charge(api, { key: "secret" })])).catch((e) => e);
    expect(isSluiceError(error) && error.code).toBe(code);
    expect(`${error.message} ${JSON.stringify(error)} ${error.cause}`).not.toContain("secret");
    expect(error).toMatchObject({ name: "BackendError", backend: "cloudflare" });
  });

  it("is asked nothing more once the deadline has passed", async () => {
    let asked = 0;
    const slow = failing(async () => {
      asked++;
      await new Promise((resolve) => setTimeout(resolve, 40));
      return { success: true };
    });
    await expect(slow.consume([charge(api), charge(api, { key: "l" })])).rejects.toThrow("within 20 ms");
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(asked).toBe(1);
  });
});

describe("a binding that admits more than its limit, as the platform may", () => {
  it("is believed", async () => {
    const generous = { limit: async () => ({ success: true }) };
    const backend = rateLimitBindings({ tiers: [{ name: "RL", binding: generous, limit: 60, period: 60 }] });
    for (let i = 0; i < 100; i++) expect((await backend.consume([charge(api)])).allowed).toBe(true);
  });
});

describe("rateLimitBindings()", () => {
  it.each([
    ["undefined", undefined],
    ["null", null],
    ["a string", "RL_FREE"],
    ["a key-value namespace", { get() {}, put() {} }],
    ["a number under the name of the method", { limit: 60 }],
  ])("names a binding that is missing, what was found and the lines to add: %s", (_case, found) => {
    const tiers = [{ name: "RL_FREE", binding: found as unknown as RateLimitBinding, limit: 60, period: 60 as const }];
    expect(codeOf(() => rateLimitBindings({ tiers }))).toBe("SLUICE_BINDING_MISSING");
    const message = messageOf(() => rateLimitBindings({ tiers }));
    expect(message).toContain('"RL_FREE" of rateLimitBindings() has no ratelimit binding; got');
    expect(message).toContain(
      'Add { "name": "RL_FREE", "namespace_id": "1001", "simple": { "limit": 60, "period": 60 } } to "ratelimits"',
    );
    expect(message).toContain("Named environments inherit none");
  });

  const ok = bound("RL", 60, 60);
  it.each<[string, unknown, string]>([
    ["nothing", undefined, "SLUICE_OPTION_MISSING"],
    ["neither tiers nor ceilings", {}, "SLUICE_OPTION_TYPE"],
    ["both", { tiers: [ok], ceilings: [bound("C", 60, 60)] }, "SLUICE_OPTION_TYPE"],
    ["no tier", { tiers: [] }, "SLUICE_OPTION_MISSING"],
    ["no ceiling", { ceilings: [] }, "SLUICE_OPTION_MISSING"],
    ["one tier that is no list", { tiers: ok }, "SLUICE_OPTION_TYPE"],
    ["an unknown option", { tiers: [ok], tier: 1 }, "SLUICE_OPTION_UNKNOWN"],
    ["an unknown option of a tier", { tiers: [{ ...ok, windowMs: 60_000 }] }, "SLUICE_OPTION_UNKNOWN"],
    ["no name", { tiers: [{ ...ok, name: undefined }] }, "SLUICE_OPTION_MISSING"],
    ["no limit", { tiers: [{ ...ok, limit: undefined }] }, "SLUICE_OPTION_MISSING"],
    ["a limit of half a unit", { tiers: [{ ...ok, limit: 0.5 }] }, "SLUICE_OPTION_TYPE"],
    ["a limit of 0", { tiers: [{ ...ok, limit: 0 }] }, "SLUICE_OPTION_TYPE"],
    ["a period in milliseconds", { tiers: [{ ...ok, period: 60_000 }] }, "SLUICE_OPTION_TYPE"],
    ["a period that wrangler refuses", { tiers: [{ ...ok, period: 30 }] }, "SLUICE_OPTION_TYPE"],
    ["policies that are no list", { tiers: [{ ...ok, policies: "api" }] }, "SLUICE_OPTION_TYPE"],
    ["no policies", { tiers: [{ ...ok, policies: [] }] }, "SLUICE_OPTION_TYPE"],
    ["a report of tiers from ceilings", { ceilings: [ok], onLowerLimit: () => {} }, "SLUICE_OPTION_TYPE"],
    ["a deadline of 0", { tiers: [ok], deadlineMs: 0 }, "SLUICE_OPTION_TYPE"],
    ["a prefix that is no text", { tiers: [ok], prefix: 1 }, "SLUICE_OPTION_TYPE"],
    ["two of one name", { tiers: [ok, bound("RL", 180, 60)] }, "SLUICE_OPTION_TYPE"],
    ["one binding twice", { tiers: [ok, { ...ok, name: "R2", limit: 180 }] }, "SLUICE_OPTION_TYPE"],
    ["two tiers of equal numbers", { tiers: [ok, bound("R2", 60, 60)] }, "SLUICE_OPTION_TYPE"],
    [
      "two tiers of equal numbers for one policy",
      { tiers: [bound("A", 60, 60, ["x", "api"]), bound("B", 60, 60, ["api"])] },
      "SLUICE_OPTION_TYPE",
    ],
    ["two ceilings over everything", { ceilings: [ok, bound("R2", 600, 10)] }, "SLUICE_OPTION_TYPE"],
  ])("refuses %s", (_case, options, code) => {
    expect(codeOf(() => rateLimitBindings(options as { readonly tiers: readonly BoundLimit[] }))).toBe(code);
  });

  it.each<[string, readonly BoundLimit[]]>([
    ["of equal numbers for different policies", [bound("A", 60, 60, ["api"]), bound("B", 60, 60, ["ip"]), ok]],
    ["of one limit and two windows", [ok, bound("B", 60, 10)]],
  ])("takes tiers %s", (_case, tiers) => {
    expect(codeOf(() => rateLimitBindings({ tiers }))).toBe("nothing was thrown");
  });

  it("asks nothing when it is made", () => {
    const own = binding(60);
    rateLimitBindings({ tiers: [{ name: "RL", binding: own, limit: 60, period: 60 }] });
    expect(own.calls).toEqual([]);
  });
});
