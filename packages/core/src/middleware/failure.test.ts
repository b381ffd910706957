/** A backend that fails, in every way a backend can, under every rule a limiter can have. */

import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { memory } from "../backends/memory.ts";
import type { Backend } from "../engine/backend.ts";
import { ConfigError } from "../engine/errors.ts";
import { perMinute } from "../engine/rate.ts";
import { byKey } from "../limiters/by-key.ts";
import type { LimiterOptions } from "../limiters/limiter-options.ts";
import { faulty } from "../testing/faults.ts";
import { rateLimit } from "./rate-limit.ts";

type Rule = LimiterOptions<unknown>["onFailure"];

function limiterOf(name: string, onFailure: Rule, rules: Partial<LimiterOptions<unknown>> = {}) {
  return byKey({ name, key: () => "k", limit: perMinute(2), ...(onFailure && { onFailure }), ...rules });
}

function setUp(backend: Backend, ...limiters: readonly ReturnType<typeof limiterOf>[]) {
  const errors: (Error & { code?: string })[] = [];
  const onError = (error: unknown): void => void errors.push(error as Error);
  const app = new Hono();
  app.use(rateLimit({ backend, limiters, onError, log: false }));
  app.get("/", (c) => c.json(c.var.rateLimit.decisions.map(({ via, allowed }) => ({ via, allowed }))));
  app.onError((error, c) => c.text(error.message, 500));
  return { app, errors, codes: () => errors.map(({ code }) => code) };
}

/** Backends that are down, each in its own way. */
const down: [string, () => Backend][] = [
  ["rejects", () => ({ ...memory(), consume: () => Promise.reject(new Error("down")) })],
  [
    "throws",
    () => ({
      ...memory(),
      consume: () => {
        throw new Error("down");
      },
    }),
  ],
  ["throws what is no error", () => ({ ...memory(), consume: () => Promise.reject("down") })],
];

describe.each(down)("a backend that %s", (_, broken) => {
  it("lets pass by default, shows no number, and is told of once", async () => {
    const { app, errors, codes } = setUp(broken(), limiterOf("a", undefined));
    for (let i = 0; i < 5; i++) {
      const response = await app.request("/");
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual([{ via: "open", allowed: true }]);
      expect([...response.headers.keys()]).toEqual(["content-type"]);
    }
    expect(codes()).toEqual(["SLUICE_BACKEND_FAILED"]);
    expect(errors[0]?.message).toContain("down");
    expect(errors[0]?.message).toContain("memory");
    expect(errors[0]?.cause).toBeDefined();
  });

  it("refuses with 503 where the rule is closed: no wait, no number", async () => {
    const { app } = setUp(broken(), limiterOf("a", "closed"));
    const response = await app.request("/");
    expect(response.status).toBe(503);
    expect(Object.keys(Object.fromEntries(response.headers))).not.toContain("retry-after");
    expect(response.headers.get("RateLimit")).toBeNull();
    expect(await response.json()).toMatchObject({
      type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
      "violated-policies": ["a"],
    });
  });

  it("is closed if one of several limiters is, and only that one is named", async () => {
    const fallback = memory();
    const { app } = setUp(broken(), limiterOf("a", "open"), limiterOf("b", "closed"), limiterOf("c", fallback));
    const response = await app.request("/");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ "violated-policies": ["b"] });
    expect(fallback.size(), "nothing was charged there").toBe(0);
  });

  it("is open where only a shadow is closed", async () => {
    const { app } = setUp(broken(), limiterOf("a", "closed", { shadow: true }), limiterOf("b", "open"));
    expect((await app.request("/")).status).toBe(200);
  });

  it("is stood in for by the backend that the limiter names, numbers and all", async () => {
    const { app } = setUp(broken(), limiterOf("a", memory()));
    const response = await app.request("/");
    expect(await response.json()).toEqual([{ via: "fallback", allowed: true }]);
    expect(response.headers.get("RateLimit")).toBe('"a";r=1;t=30');
    await app.request("/");
    const refused = await app.request("/");
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "30"]);
  });
});

describe("one state, one report", () => {
  it("tells when it begins, when it ends, and when it begins again", async () => {
    const backend = faulty(memory());
    const { app, codes } = setUp(backend, limiterOf("a", "open"));
    const rounds = async () => {
      for (let i = 0; i < 3; i++) await app.request("/");
    };
    await rounds();
    backend.faults.down();
    await rounds();
    backend.faults.heal();
    await rounds();
    backend.faults.dropAnswers();
    await rounds();
    expect(codes()).toEqual(["SLUICE_BACKEND_FAILED", "SLUICE_BACKEND_RECOVERED", "SLUICE_BACKEND_FAILED"]);
  });

  it("many at once are one state", async () => {
    const backend = faulty(memory());
    backend.faults.down();
    const { app, codes } = setUp(backend, limiterOf("a", "closed"));
    await Promise.all(Array.from({ length: 50 }, async () => app.request("/")));
    expect(codes()).toEqual(["SLUICE_BACKEND_FAILED"]);
  });

  it("an answer that says no is no failure", async () => {
    const { app, codes } = setUp(memory(), limiterOf("a", "open"));
    for (let i = 0; i < 5; i++) await app.request("/");
    expect((await app.request("/")).status).toBe(429);
    expect(codes()).toEqual([]);
  });
});

describe("a mistake in configuration", () => {
  it.each([true, false])("never meets a failure rule (thrown: %s)", async (isThrown) => {
    const mistake = new ConfigError("SLUICE_CHARGE_CONFLICT", "two charges", 5, "Give one another name.");
    const consume = () => {
      if (isThrown) throw mistake;
      return Promise.reject(mistake);
    };
    const { app, codes } = setUp({ ...memory(), consume }, limiterOf("a", "open"));
    const response = await app.request("/");
    expect([response.status, await response.text()]).toEqual([500, mistake.message]);
    expect(codes()).toEqual([]);
  });

  it("in a fallback passes through as well", async () => {
    const consume = () => Promise.reject(new ConfigError("SLUICE_COST", "a cost", 5, "Use 1."));
    const backend = faulty(memory());
    backend.faults.down();
    const { app } = setUp(backend, limiterOf("a", { ...memory(), consume }));
    expect((await app.request("/")).status).toBe(500);
  });
});

describe("fallbacks", () => {
  const broken = () => {
    const backend = faulty(memory());
    backend.faults.down();
    return backend;
  };

  it("that fail as well leave their limiters open, and are told of once each", async () => {
    const { app, codes, errors } = setUp(broken(), limiterOf("a", broken()));
    for (let i = 0; i < 4; i++) expect((await app.request("/")).status).toBe(200);
    expect(codes()).toEqual(["SLUICE_BACKEND_FAILED", "SLUICE_BACKEND_FAILED"]);
    expect(errors[1]?.message).toContain("fall back on it");
  });

  it("are asked once for all limiters that name them", async () => {
    const fallback = memory();
    const consume = vi.fn(fallback.consume);
    const shared = { ...fallback, consume };
    const { app } = setUp(broken(), limiterOf("a", shared), limiterOf("b", "open"), limiterOf("c", shared));
    expect(await (await app.request("/")).json()).toHaveLength(3);
    expect(consume).toHaveBeenCalledTimes(1);
    expect(consume.mock.calls[0]?.[0].map(({ policy }) => policy.name)).toEqual(["a", "c"]);
  });

  it("are all or nothing: what one has booked is given back when the next one refuses", async () => {
    const [first, second] = [memory(), memory()];
    const { app } = setUp(broken(), limiterOf("a", first), limiterOf("b", second, { limit: perMinute(1) }));
    expect((await app.request("/")).status).toBe(200);
    for (let i = 0; i < 5; i++) {
      const response = await app.request("/");
      expect(response.status).toBe(429);
      expect(await response.json()).toMatchObject({ "violated-policies": ["b"] });
    }
    const alone = setUp(broken(), limiterOf("a", first));
    expect((await alone.app.request("/")).status, "one of two is left").toBe(200);
    expect((await alone.app.request("/")).status).toBe(429);
  });

  it("settle what they have decided", async () => {
    const { app } = setUp(broken(), limiterOf("a", memory(), { settle: () => 0 }));
    for (let i = 0; i < 20; i++) expect((await app.request("/")).status).toBe(200);
  });

  it("that cannot settle are told of, and the answer leaves", async () => {
    const settle = () => Promise.reject(new Error("no"));
    const { app, codes } = setUp(broken(), limiterOf("a", { ...memory(), settle }, { settle: () => 0 }));
    for (let i = 0; i < 2; i++) expect((await app.request("/")).status).toBe(200);
    await new Promise((done) => setTimeout(done, 1));
    expect(codes().filter((code) => code !== "SLUICE_BACKEND_RECOVERED")[0]).toBe("SLUICE_BACKEND_FAILED");
  });

  it("nobody settles what was open", async () => {
    const backend = broken();
    const settle = vi.fn();
    const { app } = setUp({ ...backend, settle }, limiterOf("a", "open", { settle: () => 0 }));
    expect((await app.request("/")).status).toBe(200);
    expect(settle).not.toHaveBeenCalled();
  });
});
