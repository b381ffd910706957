/** Explaining a request: everything is told, nothing is charged. */

import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { appWith, type LimiterRules, limiterOf, quiet, stopped } from "../../test/mounted.ts";
import { memory } from "../backends/memory.ts";
import type { Backend } from "../engine/backend.ts";
import { perMinute } from "../engine/rate.ts";
import { byUser } from "../limiters/by-user.ts";
import { rateLimit } from "./rate-limit.ts";

describe("explain", () => {
  it("tells limiter, key, policy and what would be answered, and charges nothing", async () => {
    const { backend, consume } = stopped();
    const limiters = [
      limiterOf("a", { limit: perMinute(2), cost: 2 }),
      limiterOf("shadow", { shadow: true }),
      limiterOf("skipped", { skip: () => true }),
      byUser({ user: () => undefined, limit: perMinute(1) }),
      limiterOf("never", { limit: () => perMinute(0) }),
    ];
    const limits = rateLimit({ ...quiet, backend, limiters });
    const app = new Hono().get("/", async (c) => c.json(await limits.explain(c)));
    const expected = [
      {
        limiter: "a",
        applies: true,
        key: "a:1:k",
        cost: 2,
        shadow: false,
        decision: { allowed: true, charged: 0, remaining: 2 },
      },
      { limiter: "shadow", applies: true, shadow: true, policy: { name: "shadow" }, decision: { remaining: 60 } },
      { limiter: "skipped", applies: false, because: "skipped", shadow: false },
      { limiter: "api", applies: false, because: "nobody is signed in" },
      { limiter: "never", applies: false, refusal: "limit-zero" },
    ];
    for (let i = 0; i < 3; i++) expect(await (await app.request("/")).json()).toMatchObject(expected);
    expect(consume).toHaveBeenCalledTimes(3);
  });

  it("tells a denial, without a receipt for anything", async () => {
    const { backend } = stopped();
    const limits = rateLimit({ ...quiet, backend, limiters: [limiterOf("a", { limit: perMinute(1) })] });
    const app = appWith(limits).get("/why", async (c) => c.json(await limits.explain(c)));
    expect(await (await app.request("/why")).json()).toMatchObject([
      { decision: { allowed: false, retryAfterMs: 60_000 } },
    ]);
  });

  it("asks no backend where nothing would be charged, and tells what a failing one would mean", async () => {
    const consume = vi.fn(() => {
      throw new Error("down");
    });
    const backend: Backend = { ...memory(), consume };
    const of = (rules: LimiterRules) =>
      rateLimit({ backend, limiters: [limiterOf("a", rules)], onError: () => undefined });
    const app = new Hono();
    app.get("/none", async (c) => c.json(await of({ skip: () => true }).explain(c)));
    app.get("/down", async (c) => c.json(await of({ onFailure: "closed" }).explain(c)));
    expect(await (await app.request("/none")).json()).toMatchObject([{ applies: false }]);
    expect(consume).not.toHaveBeenCalled();
    expect(await (await app.request("/down")).json()).toMatchObject([{ decision: { allowed: false, via: "closed" } }]);
  });
});
