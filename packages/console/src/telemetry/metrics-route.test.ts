import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { exposition } from "../../test/exposition.ts";
import { sources } from "../../test/metrics-sources.ts";
import { type MetricsRouteOptions, metricsRoute } from "./metrics-route.ts";

const token = "0123456789abcdef";
const app = new Hono().get("/metrics", metricsRoute({ token, ...sources() }));
const ask = async (authorization?: string) =>
  app.request("/metrics", authorization === undefined ? {} : { headers: { Authorization: authorization } });

describe("the route of metrics", () => {
  it.each([`Bearer ${token}`, `bearer ${token}`, `Bearer  ${token}`])("answers %j", async (authorization) => {
    const answer = await ask(authorization);
    expect([answer.status, answer.headers.get("Content-Type")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    expect(exposition(await answer.text()).get("sluice_decisions_total")?.series).toHaveLength(3);
  });

  it.each([undefined, "", `Basic ${btoa(`x:${token}`)}`, token, "Bearer", "Bearer "])(
    "asks %j for a token",
    async (authorization) => {
      const answer = await ask(authorization);
      expect([answer.status, answer.headers.get("WWW-Authenticate")]).toEqual([401, 'Bearer realm="metrics"']);
      expect(await answer.text()).not.toContain("sluice_");
    },
  );

  it.each([
    `Bearer ${token}0`,
    `Bearer ${token.slice(1)}`,
    `Bearer ${token.toUpperCase()}`,
    "Bearer x",
    `Bearer ${token},${token}`,
  ])("refuses %j", async (authorization) => {
    const answer = await ask(authorization);
    const asked = 'Bearer realm="metrics", error="invalid_token"';
    expect([answer.status, answer.headers.get("WWW-Authenticate")]).toEqual([401, asked]);
    expect(await answer.text()).not.toContain("sluice_");
  });

  it("takes no token that can be guessed, and tells none", () => {
    const made = (options: object) => () => metricsRoute(options as MetricsRouteOptions);
    expect(made({})).toThrow(/SLUICE_OPTION_MISSING: token/);
    expect(made({ token: 7 })).toThrow(/SLUICE_OPTION_TYPE: token.*number/);
    for (const bad of ["", "short", "fifteen-letters", "sixteen letters !"]) {
      expect(made({ token: bad })).toThrow(`"one of ${bad.length} characters"`);
      if (bad !== "") expect(made({ token: bad })).not.toThrow(bad);
    }
    expect(made({ token, recorder: {} })).toThrow(/SLUICE_OPTION_TYPE: recorder/);
    expect(made({ token, standing: [] })).toThrow(/SLUICE_OPTION_UNKNOWN/);
  });
});
