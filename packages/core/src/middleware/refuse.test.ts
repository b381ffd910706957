/** Refusals as clients meet them: status, wait, numbers and body, and those that a shadow only counts. */

import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { appWith, type LimiterRules, limiterOf, quiet, stopped } from "../../test/mounted.ts";
import { memory } from "../backends/memory.ts";
import { per, perDay, perMinute, perSecond } from "../engine/rate.ts";
import { header } from "../http/client-ip.ts";
import { byIp } from "../limiters/by-ip.ts";
import { rateLimit } from "./rate-limit.ts";

describe("a request that is refused", () => {
  const refusing = (rules: LimiterRules = {}, stop = stopped()) => {
    const limiters = [limiterOf("a", { limit: perSecond(1), ...rules })];
    const { backend, clock } = stop;
    return { app: appWith(rateLimit({ ...quiet, backend, limiters })), clock };
  };

  it("gets 429 with the wait, the numbers, and problem details", async () => {
    const { app } = refusing({ limit: perMinute(1) });
    await app.request("/");
    const response = await app.request("/");
    expect(response.status).toBe(429);
    expect(Object.fromEntries(response.headers)).toEqual({
      "cache-control": "no-store",
      "content-type": "application/problem+json",
      ratelimit: '"a";r=0;t=60',
      "ratelimit-policy": '"a";q=1;w=60',
      "retry-after": "60",
      "x-content-type-options": "nosniff",
    });
    expect(await response.json()).toEqual({
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      title: "Too many requests",
      status: 429,
      detail: "Too many requests (a). Try again in 60 seconds.",
      "violated-policies": ["a"],
    });
  });

  it.each([
    perMinute(7),
    per("10s", 3, { algorithm: "sliding-log" }),
    per("9s", 4, { algorithm: "fixed-window" }),
    perDay(2, { timeZone: "UTC" }),
  ])("passes after the wait it was told, and not a second earlier: $algorithm", async (limit) => {
    const { app, clock } = refusing({ limit });
    let response = await app.request("/");
    while (response.status === 200) response = await app.request("/");
    const wait = Number(response.headers.get("Retry-After"));
    clock.advance((wait - 1) * 1_000);
    expect((await app.request("/")).status).toBe(429);
    clock.advance(1_000);
    expect((await app.request("/")).status).toBe(200);
  });

  it("passes after exactly the milliseconds it logged, and not one earlier", async () => {
    const { backend, clock } = stopped();
    const log = vi.fn();
    const app = appWith(rateLimit({ backend, log, limiters: [limiterOf("a", { limit: perMinute(7) })] }));
    for (let i = 0; i < 8; i++) await app.request("/");
    const [{ retryAfterMs }] = log.mock.lastCall as [{ retryAfterMs: number }];
    clock.advance(retryAfterMs - 1);
    expect((await app.request("/")).status).toBe(429);
    clock.advance(1);
    expect((await app.request("/")).status).toBe(200);
  });

  it("never reaches the handler", async () => {
    const { backend } = stopped();
    const handler = vi.fn(() => new Response());
    const app = new Hono().use(rateLimit({ ...quiet, backend, limiters: [limiterOf("a", { limit: perMinute(1) })] }));
    app.get("/", handler);
    for (let i = 0; i < 5; i++) await app.request("/");
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it("gets 403 for a limit of 0, without any wait or number", async () => {
    const response = await refusing({ limit: () => perMinute(0) }).app.request("/");
    expect(response.status).toBe(403);
    expect(response.headers.get("Retry-After")).toBeNull();
    expect(response.headers.get("RateLimit")).toBeNull();
    expect(await response.json()).toMatchObject({ status: 403, title: "Not included in your plan" });
  });

  it("without asking the backend charges nobody else, and no hook hears of a decision", async () => {
    const { backend, consume } = stopped();
    const [onDecision, onDenied] = [vi.fn(), vi.fn()];
    const limiters = [limiterOf("a"), limiterOf("never", { limit: () => perMinute(0) }), limiterOf("b")];
    const app = appWith(rateLimit({ ...quiet, backend, limiters, onDecision, onDenied }));
    const response = await app.request("/");
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ "violated-policies": ["never"] });
    expect([consume.mock.calls, onDecision.mock.calls]).toEqual([[], []]);
    const refused = [
      { limiter: "never", policy: { name: "never", ...perMinute(0) }, key: expect.any(String) as string },
    ];
    expect(onDenied).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ reason: "limit-zero", refused, decisions: [] }),
    );
  });

  it("without asking the backend still carries what an earlier mount has to announce", async () => {
    const { backend } = stopped();
    const of = (...limiters: ReturnType<typeof limiterOf>[]) => rateLimit({ ...quiet, backend, limiters });
    const app = appWith(of(limiterOf("a")), of(limiterOf("never", { limit: () => perMinute(0) })));
    const response = await app.request("/");
    expect([response.status, response.headers.get("RateLimit")]).toEqual([403, '"a";r=59;t=59']);
  });

  it("gets 413 for a cost that can never fit", async () => {
    const response = await refusing({ cost: () => 100 }).app.request("/");
    expect(response.status).toBe(413);
    expect(response.headers.get("Retry-After")).toBeNull();
  });

  it("is told so in text, where the limiter says so and the client does not ask for JSON", async () => {
    const { app } = refusing({ body: "text" });
    await app.request("/");
    for (const [accept, type] of [
      [undefined, "text/plain; charset=utf-8"],
      ["application/rss+xml, */*", "text/plain; charset=utf-8"],
      ["application/feed+json", "text/plain; charset=utf-8"],
      ["application/json", "application/problem+json"],
      ["text/html, application/problem+json;q=0.9", "application/problem+json"],
    ] as const) {
      const response = await app.request("/", accept === undefined ? {} : { headers: { accept } });
      expect([accept, response.headers.get("Content-Type")]).toEqual([accept, type]);
    }
  });

  it("waits for the longest of several denials, and names them all", async () => {
    const { backend } = stopped();
    const limiters = [limiterOf("s", { limit: perSecond(1) }), limiterOf("m", { limit: perMinute(1) }), limiterOf("w")];
    const app = appWith(rateLimit({ ...quiet, backend, limiters }));
    await app.request("/");
    const response = await app.request("/");
    expect(response.headers.get("Retry-After")).toBe("60");
    expect(await response.json()).toMatchObject({ "violated-policies": ["s", "m"] });
    expect(response.headers.get("RateLimit")).toBe('"s";r=0;t=1, "m";r=0;t=60, "w";r=59;t=59');
  });

  it("costs nothing at all, and an earlier mount is given nothing back", async () => {
    const { backend } = stopped();
    const [outer, inner] = [limiterOf("outer"), limiterOf("inner", { limit: perMinute(1) })];
    const beside = limiterOf("beside");
    const app = appWith(
      rateLimit({ ...quiet, backend, limiters: [outer] }),
      rateLimit({ ...quiet, backend, limiters: [inner, beside] }),
    );
    await app.request("/");
    const response = await app.request("/");
    expect(response.status).toBe(429);
    expect(response.headers.get("RateLimit")).toBe('"outer";r=58;t=58, "inner";r=0;t=60, "beside";r=59;t=59');
  });

  it("cannot be made cacheable, or be given another wait, by what outer middleware has set before", async () => {
    const { backend } = stopped();
    const app = new Hono();
    app.use(async (c, next) => {
      c.res.headers.set("Cache-Control", "public, max-age=60");
      c.header("X-Outer", "kept");
      c.res.headers.append("Set-Cookie", "a=1");
      c.res.headers.append("Set-Cookie", "b=2");
      await next();
    });
    app.use(rateLimit({ ...quiet, backend, limiters: [limiterOf("a", { limit: perMinute(1) })] }));
    app.get("/", (c) => c.text("hello"));
    await app.request("/");
    const { headers, status } = await app.request("/");
    expect(status).toBe(429);
    expect([headers.get("Cache-Control"), headers.get("X-Outer")]).toEqual(["no-store", "kept"]);
    expect(headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(headers.get("Content-Type")).toBe("application/problem+json");
  });
});

describe("a client without an address", () => {
  it("is refused with 403, and operators hear of it once, with the source's reason", async () => {
    const [onError, onDenied] = [vi.fn(), vi.fn()];
    const { backend, consume } = stopped();
    const limiters = [byIp({ source: header("x-ip"), limit: perMinute(1) })];
    const app = appWith(rateLimit({ backend, limiters, onError, onDenied, log: false }));
    for (let i = 0; i < 10; i++) {
      const response = await app.request("/");
      expect([response.status, response.headers.get("Retry-After")]).toEqual([403, null]);
    }
    expect(consume).not.toHaveBeenCalled();
    expect(onDenied.mock.lastCall?.[0].refused).toEqual([{ limiter: "ip", policy: { name: "ip", ...perMinute(1) } }]);
    expect(onError).toHaveBeenCalledTimes(1);
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: "SLUICE_CLIENT_ADDRESS" });
    expect(String(onError.mock.calls[0]?.[0])).toMatch(/limiter "ip" met a request without a client address.*x-ip/i);
  });

  it("passes a shadow, of which operators hear as well", async () => {
    const onError = vi.fn();
    const limiters = [byIp({ source: header("x-ip"), limit: perMinute(1), shadow: true })];
    const app = appWith(rateLimit({ backend: memory(), limiters, onError, log: false }));
    expect((await app.request("/")).status).toBe(200);
    expect(onError).toHaveBeenCalledTimes(1);
  });
});

describe("a shadow", () => {
  it("counts, reports and shows, but refuses nobody", async () => {
    const { backend } = stopped();
    const onDecision = vi.fn();
    const log = vi.fn();
    const limiters = [limiterOf("new", { limit: perMinute(1), shadow: true }), limiterOf("old")];
    const app = appWith(rateLimit({ backend, limiters, onDecision, log }));
    await app.request("/");
    const response = await app.request("/");
    expect([response.status, response.headers.get("RateLimit")]).toEqual([200, '"new";r=0;t=60, "old";r=58;t=58']);
    expect(onDecision.mock.lastCall?.[0]).toMatchObject({
      allowed: true,
      decisions: [{ allowed: false }, { allowed: true }],
    });
    expect(log).not.toHaveBeenCalled();
  });

  it("is not named where another limiter refuses, and lengthens no wait", async () => {
    const { backend } = stopped();
    const limiters = [
      limiterOf("new", { limit: perDay(1), shadow: true, show: "denied" }),
      limiterOf("old", { limit: perMinute(1) }),
    ];
    const app = appWith(rateLimit({ ...quiet, backend, limiters }));
    await app.request("/");
    const response = await app.request("/");
    expect([response.status, response.headers.get("Retry-After")]).toEqual([429, "60"]);
    expect(response.headers.get("RateLimit")).toBe('"old";r=0;t=60');
    expect(await response.json()).toMatchObject({ "violated-policies": ["old"] });
  });

  it.each([
    ["a limit of 0", { limit: () => perMinute(0) }],
    ["a cost that can never fit", { cost: () => 100 }],
    ["a key that throws", { key: () => JSON.parse("{") }],
    ["a cost that makes no sense", { cost: () => Number.NaN }],
    ["a limit that rejects", { limit: () => Promise.reject(new Error("no")) }],
  ] as [string, LimiterRules][])("lets pass for all %s", async (_, rules) => {
    const { backend } = stopped();
    const limiters = [limiterOf("new", { ...rules, shadow: true }), limiterOf("old")];
    const response = await appWith(rateLimit({ backend, limiters, log: false, onError: () => undefined })).request("/");
    expect([response.status, response.headers.get("RateLimit")]).toEqual([200, '"old";r=59;t=59']);
  });
});
