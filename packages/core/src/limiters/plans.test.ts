/** Plans as data: never waited for twice, never lost when the database is away, never older than an edit. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { perMinute } from "../engine/rate.ts";
import { blocked, type Limit } from "./limiter-options.ts";
import { planBook } from "./plan-book.ts";
import { type PlanResolverOptions, planResolver, type UserPlan } from "./plans.ts";

type Limits = "api" | "publicFeed";
type Options = PlanResolverOptions<"free" | "pro" | "enterprise", Limits>;

const book = planBook({
  free: { api: perMinute(60), publicFeed: perMinute(17) },
  pro: { api: perMinute(180), publicFeed: perMinute(167) },
  enterprise: { api: perMinute(600), publicFeed: perMinute(1_667) },
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A database whose answers come when they are told to, and a resolver in front of it. */
function setUp(options: Partial<Options> = {}) {
  const pending: { userId: string; answer(user: UserPlan<Limits> | undefined): void; fail(error: Error): void }[] = [];
  const errors: Error[] = [];
  const lookup = vi.fn(
    (userId: string) =>
      new Promise<UserPlan<Limits> | undefined>((answer, fail) => pending.push({ userId, answer, fail })),
  );
  const plans = planResolver<"free" | "pro" | "enterprise", Limits>({
    book,
    default: "free",
    lookup,
    onError: (error) => void errors.push(error as Error),
    clock: { now: () => Date.now() },
    ...options,
  });
  /** The oldest lookup under way. */
  const next = () => {
    const first = pending.shift();
    if (first === undefined) throw new Error("no lookup is under way");
    return first;
  };
  const api = plans.limit("api");
  const settled = () => vi.advanceTimersByTimeAsync(0);
  /** Makes a user known. */
  const seen = async (userId: string, user: UserPlan<Limits> | undefined) => {
    const limit = api(userId);
    next().answer(user);
    return limit;
  };
  return { plans, api, lookup, pending, next, errors, settled, seen };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const codes = (errors: readonly Error[]) => errors.map((error) => (error as Error & { code: string }).code);

describe("a user not seen before", () => {
  it("is looked up once, however many ask", async () => {
    const { api, lookup, next } = setUp();
    const answers = Array.from({ length: 100 }, () => api("1"));
    expect(lookup).toHaveBeenCalledTimes(1);
    next().answer({ plan: "pro" });
    expect(new Set(await Promise.all(answers))).toEqual(new Set([book.pro.api]));
    expect(api("1")).toBe(book.pro.api);
    expect(lookup).toHaveBeenCalledTimes(1);
  });

  it("has the default plan when the database does not know them", async () => {
    const { seen, errors } = setUp();
    expect(await seen("1", undefined)).toBe(book.free.api);
    expect(await seen("2", null as unknown as undefined)).toBe(book.free.api);
    expect(errors).toEqual([]);
  });

  it("has the default plan when the lookup fails, which is told once, and once more when it works again", async () => {
    const { api, next, errors, lookup, plans } = setUp();
    for (const userId of ["1", "2"]) {
      const limit = api(userId);
      next().fail(new Error("the disk is full"));
      expect(await limit).toBe(book.free.api);
    }
    expect(codes(errors)).toEqual(["SLUICE_PLAN_LOOKUP_FAILED"]);
    expect(errors[0]?.message).toContain("the disk is full");
    expect(errors[0]?.cause).toEqual(new Error("the disk is full"));
    // A database in trouble is left alone for as long as an answer would have been fresh.
    await pass(1_999);
    expect(api("1")).toBe(book.free.api);
    expect(lookup).toHaveBeenCalledTimes(2);
    await pass(1);
    expect(api("1")).toBe(book.free.api);
    next().answer({ plan: "pro" });
    await pass(0);
    expect(api("1")).toBe(book.pro.api);
    expect(codes(errors)).toEqual(["SLUICE_PLAN_LOOKUP_FAILED", "SLUICE_PLAN_LOOKUP_RECOVERED"]);
    expect(plans.resolve("1")).toEqual({ plan: "pro" });
  });

  it("that can never be looked up says nothing of the others", async () => {
    const lookup = (userId: string) => {
      if (userId === "1") throw new Error("a broken row");
      return { plan: "pro" };
    };
    const { api, errors } = setUp({ lookup });
    for (let round = 0; round < 5; round++) {
      for (const userId of ["1", "2"]) await api(userId);
      await pass(2_000);
    }
    expect(codes(errors)).toEqual(["SLUICE_PLAN_LOOKUP_FAILED"]);
  });

  it("may be looked up at once, and a lookup that throws is one that failed", async () => {
    expect(await setUp({ lookup: () => ({ plan: "pro" }) }).api("1")).toBe(book.pro.api);
    const { api, errors } = setUp({
      lookup: () => {
        throw new Error("no");
      },
    });
    expect(await api("1")).toBe(book.free.api);
    expect(errors).toHaveLength(1);
  });
});

describe("a user seen before", () => {
  it("is never waited for: the last answer serves while one lookup is under way", async () => {
    const { api, lookup, next, seen, settled } = setUp();
    await seen("1", { plan: "free" });
    await pass(1_999);
    expect(api("1")).toBe(book.free.api);
    expect(lookup).toHaveBeenCalledTimes(1);
    await pass(1);
    for (let i = 0; i < 100; i++) expect(api("1")).toBe(book.free.api);
    expect(lookup).toHaveBeenCalledTimes(2);
    next().answer({ plan: "pro" });
    await settled();
    expect(api("1")).toBe(book.pro.api);
  });

  it("keeps the last known plan when lookups fail", async () => {
    const { api, next, seen, settled, errors } = setUp();
    await seen("1", { plan: "enterprise" });
    for (let i = 0; i < 3; i++) {
      await pass(2_000);
      expect(api("1")).toBe(book.enterprise.api);
      next().fail(new Error("down"));
      await settled();
    }
    expect(api("1")).toBe(book.enterprise.api);
    expect(errors).toHaveLength(1);
  });

  it("is looked up again when a clock that had jumped ahead returns", async () => {
    let now = 1_000_000;
    const { api, lookup, seen } = setUp({ clock: { now: () => now } });
    now += 86_400_000;
    await seen("1", { plan: "free" });
    now -= 86_400_000;
    expect(api("1")).toBe(book.free.api);
    expect(lookup).toHaveBeenCalledTimes(2);
  });

  it("keeps work alive that outlasts the request", async () => {
    const { api, next, seen } = setUp();
    await seen("1", { plan: "free" });
    await pass(2_000);
    const waitUntil = vi.fn();
    expect(api("1", { waitUntil })).toBe(book.free.api);
    expect(waitUntil).toHaveBeenCalledTimes(1);
    next().answer({ plan: "pro" });
    await waitUntil.mock.calls[0]?.[0];
    expect(api("1")).toBe(book.pro.api);
  });
});

describe("a lookup that hangs", () => {
  it("lets whoever waits go with the default plan, and is remembered when it comes after all", async () => {
    const { api, next, errors, lookup } = setUp({ timeoutMs: 500 });
    const waiting = api("1");
    await pass(499);
    const joined = api("1");
    await pass(1);
    expect([await waiting, await joined]).toEqual([book.free.api, book.free.api]);
    expect(codes(errors)).toEqual(["SLUICE_PLAN_LOOKUP_FAILED"]);
    expect(errors[0]?.message).toContain("500 ms");
    expect(api("1"), "nobody waits again").toBe(book.free.api);
    expect(lookup).toHaveBeenCalledTimes(1);
    next().answer({ plan: "pro" });
    await pass(0);
    expect(api("1")).toBe(book.pro.api);
  });

  it("is given up when a newer one is asked for, and its late answer counts for nothing", async () => {
    const { api, next, lookup } = setUp({ timeoutMs: 500 });
    void api("1");
    await pass(2_500);
    expect(api("1")).toBe(book.free.api);
    expect(lookup).toHaveBeenCalledTimes(2);
    const [hung, fresh] = [next(), next()];
    fresh.answer({ plan: "pro" });
    await pass(0);
    hung.answer({ plan: "enterprise" });
    await pass(0);
    expect(api("1")).toBe(book.pro.api);
  });

  it("longer than anybody waits is remembered all the same, however often it is asked for anew", async () => {
    const lookup = () => new Promise<UserPlan<Limits>>((answer) => setTimeout(answer, 70, { plan: "pro" }));
    const { api } = setUp({ lookup, timeoutMs: 20, ttlMs: 20 });
    for (let asked = 0; asked < 10; asked++) {
      void api("1");
      await pass(10);
    }
    expect(api("1")).toBe(book.pro.api);
  });

  it("through an edit is not remembered", async () => {
    const { plans, api, next } = setUp({ timeoutMs: 500 });
    void api("1");
    await pass(2_500);
    void api("1");
    plans.invalidate("1");
    void api("1");
    next().answer({ plan: "enterprise" });
    next().answer({ plan: "enterprise" });
    await pass(0);
    next().answer({ plan: "pro" });
    await pass(0);
    expect(api("1")).toBe(book.pro.api);
  });

  it("and is asked for anew does not push out another user's, with room for both", async () => {
    const { api, next } = setUp({ timeoutMs: 500, maxUsers: 2 });
    void api("1");
    void api("2");
    await pass(2_500);
    void api("2");
    next().answer({ plan: "pro" });
    await pass(0);
    expect(api("1")).toBe(book.pro.api);
  });

  it("of one user holds nobody else up", async () => {
    const { api, next, seen } = setUp();
    void api("1");
    next();
    expect(await seen("2", { plan: "pro" })).toBe(book.pro.api);
  });

  it("whose timers died with their request is not joined for ever", () => {
    let now = 0;
    const { api, lookup } = setUp({ clock: { now: () => now }, timeoutMs: 500 });
    void api("1");
    now = 499;
    void api("1");
    expect(lookup).toHaveBeenCalledTimes(1);
    now = 500;
    void api("1");
    expect(lookup).toHaveBeenCalledTimes(2);
  });

  it("leaves no timer behind when it ends", async () => {
    const { seen } = setUp({ timeoutMs: Number.MAX_SAFE_INTEGER });
    expect(await seen("1", { plan: "pro" })).toBe(book.pro.api);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a plan that is not in the book", () => {
  it.each(["gold", "__proto__", "constructor", "toString", undefined])(
    "%s serves as the default plan, told once",
    async (plan) => {
      const { seen, errors } = setUp();
      expect(await seen("1", { plan: plan as string })).toBe(book.free.api);
      expect(await seen("2", { plan: plan as string })).toBe(book.free.api);
      expect(codes(errors)).toEqual(["SLUICE_PLAN_UNKNOWN"]);
      expect(errors[0]?.message).toContain(String(plan));
    },
  );

  it("is not told of without end", async () => {
    const { seen, errors } = setUp();
    for (let i = 0; i < 300; i++) await seen(`${i}`, { plan: `plan ${i}` });
    expect(errors).toHaveLength(100);
  });
});

const own = perMinute(1_000);

describe("an override", () => {
  it("comes before the plan, for its own limit only", async () => {
    const { plans, seen, api } = setUp();
    await seen("1", { plan: "free", overrides: { api: { limit: own, note: "migration" } } });
    expect(api("1")).toBe(own);
    expect(plans.limit("publicFeed")("1")).toBe(book.free.publicFeed);
  });

  it("holds for a plan that is not in the book, too", async () => {
    expect(await setUp().seen("1", { plan: "gold", overrides: { api: { limit: "unlimited" } } })).toBe("unlimited");
  });

  it("ends at its expiry, to the millisecond, without another lookup", async () => {
    const { seen, api } = setUp({ ttlMs: 60_000 });
    const expiresAtMs = Date.now() + 1_000;
    expect(await seen("1", { plan: "pro", overrides: { api: { limit: own, expiresAtMs } } })).toBe(own);
    await pass(999);
    expect(api("1")).toBe(own);
    await pass(1);
    expect(api("1")).toBe(book.pro.api);
  });

  it("named * comes before all others until it ends, and then they are back, without another lookup", async () => {
    const { plans, seen, api, lookup } = setUp({ ttlMs: 60_000 });
    const feed = plans.limit("publicFeed");
    const block = { limit: perMinute(0), expiresAtMs: Date.now() + 1_000 };
    expect(await seen("1", { plan: "pro", overrides: { "*": block, api: { limit: own } } })).toBe(blocked);
    await pass(999);
    expect([api("1"), feed("1")]).toEqual([blocked, blocked]);
    await pass(1);
    expect([api("1"), feed("1")]).toEqual([own, book.pro.publicFeed]);
    expect(lookup).toHaveBeenCalledTimes(1);
  });

  it("named * is what it says where it is no 0", async () => {
    const { seen } = setUp();
    expect(await seen("1", { plan: "pro", overrides: { "*": { limit: own }, api: { limit: perMinute(0) } } })).toBe(
      own,
    );
    expect(await seen("2", { plan: "pro", overrides: { "*": { limit: "unlimited" } } })).toBe("unlimited");
  });

  it("from a database full of nulls is read as meant", async () => {
    const { seen } = setUp();
    const dated = { limit: own, note: null, expiresAtMs: null } as never;
    expect(await seen("1", { plan: "pro", overrides: { api: dated } })).toBe(own);
    expect(await seen("2", { plan: "pro", overrides: { api: null as never } })).toBe(book.pro.api);
    expect(await seen("3", { plan: "pro", overrides: null as never })).toBe(book.pro.api);
  });

  const bad: [string, unknown][] = [
    ["a number", { limit: 5 }],
    ["nothing", {}],
    ["half a unit", { limit: { ...own, limit: 0.5 } }],
    ["text", "unlimited"],
    ["an expiry that is no instant", { limit: own, expiresAtMs: Number.NaN }],
    ["an expiry as text", { limit: own, expiresAtMs: "2099-01-01T00:00:00Z" }],
  ];
  it.each(bad)("of %s is left out and told of once; the plan holds", async (_, override) => {
    const { seen, api, next, errors } = setUp();
    const user = { plan: "pro", overrides: { api: override as never, publicFeed: { limit: own } } };
    expect(await seen("1", user)).toBe(book.pro.api);
    await pass(2_000);
    void api("1");
    next().answer(user);
    await pass(0);
    expect(codes(errors)).toEqual(["SLUICE_PLAN_OVERRIDE"]);
    expect(errors[0]?.message).toContain('"api" of user "1"');
  });
});

describe("after an edit", () => {
  it("of one user, the next decision waits for the new answer", async () => {
    const { plans, api, next, seen, lookup } = setUp();
    await seen("1", { plan: "free" });
    await seen("2", { plan: "free" });
    plans.invalidate("1");
    const limit = api("1");
    expect(limit).toBeInstanceOf(Promise);
    expect(api("2")).toBe(book.free.api);
    next().answer({ plan: "pro" });
    expect(await limit).toBe(book.pro.api);
    expect(lookup).toHaveBeenCalledTimes(3);
  });

  it("of everyone, all are looked up anew", async () => {
    const { plans, api, seen, next } = setUp();
    await seen("1", { plan: "free" });
    await seen("2", { plan: "free" });
    plans.invalidate();
    const limits = [api("1"), api("2")];
    next().answer({ plan: "pro" });
    next().answer({ plan: "enterprise" });
    expect(await Promise.all(limits)).toEqual([book.pro.api, book.enterprise.api]);
  });

  it.each(["1", undefined])(
    "(%s) a lookup that read before and finishes after it is not remembered",
    async (edited) => {
      const { plans, api, next } = setUp();
      const before = api("1");
      const old = next();
      plans.invalidate(edited);
      const after = api("1");
      next().answer({ plan: "pro" });
      old.answer({ plan: "free" });
      expect(await after).toBe(book.pro.api);
      expect(await before, "it asked before the edit").toBe(book.free.api);
      expect(api("1")).toBe(book.pro.api);
    },
  );

  it.each(["1", undefined])("(%s) not even when nobody has asked since", async (edited) => {
    const { plans, api, next, seen, settled } = setUp();
    await seen("1", { plan: "free" });
    await pass(2_000);
    expect(api("1")).toBe(book.free.api);
    plans.invalidate(edited);
    next().answer({ plan: "free" });
    await settled();
    const limit = api("1");
    expect(limit).toBeInstanceOf(Promise);
    next().answer({ plan: "pro" });
    expect(await limit).toBe(book.pro.api);
  });

  it("what was last known holds when the new lookup fails", async () => {
    const { plans, api, next, seen } = setUp();
    await seen("1", { plan: "enterprise" });
    plans.invalidate("1");
    const limit = api("1");
    next().fail(new Error("down"));
    expect(await limit).toBe(book.enterprise.api);
  });
});

describe("what is known", () => {
  it("is told at once, asks nobody, and stays through an edit until it is looked up anew", async () => {
    const { plans, seen, lookup, api, next, settled } = setUp();
    expect(plans.known("1")).toBeUndefined();
    expect(lookup).not.toHaveBeenCalled();
    await seen("1", { plan: "pro" });
    await pass(3_600_000);
    plans.invalidate();
    expect(plans.known("1")).toEqual({ plan: "pro" });
    expect(lookup).toHaveBeenCalledTimes(1);
    void api("1");
    next().answer({ plan: "free" });
    await settled();
    expect(plans.known("1")).toEqual({ plan: "free" });
  });

  it("of the book is read at each use: an edit of a plan holds at once, and a plan may come and go", async () => {
    const live: Record<string, (typeof book)["free"]> = { free: book.free, pro: book.pro };
    const lookup = () => ({ plan: "gold" });
    const plans = planResolver<string, Limits>({ book: live, default: "free", lookup, onError: () => {} });
    const api = plans.limit("api");
    expect(await api("1")).toBe(book.free.api);
    live["gold"] = book.enterprise;
    expect(api("1")).toBe(book.enterprise.api);
    delete live["gold"];
    live["free"] = { ...book.free, api: own };
    expect(api("1")).toBe(own);
  });
});

describe("memory", () => {
  it("holds so many users, the longest unseen go first", async () => {
    const { api, lookup, seen } = setUp({ maxUsers: 2 });
    await seen("1", { plan: "pro" });
    await seen("2", { plan: "pro" });
    await seen("3", { plan: "pro" });
    expect(api("3")).toBe(book.pro.api);
    expect(api("2")).toBe(book.pro.api);
    expect(lookup).toHaveBeenCalledTimes(3);
    expect(api("1")).toBeInstanceOf(Promise);
  });

  it.each(["__proto__", "constructor", "", "\u0000", "\ud800", "x".repeat(70_000)])(
    "any string is a user: %j",
    async (userId) => {
      const { seen, api, lookup } = setUp();
      expect(await seen(userId, { plan: "pro" })).toBe(book.pro.api);
      expect(api(userId)).toBe(book.pro.api);
      expect(lookup).toHaveBeenCalledExactlyOnceWith(userId);
    },
  );
});

describe("whoever listens", () => {
  it("fails no request by throwing or rejecting", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    for (const onError of [() => Promise.reject(new Error("deaf")), () => JSON.parse("{")]) {
      const { seen, api, next } = setUp({ onError });
      expect(await seen("1", { plan: "gold" })).toBe(book.free.api);
      const limit = api("2");
      next().fail(new Error("down"));
      expect(await limit).toBe(book.free.api);
    }
    await pass(0);
    expect(warn).toHaveBeenCalledTimes(8);
    warn.mockRestore();
  });

  it("is the console where nobody does", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { onError: _, ...options } = { onError: 0, book, default: "free" as const, lookup: () => ({ plan: "gold" }) };
    await planResolver(options).limit("api")("1");
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("SLUICE_PLAN_UNKNOWN"));
    warn.mockRestore();
  });
});

describe("mistakes are named where they are made", () => {
  const given = { book, default: "free", lookup: (): undefined => undefined } as const;
  const wrong: [string, unknown, string][] = [
    ["nothing", undefined, "SLUICE_OPTION_MISSING"],
    ["no book", { ...given, book: undefined }, "SLUICE_OPTION_MISSING"],
    ["no lookup", { ...given, lookup: undefined }, "SLUICE_OPTION_MISSING"],
    ["no default", { ...given, default: undefined }, "SLUICE_PLAN_UNKNOWN"],
    ["another default", { ...given, default: "gold" }, "SLUICE_PLAN_UNKNOWN"],
    ["a default that every object has", { ...given, default: "toString" }, "SLUICE_PLAN_UNKNOWN"],
    ["no time", { ...given, ttlMs: 0 }, "SLUICE_OPTION_TYPE"],
    ["half a user", { ...given, maxUsers: 0.5 }, "SLUICE_OPTION_TYPE"],
    ["time as text", { ...given, timeoutMs: "1s" }, "SLUICE_OPTION_TYPE"],
    ["onError as text", { ...given, onError: "throw" }, "SLUICE_OPTION_TYPE"],
    ["a typing error", { ...given, ttl: 5 }, "SLUICE_OPTION_UNKNOWN"],
  ];
  it.each(wrong)("%s", (_, options, code) => expect(() => planResolver(options as Options)).toThrow(code));

  it("does nothing before it is asked", () => {
    const clock = { now: vi.fn(() => 0) };
    const lookup = vi.fn((): undefined => undefined);
    const limit: (userId: string) => Limit | Promise<Limit> = planResolver({ ...given, lookup, clock }).limit("api");
    expect(limit).toBeTypeOf("function");
    expect([clock.now, lookup].flatMap(({ mock }) => mock.calls)).toEqual([]);
  });
});
