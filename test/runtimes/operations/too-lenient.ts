/** The symptoms under "It is too lenient", each brought about as it comes about. */

import { byIp, byKey, forwarded, perMinute, rateLimit, socket } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { fakeClock, faulty } from "@sluice/core/testing";
import { expect } from "vitest";
import type { Cases } from "./cases.ts";
import { nodeApp } from "./on-node.ts";
import { answered } from "./on-workers.ts";
import { stand } from "./stand.ts";

const key = () => "everybody";
/** From addresses of their own, since everybody's is limited, too. */
const asFree = { from: "127.0.0.2", headers: { Authorization: "Bearer demo-free" } };
const asPro = { from: "127.0.0.3", headers: { Authorization: "Bearer demo-pro" } };

export const tooLenient: Cases = {
  async "Every process grants the limit"() {
    const [one, other] = [await nodeApp("counting"), await nodeApp("also counting")];
    expect(await one.burst(60, "/api/me", asFree)).toEqual({ 200: 60 });
    expect(await other.burst(60, "/api/me", asFree)).toEqual({ 200: 60 });
    return await one.ask("/health", asFree);
  },

  async "A restart grants the limit anew"() {
    const app = await nodeApp("also counting");
    expect(await app.burst(60, "/api/me", asPro)).toEqual({ 200: 60 });
    expect(await app.ask("/api/me", asPro)).not.toContain('"api";r=179');
    await app.restart();
    return await app.ask("/api/me", asPro);
  },

  async "Each mount grants the limit"() {
    const { app, ask, seen } = stand();
    const limiters = [byIp({ source: socket(), limit: perMinute(60) })];
    app.use("/a", rateLimit({ limiters })).use("/b", rateLimit({ limiters }));
    const [a, b] = [await ask({ path: "/a" }), await ask({ path: "/b" })];
    expect(b.headers.get("RateLimit")).toBe(a.headers.get("RateLimit"));
    return seen();
  },

  "Every location grants the limit": () => answered({ path: "/backend.features" }),

  async "A cost above what is left is admitted"() {
    const [spent, costly] = [{ path: "/costly" }, { path: "/costly", headers: { "x-cost": "3" } }];
    const seen = await answered(spent, spent, costly, spent);
    expect(seen.match(/HTTP \d+/g)).toEqual(["HTTP 200", "HTTP 200", "HTTP 200", "HTTP 429"]);
    return seen;
  },

  async "A binding admits more than the plan"() {
    const seen = await answered(...Array.from({ length: 4 }, () => ({ path: "/other-number" })));
    expect(seen.match(/HTTP \d+/g)).toEqual(["HTTP 200", "HTTP 200", "HTTP 200", "HTTP 429"]);
    return seen;
  },

  async "Twice the limit within a window"() {
    const { app, askTimes, explain, seen } = stand();
    const clock = fakeClock();
    const limit = perMinute(60, { algorithm: "fixed-window" });
    const mount = rateLimit({ backend: memory({ clock }), limiters: [byKey({ name: "api", key, limit })], log: false });
    app.use(mount).get("/", (c) => c.text("hello"));
    const admitted = async (): Promise<number> => (await askTimes(60)).filter((status) => status === 200).length;
    expect(await askTimes(1)).toEqual([200]);
    clock.advance(59_999);
    const late = await admitted();
    clock.advance(1);
    // 59 and 60 within two milliseconds.
    expect(late + (await admitted())).toBe(119);
    await explain(mount);
    return seen();
  },

  async "One network has many quotas"() {
    const { app, explain, seen } = stand();
    const mount = rateLimit({ limiters: [byIp({ source: socket(), limit: perMinute(60) })] });
    app.use(mount);
    await explain(mount, { from: "2001:db8:1:100::1" });
    await explain(mount, { from: "2001:db8:1:200::1" });
    return seen();
  },

  async "A client chooses its own address"() {
    const { app, askTimes, explain, seen } = stand();
    const mount = rateLimit({
      limiters: [byIp({ source: forwarded({ trustedProxies: 1 }), limit: perMinute(1) })],
      log: false,
    });
    app.use(mount).get("/", (c) => c.text("hello"));
    for (const forged of ["6.6.6.6", "6.6.6.7", "6.6.6.8"]) {
      expect(await askTimes(1, { headers: { "X-Forwarded-For": forged } })).toEqual([200]);
    }
    await explain(mount, { headers: { "X-Forwarded-For": "6.6.6.6" } });
    return seen();
  },

  async "An outage grants the limit once more"() {
    const { app, hooks, askTimes, note, seen } = stand();
    const backend = faulty(memory());
    const limiters = [byKey({ name: "api", key, limit: perMinute(60), onFailure: memory() })];
    const onDecision = ({ decisions }: { decisions: unknown }) => note(JSON.stringify(decisions));
    app.use(rateLimit({ backend, limiters, ...hooks, onDecision, log: false }));
    app.get("/", (c) => c.text("hello"));
    const all = Array.from({ length: 60 }, () => 200);
    expect(await askTimes(60)).toEqual(all);
    backend.faults.down();
    expect(await askTimes(60)).toEqual(all);
    return seen();
  },
};
