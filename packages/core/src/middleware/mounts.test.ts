/** Several mounts on one request, other origins, and a limiter that meets a request twice. */

import { Hono } from "hono";
import { cors } from "hono/cors";
import { describe, expect, it, vi } from "vitest";
import { appWith, type LimiterRules, limiterOf, quiet, stopped } from "../../test/mounted.ts";
import { per, perMinute } from "../engine/rate.ts";
import { header } from "../http/client-ip.ts";
import { byIp } from "../limiters/by-ip.ts";
import type { LimiterOptions } from "../limiters/limiter-options.ts";
import { faulty } from "../testing/faults.ts";
import { rateLimit } from "./rate-limit.ts";

describe("other origins", () => {
  const origin = { headers: { Origin: "https://app.example" } };
  const names = (headers: Headers) => headers.get("Access-Control-Expose-Headers")?.split(/, ?/);
  const limits = (rules: LimiterRules = {}) => {
    const { backend, consume } = stopped();
    return {
      handler: rateLimit({ ...quiet, backend, limiters: [limiterOf("a", { limit: perMinute(1), ...rules })] }),
      consume,
    };
  };

  it("may read the fields, and others are not told of it", async () => {
    const app = appWith(limits().handler);
    expect(names((await app.request("/", origin)).headers)).toEqual(["RateLimit-Policy", "RateLimit"]);
    expect(names((await app.request("/", origin)).headers)).toEqual(["Retry-After", "RateLimit-Policy", "RateLimit"]);
    expect((await app.request("/")).headers.has("Access-Control-Expose-Headers")).toBe(false);
  });

  it("with cors() outside, read a 429, and preflights are free", async () => {
    const { handler, consume } = limits();
    const app = new Hono();
    app.use(cors({ origin: "https://app.example", exposeHeaders: ["etag", "ratelimit"] }), handler);
    app.get("/", (c) => c.text("hello"));
    const preflight = { method: "OPTIONS", headers: { ...origin.headers, "Access-Control-Request-Method": "GET" } };
    for (let i = 0; i < 3; i++) expect((await app.request("/", preflight)).status).toBe(204);
    expect(consume).not.toHaveBeenCalled();
    expect(names((await app.request("/", origin)).headers)).toEqual(["etag", "ratelimit", "RateLimit-Policy"]);
    const { headers, status } = await app.request("/", origin);
    expect([status, headers.get("Access-Control-Allow-Origin")]).toEqual([429, "https://app.example"]);
    expect(names(headers)).toEqual(["etag", "ratelimit", "Retry-After", "RateLimit-Policy"]);
    expect(headers.get("Retry-After")).toBe("60");
  });

  it("with cors() inside, are announced to as well, and preflights are free", async () => {
    const { handler, consume } = limits({ limit: perMinute(60) });
    const app = new Hono();
    app.use(handler, cors({ origin: "*", exposeHeaders: ["ETag"] }));
    app.get("/", (c) => c.text("hello"));
    const preflight = { method: "OPTIONS", headers: { ...origin.headers, "Access-Control-Request-Method": "GET" } };
    expect((await app.request("/", preflight)).status).toBe(204);
    expect(consume).not.toHaveBeenCalled();
    expect(names((await app.request("/", origin)).headers)).toEqual(["ETag", "RateLimit-Policy", "RateLimit"]);
  });

  it("OPTIONS that is no preflight is charged", async () => {
    const { handler, consume } = limits();
    await appWith(handler).request("/", { method: "OPTIONS" });
    expect(consume).toHaveBeenCalledTimes(1);
  });
});

describe("a limiter that meets a request twice", () => {
  it("is charged once, announced once, and named once", async () => {
    const { backend, consume } = stopped();
    const onError = vi.fn();
    const handler = rateLimit({ backend, limiters: [limiterOf("a")], onError, log: false });
    const app = appWith(handler, handler);
    for (let i = 0; i < 3; i++) {
      expect((await app.request("/")).headers.get("RateLimit")).toBe(`"a";r=${59 - i};t=${59 - i}`);
    }
    expect(consume).toHaveBeenCalledTimes(3);
    expect(onError).toHaveBeenCalledTimes(1);
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: "SLUICE_LIMITER_MOUNTED_TWICE", value: "a" });
  });

  it("is charged once also when it was made twice, in mounts of their own", async () => {
    const { backend } = stopped();
    const onError = vi.fn();
    const mount = () =>
      rateLimit({ backend, limiters: [limiterOf("a"), limiterOf(`b${Math.random()}`)], onError, log: false });
    await appWith(mount(), mount()).request("/");
    expect(onError).toHaveBeenCalledTimes(1);
    expect(String(onError.mock.calls[0]?.[0])).toContain('"a"');
    expect((await appWith(mount()).request("/")).headers.get("RateLimit")).toContain('"a";r=58');
  });

  it("with other numbers is another limiter, which counts: a login is not left unguarded", async () => {
    const { backend } = stopped();
    const onError = vi.fn();
    const of = (limit: LimiterOptions<unknown>["limit"]) =>
      rateLimit({ backend, limiters: [byIp({ source: header("x-ip"), limit })], onError, log: false });
    const app = new Hono().use(of(perMinute(1_000)), of(per("15m", 2))).get("/", (c) => c.text("hello"));
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) statuses.push((await app.request("/", { headers: { "x-ip": "203.0.113.9" } })).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect(onError).toHaveBeenCalledTimes(1);
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: "SLUICE_LIMITER_NAME_TWICE", value: "ip" });
  });

  it.each<[string, LimiterRules, LimiterRules]>([
    ["another limit", {}, { limit: perMinute(61) }],
    ["another cost", {}, { cost: 2 }],
    ["another key", {}, { key: () => "l" }],
  ])("with %s counts both times", async (_, first, second) => {
    const { backend, consume } = stopped();
    const onError = vi.fn();
    const of = (rules: LimiterRules) => rateLimit({ backend, limiters: [limiterOf("a", rules)], onError, log: false });
    await appWith(of(first), of(second)).request("/");
    expect(consume).toHaveBeenCalledTimes(2);
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "SLUICE_LIMITER_NAME_TWICE" }));
  });

  it("and was open the first time, because nobody counted, is counted the second time", async () => {
    const { backend: inner, consume } = stopped();
    const backend = faulty(inner);
    const limiter = limiterOf("a", { limit: perMinute(1) });
    const of = () => rateLimit({ backend, limiters: [limiter], onError: () => undefined, log: false });
    backend.faults.down(1);
    expect((await appWith(of(), of()).request("/")).status).toBe(200);
    expect(consume).toHaveBeenCalledTimes(1);
  });

  it("and was only a shadow the first time still refuses", async () => {
    const { backend } = stopped();
    const of = (shadow: boolean) =>
      rateLimit({
        backend,
        limiters: [limiterOf("a", { limit: perMinute(1), shadow })],
        onError: () => undefined,
        log: false,
      });
    const app = appWith(of(true), of(false));
    expect((await app.request("/")).status).toBe(200);
    expect((await app.request("/")).status).toBe(429);
  });

  it("with another backend counts there as well: a cheap first layer does not switch the exact one off", async () => {
    const [first, second] = [stopped(), stopped()];
    const of = ({ backend }: typeof first) =>
      rateLimit({ backend, limiters: [limiterOf("a")], onError: () => undefined, log: false });
    await appWith(of(first), of(second)).request("/");
    expect(first.consume).toHaveBeenCalledTimes(1);
    expect(second.consume).toHaveBeenCalledTimes(1);
  });

  it("under different keys is no mistake of counting", async () => {
    const { backend, consume } = stopped();
    const of = (key: string) =>
      rateLimit({ backend, limiters: [limiterOf("a", { key: () => key })], onError: () => undefined });
    await appWith(of("1"), of("2")).request("/");
    expect(consume).toHaveBeenCalledTimes(2);
  });
});
