/** The symptoms under "It does not limit", each brought about as it comes about. */

import { byIp, byKey, byUser, perMinute, rateLimit, socket } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { redis } from "@sluice/core/redis";
import { Redis } from "ioredis";
import { expect } from "vitest";
import type { Cases } from "./cases.ts";
import { nodeApp } from "./on-node.ts";
import { answered, deployed, started } from "./on-workers.ts";
import { stand } from "./stand.ts";

const perAddress = byIp({ source: socket(), limit: perMinute(60) });

/** All mistakes of one configuration, asked for once. */
let wrong: Promise<string> | undefined;
const wrongConfiguration = (): Promise<string> => {
  wrong ??= deployed("wrangler-wrong.jsonc", "--env", "staging");
  return wrong;
};

export const notLimiting: Cases = {
  async "Limiting is switched off"() {
    const app = await nodeApp("uncounted");
    const burst = await app.burst(70, "/api/me", { headers: { Authorization: "Bearer demo-free" } });
    expect(burst).toEqual({ 200: 70 });
    return await app.ask("/health");
  },

  "A Worker admits many times the limit": () => answered({ path: "/no-backend" }),

  "wrangler refuses a namespace_id": wrongConfiguration,

  "wrangler refuses a period": wrongConfiguration,

  "wrangler warns of an environment": wrongConfiguration,

  async "The Worker has no such binding"() {
    return [await started("staging"), await answered({ path: "/no-object" })].join("\n");
  },

  async "Everything passes while the backend is down"() {
    const { app, hooks, log, ask, seen, note } = stand();
    // Nothing listens on port 1, as on that of a Redis that is down.
    const client = new Redis(1, "127.0.0.1", { maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on("error", () => {});
    const onDecision = ({ decisions }: { decisions: unknown }) => note(JSON.stringify(decisions));
    app.use(rateLimit({ backend: redis(client), limiters: [perAddress], ...hooks, log, onDecision }));
    app.get("/", (c) => c.text("hello"));
    expect((await ask()).status).toBe(200);
    client.disconnect();
    return seen();
  },

  async "A route has no limiter"() {
    const { app, ask, seen } = stand();
    app.use("/api", rateLimit({ limiters: [perAddress] }));
    app.get("/api/feeds", (c) => c.text("hello"));
    await ask({ path: "/api/feeds" });
    return seen();
  },

  async "A limiter is mounted, but charges nothing"() {
    const { app, explain, ask, seen } = stand();
    const user = (incoming: { context: { get(name: string): string | undefined } }) => incoming.context.get("user");
    const mount = rateLimit({ limiters: [byUser({ user, limit: perMinute(60) })] });
    app.use(mount).use(async (c, next) => {
      c.set("user" as never, "42" as never);
      await next();
    });
    app.get("/", (c) => c.text("hello"));
    expect((await ask()).headers.has("RateLimit")).toBe(false);
    await explain(mount);
    return seen();
  },

  async "A limiter counts, but refuses nobody"() {
    const { app, askTimes, explain, seen } = stand();
    const mount = rateLimit({ limiters: [byIp({ source: socket(), limit: perMinute(2), shadow: true })] });
    app.use(mount).get("/", (c) => c.text("hello"));
    expect(await askTimes(3)).toEqual([200, 200, 200]);
    await explain(mount);
    return seen();
  },

  async "The second mount of a limiter does not charge"() {
    const { app, hooks, askTimes, seen } = stand();
    const mount = {
      backend: memory(),
      limiters: [byKey({ name: "k", key: () => "k", limit: perMinute(2) })],
      ...hooks,
    };
    app.use("/*", rateLimit(mount)).use("/api/*", rateLimit(mount));
    app.get("/api/feeds", (c) => c.text("hello"));
    expect(await askTimes(2, { path: "/api/feeds" })).toEqual([200, 200]);
    return seen();
  },
};
