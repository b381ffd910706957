/** Somebody blocked, as they and the readers of their feeds are told: in every envelope, and without a word of plans. */

import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { appWith, quiet, stopped } from "../../test/mounted.ts";
import { perDay, perMinute } from "../engine/rate.ts";
import { trpc } from "../http/trpc.ts";
import { byFeedOwner } from "../limiters/by-feed-owner.ts";
import { byUser } from "../limiters/by-user.ts";
import type { Limiter } from "../limiters/limiter.ts";
import { planBook } from "../limiters/plan-book.ts";
import { planResolver, type UserPlan } from "../limiters/plans.ts";
import { rateLimit } from "./rate-limit.ts";

const book = planBook({
  free: { api: perMinute(60), publicFeed: perMinute(17) },
  none: { api: perMinute(0), publicFeed: perMinute(0) },
});
const note = "spam, see ticket 7";
const users: Readonly<Record<string, UserPlan<"api" | "publicFeed">>> = {
  blocked: { plan: "free", overrides: { "*": { limit: perMinute(0), note, expiresAtMs: Date.now() + 60_000 } } },
  "blocked for good": { plan: "free", overrides: { "*": { limit: perDay(0) } } },
  "off plan": { plan: "none" },
  forbidden: { plan: "free", overrides: { api: { limit: perMinute(0) }, publicFeed: { limit: perMinute(0) } } },
  "unlimited of everything": { plan: "none", overrides: { "*": { limit: "unlimited" } } },
};
const plans = planResolver<"free" | "none", "api" | "publicFeed">({
  book,
  default: "free",
  lookup: (userId) => users[userId],
});

const apiOf = (user: string, rules: object = {}): Limiter =>
  byUser({ user: () => user, limit: plans.limit("api"), ...rules });
const feedOf = (owner: string, rules: object = {}): Limiter =>
  byFeedOwner({ owner: () => owner, limit: plans.limit("publicFeed"), ...rules });

const asked = async (limiter: Limiter, headers: Record<string, string> = {}, onDenied = () => undefined) => {
  const { backend, consume } = stopped();
  const response = await appWith(rateLimit({ ...quiet, backend, limiters: [limiter], onDenied })).request("/", {
    headers,
  });
  return { response, consume, status: response.status, body: await response.text() };
};
const problem = (title: string, policy: string) => ({
  type: "about:blank",
  title,
  status: 403,
  detail: `${title} (${policy}).`,
  "violated-policies": [policy],
});

describe.each(["blocked", "blocked for good"])("a user who is %s", (user) => {
  it("reads so in problem details: no plan, no wait, no number, no count", async () => {
    const { response, body, consume } = await asked(apiOf(user));
    expect(JSON.parse(body)).toEqual(problem("This account is blocked", "api"));
    expect([response.status, consume.mock.calls]).toEqual([403, []]);
    expect(Object.fromEntries(response.headers)).toEqual({
      "cache-control": "no-store",
      "content-type": "application/problem+json",
      "x-content-type-options": "nosniff",
    });
  });

  it("reads so in plain text", async () => {
    expect(await asked(apiOf(user, { body: "text" }))).toMatchObject({
      status: 403,
      body: "This account is blocked.\n",
    });
  });

  it("reads so in tRPC's envelope", async () => {
    const { onDenied } = trpc();
    const limits = rateLimit({ ...quiet, backend: stopped().backend, limiters: [apiOf(user)], onDenied });
    const response = await new Hono().use(limits).request("/trpc/me");
    expect([response.status, await response.json()]).toEqual([
      403,
      {
        error: {
          message: "This account is blocked (api).",
          code: -32003,
          data: { code: "FORBIDDEN", httpStatus: 403, reason: "blocked", violatedPolicies: ["api"] },
        },
      },
    ]);
  });

  it("is told to hooks and by explain", async () => {
    const onDenied = vi.fn();
    await asked(apiOf(user), {}, onDenied);
    const refused = [{ limiter: "api", policy: expect.objectContaining({ limit: 0 }), key: `api:${user}` }];
    expect(onDenied).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ reason: "blocked", refused }));
    const limits = rateLimit({ ...quiet, limiters: [apiOf(user), feedOf(user)] });
    const app = new Hono().get("/", async (c) => c.json(await limits.explain(c)));
    expect(await (await app.request("/")).json()).toMatchObject([
      { refusal: "blocked", because: "blocked" },
      { refusal: "feed-unavailable", because: "blocked" },
    ]);
  });
});

describe("a limit of 0 that is no block", () => {
  it.each(["off plan", "forbidden"])("of a user who is %s still speaks of the plan", async (user) => {
    const { status, body } = await asked(apiOf(user));
    expect([status, JSON.parse(body)]).toEqual([403, problem("Not included in your plan", "api")]);
  });

  it("is none where everything is unlimited", async () => {
    expect((await asked(apiOf("unlimited of everything"))).status).toBe(200);
  });
});

describe("readers of a public feed", () => {
  const owners = ["blocked", "blocked for good", "off plan", "forbidden"];

  it("are told the same of every owner whose feeds are not served, and nothing of the owner", async () => {
    const texts = await Promise.all(owners.map((owner) => asked(feedOf(owner))));
    for (const { status, body, response } of texts) {
      expect([status, body, response.headers.get("Retry-After")]).toEqual([403, "This feed is not available.\n", null]);
    }
    const headers = { Accept: "application/json" };
    const problems = await Promise.all(owners.map((owner) => asked(feedOf(owner), headers)));
    for (const { body } of problems) {
      expect(JSON.parse(body)).toEqual(problem("This feed is not available", "public-feed"));
    }
    const all = [...texts, ...problems].map(({ body, response }) => `${body}${JSON.stringify([...response.headers])}`);
    expect(new Set(all).size).toBe(2);
    expect(all.join("\n")).not.toMatch(/block|plan|account|owner|spam/i);
  });

  it("are told so in tRPC's envelope, too", async () => {
    const { onDenied } = trpc();
    const answers = owners.map(async (owner) => {
      const limits = rateLimit({ ...quiet, backend: stopped().backend, limiters: [feedOf(owner)], onDenied });
      return (await new Hono().use(limits).request("/trpc/feed")).text();
    });
    const [first, ...others] = await Promise.all(answers);
    for (const other of others) expect(other).toBe(first);
    expect(JSON.parse(first ?? "")).toMatchObject({
      error: { message: "This feed is not available (public-feed).", data: { reason: "feed-unavailable" } },
    });
  });
});
