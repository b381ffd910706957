/** The symptoms under "It is too strict", each brought about as it comes about. */

import {
  byFeedOwner,
  byIp,
  byKey,
  byUser,
  forwarded,
  per,
  perHour,
  perMinute,
  planBook,
  planResolver,
  rateLimit,
  socket,
  type UserPlan,
} from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { denyCache } from "@sluice/core/resilience";
import { fakeClock, faulty } from "@sluice/core/testing";
import { cors } from "hono/cors";
import { expect } from "vitest";
import type { Cases } from "./cases.ts";
import { nodeApp } from "./on-node.ts";
import { answered } from "./on-workers.ts";
import { type Stand, stand } from "./stand.ts";

const key = () => "everybody";

export const tooStrict: Cases = {
  async "Everybody shares one quota"() {
    const app = await nodeApp("counting");
    // As a proxy on the same machine passes them on: each client with an address of its own.
    const clients = Array.from({ length: 250 }, (_, i) => ({ headers: { "X-Forwarded-For": `198.51.100.${i}` } }));
    const answers = await Promise.all(clients.map((sent) => app.ask("/api/me", sent)));
    expect(answers.filter((answer) => answer.includes("HTTP 429")).length).toBeGreaterThan(0);
    return [...answers, app.log()].join("\n");
  },

  async "Everybody is refused with 403"() {
    const { app, hooks, ask, seen } = stand();
    const source = forwarded({ trustedProxies: 2 });
    app.use(rateLimit({ limiters: [byIp({ source, limit: perMinute(60) })], ...hooks }));
    await ask({ headers: { "X-Forwarded-For": "198.51.100.1" } });
    return seen();
  },

  "Workers that call from another zone are refused": () =>
    answered({ path: "/zones", headers: { "CF-Connecting-IP": "2a06:98c0:3600::103" } }),

  async "A request is refused although something remains"() {
    const { app, log, ask, explain, seen } = stand();
    const limiters = [byKey({ name: "batch", key, limit: perMinute(8), cost: 5 })];
    const mount = rateLimit({ backend: memory({ clock: fakeClock() }), limiters, log });
    app.use(mount).get("/", (c) => c.text("hello"));
    expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(429);
    await explain(mount);
    return seen();
  },

  async "A burst is refused below the limit"() {
    const { app, log, askTimes, explain, seen } = stand();
    const limiters = [byKey({ name: "burst", key, limit: perMinute(60, { burst: 10 }) })];
    const mount = rateLimit({ backend: memory({ clock: fakeClock() }), limiters, log });
    app.use(mount).get("/", (c) => c.text("hello"));
    expect((await askTimes(12)).filter((status) => status === 200)).toHaveLength(10);
    await explain(mount);
    return seen();
  },

  async "A request is refused for good"() {
    const { app, log, ask, seen } = stand();
    const cost = ({ request }: { request: Request }) => Number(request.headers.get("x-items"));
    app.use("/batch", rateLimit({ limiters: [byKey({ name: "batch", key, limit: perMinute(60), cost })], log }));
    app.use("/beta", rateLimit({ limiters: [byKey({ name: "beta", key, limit: () => perMinute(0) })], log }));
    await ask({ path: "/batch", headers: { "x-items": "61" } });
    await ask({ path: "/beta" });
    return seen();
  },

  async "Somebody is refused everything"() {
    const { app, log, ask, seen } = stand();
    const block = { limit: perMinute(0), expiresAtMs: Date.now() + 60_000 };
    const plans = planResolver({
      book: planBook({ free: { api: perMinute(60), publicFeed: perMinute(17) } }),
      default: "free",
      lookup: () => ({ plan: "free", overrides: { "*": block } }),
    });
    app.use("/api", rateLimit({ limiters: [byUser({ user: () => "ada", limit: plans.limit("api") })], log }));
    app.use(
      "/feed",
      rateLimit({ limiters: [byFeedOwner({ owner: () => "ada", limit: plans.limit("publicFeed") })], log }),
    );
    await ask({ path: "/api" });
    await ask({ path: "/feed" });
    return seen();
  },

  async "Requests fail with 503"() {
    const { app, hooks, log, ask, seen } = stand();
    const backend = faulty(memory());
    backend.faults.down();
    const limiters = [byKey({ name: "login", key, limit: per("15m", 5), onFailure: "closed" })];
    app.use(rateLimit({ backend, limiters, ...hooks, log }));
    await ask();
    return seen();
  },

  "Requests of one plan or user fail with 500": () =>
    answered({ path: "/plan-without-tier" }, { path: "/override-above-ceiling" }),

  async "A user has the default plan's numbers"() {
    return await planned(() => Promise.reject(new Error("no such table: users")));
  },

  async "A plan's users have the default plan's numbers"() {
    return await planned(() => ({ plan: "gold" }));
  },

  async "An override has no effect"() {
    const limit = { limit: 1.5, algorithm: "token-bucket", windowMs: 60_000 } as const;
    return await planned(() => ({ plan: "free", overrides: { api: { limit } } }));
  },

  async "One request is charged twice"() {
    const { app, hooks, ask, seen } = stand();
    const backend = memory();
    const mounted = (units: number) =>
      rateLimit({ backend, limiters: [byKey({ name: "api", key, limit: perMinute(units) })], ...hooks });
    app.use("/*", mounted(60)).use("/login", mounted(5));
    app.get("/login", (c) => c.text("hello"));
    await ask({ path: "/login" });
    return seen();
  },

  "Polite feed readers pay in full": () => answered({ path: "/feed", headers: { "If-None-Match": '"x"' } }),

  "A plan has less than its number": () => answered(...Array.from({ length: 4 }, () => ({ path: "/lower-tier" }))),

  "The wait is longer than it has to be": () => answered(...Array.from({ length: 4 }, () => ({ path: "/tier" }))),

  async "A ceiling refuses who keeps asking"() {
    const seen = await answered(...Array.from({ length: 4 }, () => ({ path: "/ceiling" })));
    expect(seen.match(/HTTP \d+/g)).toEqual(["HTTP 200", "HTTP 429", "HTTP 429", "HTTP 429"]);
    // The exact backend has denied the second and the third, with numbers.
    expect(seen.match(/^ratelimit: /gm)).toHaveLength(3);
    return seen.slice(seen.lastIndexOf("HTTP "));
  },

  async "Somebody is refused for a second after a reset"() {
    const { app, ask, askTimes, note, seen } = stand();
    const counts = memory();
    const here = denyCache(counts);
    const limiter = byKey({ name: "api", key, limit: perMinute(1) });
    const onDecision = ({ decisions }: { decisions: unknown }) => note(JSON.stringify(decisions));
    app.use(rateLimit({ backend: here, limiters: [limiter], log: false, onDecision }));
    app.get("/", (c) => c.text("hello"));
    expect(await askTimes(2)).toEqual([200, 429]);
    // By another process: this one does not hear of it.
    const { charge } = await limiter.ask({ request: new Request("http://x"), env: {}, context: {}, waitUntil() {} });
    if (charge) await counts.reset?.(charge);
    expect((await ask()).status).toBe(429);
    return seen();
  },

  async "Newcomers are refused while a flood lasts"() {
    const { app, ask, seen } = stand();
    const backend = memory({ maxKeys: 100 });
    const limiter = byIp({ source: socket(), limit: perHour(1) });
    app.use(rateLimit({ backend, limiters: [limiter], log: false })).get("/", (c) => c.text("hello"));
    const { policy: perAddress } = limiter;
    if (perAddress === undefined) throw new Error("the limit is the same for every request");
    // As many strangers as fill every cell that evicted counters fold into.
    for (let i = 0; i < 50_000; i++) await backend.consume([{ policy: perAddress, key: `ip:stranger ${i}`, cost: 1 }]);
    expect((await ask({ from: "203.0.113.1" })).status).toBe(429);
    return seen();
  },

  async "Browsers report a network error"() {
    const { app, ask, seen } = stand();
    app.use(rateLimit({ limiters: [byKey({ name: "api", key, limit: perMinute(1) })], log: false })).use(cors());
    app.get("/", (c) => c.text("hello"));
    const headers = { Origin: "https://elsewhere.example" };
    const admitted = await ask({ headers });
    expect(admitted.headers.get("Access-Control-Allow-Origin")).toBe("*");
    const before = seen().length;
    await ask({ headers });
    return seen().slice(before);
  },

  async "Refused clients ask again and again"() {
    const { app, askTimes, log, seen } = stand();
    app.use(rateLimit({ limiters: [byKey({ name: "api", key, limit: perMinute(1) })], log }));
    app.get("/", (c) => c.text("hello"));
    expect((await askTimes(9)).filter((status) => status === 429)).toHaveLength(8);
    return seen();
  },
};

/** Ada asks an API limited by plan, whose lookup is what is given. */
async function planned(lookup: () => UserPlan<"api"> | Promise<never>): Promise<string> {
  const { app, hooks, ask, seen }: Stand = stand();
  const book = planBook({ free: { api: perMinute(60) }, pro: { api: perMinute(180) } });
  const plans = planResolver({ book, default: "free", lookup, ...hooks });
  app.use(rateLimit({ limiters: [byUser({ user: () => "ada", limit: plans.limit("api") })], ...hooks }));
  app.get("/", (c) => c.text("hello"));
  expect((await ask()).status).toBe(200);
  return seen();
}
