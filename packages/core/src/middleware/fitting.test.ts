/** Limiters on backends that can less than they ask: what is a mistake, what is made to fit, and who hears of it. */

import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { appWith, type LimiterRules, limiterOf, quiet, stopped } from "../../test/mounted.ts";
import { memory } from "../backends/memory.ts";
import { noop } from "../backends/noop.ts";
import type { Backend, Features } from "../engine/backend.ts";
import type { Charge } from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import type { Policy, Rate } from "../engine/policy.ts";
import { perMinute } from "../engine/rate.ts";
import { byFeedOwner } from "../limiters/by-feed-owner.ts";
import type { Limiter } from "../limiters/limiter.ts";
import { exceptFailures } from "../limiters/settling.ts";
import { faulty } from "../testing/faults.ts";
import { rateLimit } from "./rate-limit.ts";

/** Memory that claims less, and writes down what it is asked. */
function less(claims: Partial<Features>, supports: Backend["supports"] = () => undefined) {
  const { settle, reset: _, ...inner } = memory({ clock: stopped().clock });
  const features = { ...inner.features, reset: false, ...claims };
  const asked: Charge[] = [];
  const backend: Backend = {
    ...inner,
    name: "coarse",
    features,
    supports: vi.fn(supports),
    consume(charges) {
      asked.push(...charges);
      return inner.consume(charges);
    },
    ...(features.settle && { settle }),
  };
  return { backend, asked, costs: () => asked.map(({ cost }) => cost) };
}

/** What Cloudflare's ratelimit binding claims. */
const yesOrNo: Partial<Features> = { scope: "location", exact: false, cost: false, settle: false, delay: false };

const feed = (details: Partial<Parameters<typeof byFeedOwner>[0]> = {}): Limiter =>
  byFeedOwner({ owner: () => "1", limit: perMinute(10), ...details });

/** An app behind these limiters that answers 304 to whoever has a tag, and what operators hear. */
function setUp(backend: Backend, ...limiters: readonly Limiter[]) {
  const onError = vi.fn();
  const app = new Hono().use(rateLimit({ backend, limiters, onError, log: false }));
  app.get("/", (c) => c.body(null, c.req.header("if-none-match") ? 304 : 200));
  app.onError((error, c) => c.text(error.message, 500));
  const read = async (headers: Record<string, string> = {}) => (await app.request("/", { headers })).status;
  return { app, read, told: () => onError.mock.calls.map(([error]) => String(error)) };
}

const tagged = { "if-none-match": '"tag"' };

describe("settle on a backend that cannot", () => {
  it("is a mistake where it was asked for, named when the mount is made", () => {
    for (const limiters of [
      [limiterOf("a", { settle: exceptFailures })],
      [limiterOf("a"), limiterOf("b", { settle: exceptFailures, shadow: true })],
      [feed({ settle: exceptFailures })],
    ]) {
      const mount = () => rateLimit({ backend: less(yesOrNo).backend, limiters });
      expect(mount).toThrow(ConfigError);
      expect(mount).toThrow("SLUICE_BACKEND_UNSUPPORTED: backend coarse cannot serve limiter");
      expect(mount).toThrow("it cannot settle");
    }
  });

  it("is none on a backend that counts nothing, nor where only a fallback cannot", () => {
    const limiter = (onFailure: LimiterRules["onFailure"]) =>
      limiterOf("a", { settle: exceptFailures, ...(onFailure && { onFailure }) });
    expect(() => rateLimit({ backend: noop(), limiters: [limiter(undefined)] })).not.toThrow();
    expect(() => rateLimit({ backend: memory(), limiters: [limiter(less(yesOrNo).backend)] })).not.toThrow();
    expect(() => rateLimit({ limiters: [limiter("closed")] })).not.toThrow();
  });
});

describe("byFeedOwner", () => {
  it.each<[string, Partial<Features>, string]>([
    ["knows yes and no", yesOrNo, "counts no fractions"],
    ["settles, but counts whole requests", { cost: false }, "counts no fractions"],
    ["counts fractions, but cannot settle", { settle: false }, "cannot settle"],
  ])("on a backend that %s charges every read 1, and says so once", async (_, claims, why) => {
    const { backend, costs } = less(claims);
    const { read, told } = setUp(backend, feed());
    expect([await read(), await read(tagged), await read(tagged)]).toEqual([200, 304, 304]);
    expect(costs()).toEqual([1, 1, 1]);
    expect(told()).toEqual([expect.stringContaining("SLUICE_BACKEND_COARSE")]);
    expect(told()[0]).toContain(`backend coarse ${why}; limiter public-feed charges whole units`);
  });

  it("says nothing before a conditional read comes", async () => {
    const { read, told } = setUp(less(yesOrNo).backend, feed());
    await read();
    expect(told()).toEqual([]);
  });

  it("on a backend that counts nothing asks as ever, and nobody hears of it", async () => {
    const counted = noop();
    const consume = vi.fn(counted.consume);
    const { read, told } = setUp({ ...counted, consume }, feed());
    expect([await read(), await read(tagged)]).toEqual([200, 304]);
    expect(consume.mock.calls.flat(2).map(({ cost }) => cost)).toEqual([1, 0.1]);
    expect(told()).toEqual([]);
  });

  it("with a cost of its own has nothing to say", async () => {
    const { backend, costs } = less(yesOrNo);
    const { read, told } = setUp(backend, feed({ cost: 2 }));
    await read(tagged);
    expect([costs(), told()]).toEqual([[2], []]);
  });

  it("in an outage is settled by the fallback, which can", async () => {
    const broken = faulty(less(yesOrNo).backend);
    broken.faults.down();
    const { backend: standIn, settle } = stopped();
    const { read } = setUp(broken, feed({ onFailure: standIn }));
    for (let i = 0; i < 20; i++) expect(await read(tagged)).toBe(304);
    await vi.waitFor(() => expect(settle).toHaveBeenCalledTimes(20));
    expect(settle.mock.calls[0]?.[0]).toMatchObject([{ decision: { charged: 1 }, cost: 0.1 }]);
  });
});

describe("a cost in fractions", () => {
  const costing = (name: string) =>
    limiterOf(name, { cost: ({ request }) => Number(request.headers.get("cost")), limit: perMinute(100) });

  it("is rounded up on a backend that counts whole requests, and told once for each limiter", async () => {
    const { backend, costs } = less(yesOrNo);
    const { read, told } = setUp(backend, costing("a"), costing("b"));
    for (const cost of ["0", "0.01", "1", "1.5", "3", "2.999"]) await read({ cost });
    expect(costs().filter((_, i) => i % 2 === 0)).toEqual([0, 1, 1, 2, 3, 3]);
    expect(told().map((line) => /limiter (\w)/.exec(line)?.[1])).toEqual(["a", "b"]);
  });

  it("never becomes one that can never fit", async () => {
    const { backend, costs } = less(yesOrNo);
    const limiter = limiterOf("a", { cost: () => 1.5, limit: perMinute(2) });
    const { read } = setUp(backend, limiter);
    expect([await read(), costs()]).toEqual([200, [2]]);
  });

  it("is left alone on a backend that counts it, also where that cannot settle", async () => {
    for (const claims of [{}, { settle: false }]) {
      const { backend, costs } = less(claims);
      const { read, told } = setUp(backend, costing("a"));
      await read({ cost: "0.37" });
      expect([costs(), told()]).toEqual([[0.37], []]);
    }
  });

  it("is explained as it would be charged", async () => {
    const limits = rateLimit({ backend: less(yesOrNo).backend, limiters: [feed()], onError: () => {}, log: false });
    const app = new Hono().get("/", async (c) => c.json(await limits.explain(c)));
    expect(await (await app.request("/", { headers: tagged })).json()).toMatchObject([{ applies: true, cost: 1 }]);
  });

  it("makes no second charge of a limiter that is mounted twice", async () => {
    const { backend, costs } = less(yesOrNo);
    const onError = vi.fn();
    const mount = () => rateLimit({ backend, limiters: [feed()], onError, log: false });
    await appWith(mount(), mount()).request("/", { headers: tagged });
    expect(costs()).toEqual([1]);
    const codes = onError.mock.calls.map(([{ code }]) => code);
    expect(codes).toEqual(["SLUICE_BACKEND_COARSE", "SLUICE_BACKEND_COARSE", "SLUICE_LIMITER_MOUNTED_TWICE"]);
  });
});

describe("a policy from data", () => {
  const wide: Rate = perMinute(600);
  const narrow: Rate = perMinute(60);
  const onlyNarrow = ({ limit }: Policy) => (limit > 100 ? "it counts up to 100" : undefined);
  const planned = (rules: LimiterRules = {}) =>
    limiterOf("api", {
      limit: (_, { request }) => (request.headers.get("plan") === "wide" ? { ...wide } : { ...narrow }),
      ...rules,
    });
  const [onWide, onNarrow] = [{ plan: "wide" }, { plan: "narrow" }];

  it("that the backend cannot serve fails its requests, not others, and is named once with its reason", async () => {
    const { backend, asked } = less({}, onlyNarrow);
    const { app, read, told } = setUp(backend, planned());
    expect([await read(onNarrow), await read(onWide), await read(onWide), await read(onNarrow)]).toEqual([
      200, 500, 500, 200,
    ]);
    expect(asked.map(({ policy: { limit } }) => limit)).toEqual([60, 60]);
    const mistake = "SLUICE_BACKEND_UNSUPPORTED: backend coarse cannot serve limiter api: it counts up to 100";
    expect(told()).toEqual([expect.stringContaining(mistake)]);
    expect(told()[0]).toContain('"limit":600');
    expect(await (await app.request("/", { headers: onWide })).text()).toContain(mistake);
  });

  it("is put to the backend once, however many requests bring it", async () => {
    const { backend } = less({}, onlyNarrow);
    const { read } = setUp(backend, planned());
    for (let i = 0; i < 5; i++) for (const plan of [onNarrow, onWide]) await read(plan);
    expect(backend.supports).toHaveBeenCalledTimes(2);
  });

  it("meets no failure rule: a mistake opens no gate", async () => {
    for (const onFailure of ["open", "closed", memory()] as const) {
      const { backend } = less({}, onlyNarrow);
      expect(await setUp(backend, planned({ onFailure })).read(onWide)).toBe(500);
    }
  });

  it("of a shadow is left out and told of, and refuses nobody", async () => {
    const { backend, asked } = less({}, onlyNarrow);
    const { read, told } = setUp(backend, planned({ shadow: true }), limiterOf("b"));
    expect([await read(onWide), await read(onWide)]).toEqual([200, 200]);
    expect(asked.map(({ policy: { name } }) => name)).toEqual(["b", "b"]);
    expect(told()).toHaveLength(1);
  });

  it("that only the fallback cannot serve is told of once, and served as long as the backend does", async () => {
    const other = less({}, onlyNarrow).backend;
    const { backend, asked } = less({});
    const { read, told } = setUp(backend, planned({ onFailure: other }));
    for (let i = 0; i < 3; i++) expect(await read(onWide)).toBe(200);
    expect(asked).toHaveLength(3);
    expect(told()).toEqual([expect.stringContaining("backend coarse cannot serve limiter api")]);
    expect(other.supports).toHaveBeenCalledTimes(1);
  });

  it("that is written down is asked about when the mount is made, and never again", async () => {
    const { backend } = less({}, onlyNarrow);
    expect(() => rateLimit({ backend, limiters: [limiterOf("a", { limit: wide })] })).toThrow("it counts up to 100");
    const { read } = setUp(backend, limiterOf("a", { limit: narrow }));
    const before = vi.mocked(backend.supports).mock.calls.length;
    for (let i = 0; i < 3; i++) await read();
    expect(backend.supports).toHaveBeenCalledTimes(before);
  });

  it("is no concern of the default backend, which serves them all", async () => {
    const app = appWith(rateLimit({ ...quiet, limiters: [planned()] }));
    expect((await app.request("/", { headers: onWide })).status).toBe(200);
  });
});
