/** A policy is checked once, and each refusal names its code, the offending value and the cure. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "./errors.ts";
import { bucketSize, checkRate, largestCost, type Policy, policy, type Rate } from "./policy.ts";
import { perDay, perMinute } from "./rate.ts";

/** The error a call throws, to be looked at in full. */
function thrown(call: () => unknown): ConfigError {
  try {
    call();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const minute = 60_000;
const bucket = (details: object): unknown => ({ algorithm: "token-bucket", limit: 10, windowMs: minute, ...details });
const windowed = (algorithm: string, details: object): unknown => ({
  algorithm,
  limit: 10,
  windowMs: minute,
  ...details,
});
const calendar = (details: object): unknown => ({ algorithm: "calendar", limit: 10, period: "day", ...details });

describe("a rate is refused", () => {
  const algorithms = ["token-bucket", "fixed-window", "sliding-window", "sliding-log", "calendar"];
  const makers = algorithms.map(
    (name) => [name, name === "calendar" ? calendar : (d: object) => windowed(name, d)] as const,
  );

  it.each(
    makers.flatMap(([name, make]) =>
      [Number.NaN, -1, 0.5, 1.000001, Number.POSITIVE_INFINITY, 2 ** 53, "60", undefined, null, true, 10n].map(
        (limit) => [limit, name, make({ limit })] as const,
      ),
    ),
  )("with a limit of %s: %s", (limit, _name, rate) => {
    const error = thrown(() => checkRate(rate as Rate));
    expect(error.code).toBe("SLUICE_POLICY_LIMIT");
    expect(error.message).toContain(`got ${typeof limit === "string" ? `"${limit}"` : limit}`);
    expect(error.value).toBe(limit);
  });

  it.each(
    ["token-bucket", "fixed-window", "sliding-window", "sliding-log"].flatMap((name) =>
      [0, -60_000, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "1m", undefined, 3_155_760_000_001].map(
        (windowMs) => [windowMs, name] as const,
      ),
    ),
  )("with a window of %s ms: %s", (windowMs, name) => {
    const error = thrown(() => checkRate(windowed(name, { windowMs, limit: 1 }) as Rate));
    expect(error.code).toBe("SLUICE_POLICY_WINDOW");
    expect(error.value).toBe(windowMs);
    expect(error.message).toContain(`got ${typeof windowMs === "string" ? `"${windowMs}"` : windowMs}`);
  });

  it.each<[string, unknown, string, unknown]>([
    ["a burst of 0", bucket({ burst: 0 }), "SLUICE_POLICY_BURST", 0],
    ["a negative burst", bucket({ burst: -3 }), "SLUICE_POLICY_BURST", -3],
    ["a fractional burst", bucket({ burst: 2.5 }), "SLUICE_POLICY_BURST", 2.5],
    ["a burst that is no number", bucket({ burst: Number.NaN }), "SLUICE_POLICY_BURST", Number.NaN],
    ["a burst in words", bucket({ burst: "5" }), "SLUICE_POLICY_BURST", "5"],
    ["a strict burst of the limit", bucket({ burst: 10, strict: true }), "SLUICE_POLICY_BURST", 10],
    ["a strict burst above the limit", bucket({ burst: 11, strict: true }), "SLUICE_POLICY_BURST", 11],
    ["a strict limit of 1", bucket({ limit: 1, strict: true }), "SLUICE_POLICY_BURST", 1],
    ["strict: false", bucket({ strict: false }), "SLUICE_OPTION_TYPE", false],
    ["strict: 1", bucket({ strict: 1 }), "SLUICE_OPTION_TYPE", 1],
    ["an unknown algorithm", windowed("leaky-bucket", {}), "SLUICE_POLICY_ALGORITHM", "leaky-bucket"],
    ["no algorithm", { limit: 1, windowMs: 1 }, "SLUICE_POLICY_ALGORITHM", undefined],
    ["an unknown period", calendar({ period: "hour" }), "SLUICE_POLICY_WINDOW", "hour"],
    ["no period", calendar({ period: undefined }), "SLUICE_POLICY_WINDOW", undefined],
    ["an unknown zone", calendar({ timeZone: "Europe/Atlantis" }), "SLUICE_POLICY_TIME_ZONE", "Europe/Atlantis"],
    ["an empty zone", calendar({ timeZone: "" }), "SLUICE_POLICY_TIME_ZONE", ""],
    ["a zone that is none", calendar({ timeZone: 7 }), "SLUICE_POLICY_TIME_ZONE", 7],
    ["a sliding log of 1,001", windowed("sliding-log", { limit: 1001 }), "SLUICE_POLICY_LIMIT", 1001],
    ["no rate", undefined, "SLUICE_OPTION_TYPE", undefined],
    ["null", null, "SLUICE_OPTION_TYPE", null],
    ["a number", 60, "SLUICE_OPTION_TYPE", 60],
    ["words", "60/m", "SLUICE_OPTION_TYPE", "60/m"],
  ])("with %s", (_name, rate, code, value) => {
    const error = thrown(() => policy("p", rate as Rate));
    expect(error.code).toBe(code);
    expect(error.value).toBe(value);
    expect(error.message).toContain(`got ${typeof value === "string" ? JSON.stringify(value) : value}`);
    expect(error.message).toContain(error.cure);
    expect(error.cure).toMatch(/\S\.$/);
  });
});

describe("a name is refused", () => {
  it.each<[string, unknown]>([
    ["empty", ""],
    ["over 64 characters", "x".repeat(65)],
    ["with an umlaut", "gebühr"],
    ["with an emoji", "api🚦"],
    ["with a line break", "api\nx"],
    ["with a NUL", "api\0"],
    ["with a tab", "a\tb"],
    ["with DEL", "a\x7f"],
    ["with a lone surrogate", "a\ud800"],
    ["a number", 5],
    ["missing", undefined],
    ["an object", {}],
    ["an array that reads like one", ["api"]],
  ])("%s", (_name, name) => {
    const error = thrown(() => policy(name as string, perMinute(1)));
    expect(error.code).toBe("SLUICE_POLICY_NAME");
    expect(error.value).toBe(name);
    expect(error.message.length).toBeLessThan(300);
  });

  it("and any printable ASCII of up to 64 characters is not", () => {
    const names = fc.string({
      unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
      minLength: 1,
      maxLength: 64,
    });
    fc.assert(
      fc.property(names, (name) => {
        expect(policy(name, perMinute(1)).name).toBe(name);
      }),
    );
  });
});

describe("the safe integers", () => {
  it.each<[string, unknown]>([
    ["a million a day", bucket({ limit: 1_000_000, windowMs: 86_400_000 })],
    ["and as many as still fit", bucket({ limit: 1_042_499, windowMs: 86_400_000 })],
    ["a strict million a day", bucket({ limit: 2_000_000, windowMs: 86_400_000, strict: true })],
    ["1,667 a minute", bucket({ limit: 1667 })],
    ["a burst of a million", bucket({ burst: 1_000_000, windowMs: 86_400_000 })],
    ["28 a century", bucket({ limit: 28, windowMs: 3_155_760_000_000 })],
    ["90 million million in a fixed window", windowed("fixed-window", { limit: 90_000_000_000_000 })],
    ["as many per day", calendar({ limit: 90_000_000_000_000 })],
    ["a million in five hours, sliding", windowed("sliding-window", { limit: 1_000_000, windowMs: 18_000_000 })],
    ["260,000 a day, sliding", windowed("sliding-window", { limit: 260_000, windowMs: 86_400_000 })],
    ["a log of 1,000", windowed("sliding-log", { limit: 1000, windowMs: 3_155_760_000_000 })],
    ["nothing at all", bucket({ limit: 0, windowMs: 3_155_760_000_000, burst: 5, strict: true })],
  ])("hold %s", (_name, rate) => {
    expect(checkRate(rate as Rate)).toBe(rate);
  });

  it.each<[string, unknown, number]>([
    ["1,042,500 a day", bucket({ limit: 1_042_500, windowMs: 86_400_000 }), 1_042_500],
    ["a burst of as many", bucket({ burst: 1_042_500, windowMs: 86_400_000 }), 1_042_500],
    ["29 a century", bucket({ limit: 29, windowMs: 3_155_760_000_000 }), 29],
    ["a limit whose hundredths are unsafe", bucket({ limit: 90_071_992_547_410, burst: 1 }), 90_071_992_547_410],
    ["the same in a fixed window", windowed("fixed-window", { limit: 90_071_992_547_410 }), 90_071_992_547_410],
    ["the same per day", calendar({ limit: 90_071_992_547_410 }), 90_071_992_547_410],
    ["a million a day, sliding", windowed("sliding-window", { limit: 1_000_000, windowMs: 86_400_000 }), 1_000_000],
  ])("do not hold %s", (_name, rate, value) => {
    const error = thrown(() => checkRate(rate as Rate));
    expect(error.code).toBe("SLUICE_POLICY_TOO_LARGE");
    expect(error.value).toBe(value);
  });

  it("hold everything a policy's steps multiply, for every policy that is accepted", () => {
    const limits = fc.oneof(fc.nat(2000), fc.maxSafeNat());
    const windows = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 3_155_760_000_000 }));
    fc.assert(
      fc.property(limits, windows, fc.option(fc.integer({ min: 1 }), { nil: undefined }), (limit, windowMs, burst) => {
        const rate = bucket({ limit, windowMs, ...(burst !== undefined && { burst }) }) as Rate & {
          algorithm: "token-bucket";
        };
        const exact = BigInt(bucketSize(rate)) * 100n * BigInt(windowMs);
        const safe = exact < 2n ** 53n && (limit === 0 || BigInt(limit) * 100n < 2n ** 53n);
        if (safe) expect(checkRate(rate)).toBe(rate);
        else expect(thrown(() => checkRate(rate)).code).toBe("SLUICE_POLICY_TOO_LARGE");
      }),
    );
  });
});

describe("what a policy says of itself", () => {
  it.each<[unknown, number, number]>([
    [bucket({}), 10, 10],
    [bucket({ burst: 3 }), 3, 3],
    [bucket({ burst: 30 }), 30, 30],
    [bucket({ strict: true }), 5, 5],
    [bucket({ limit: 11, strict: true }), 5, 5],
    [bucket({ limit: 2, strict: true }), 1, 1],
    [bucket({ strict: true, burst: 9 }), 9, 9],
    [bucket({ limit: 0, burst: 9 }), 0, 0],
  ])("%o has a bucket of %d, and its largest cost is %d", (rate, size, cost) => {
    expect(bucketSize(checkRate(rate as Rate) as Parameters<typeof bucketSize>[0])).toBe(size);
    expect(largestCost(rate as Rate)).toBe(cost);
  });

  it("elsewhere the largest cost is the limit", () => {
    expect(largestCost(perDay(20, { timeZone: "UTC" }))).toBe(20);
    expect(largestCost(windowed("sliding-log", {}) as Rate)).toBe(10);
  });

  it("is its name and its rate, and nothing is frozen or shared", () => {
    const rate = perMinute(60, { burst: 10 });
    const api: Policy = policy("api", rate);
    expect(api).toEqual({ name: "api", algorithm: "token-bucket", limit: 60, windowMs: 60_000, burst: 10 });
    expect(rate).not.toHaveProperty("name");
  });
});
