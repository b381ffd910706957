/** What backends make of a number, told by real ones. */

import { perDay, perMinute } from "@sluice/core";
import { rateLimitBindings } from "@sluice/core/cloudflare";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { limits } from "../../test/administered.ts";
import type { PlanLimit } from "./limits.ts";
import { served } from "./serving.ts";

const api = limits["api"] as PlanLimit;
const daily: PlanLimit = { ...api, policy: "daily", rate: (units) => perDay(units, { timeZone: "UTC" }) };
const binding = () => ({ limit: async () => ({ success: true }) });

describe("ratelimit bindings", () => {
  const tiers = rateLimitBindings({
    tiers: [
      { name: "API_FREE", binding: binding(), limit: 60, period: 60, policies: ["api"] },
      { name: "API_PRO", binding: binding(), limit: 180, period: 60, policies: ["api"] },
    ],
  });

  it.each([60, 180, 0, "unlimited"] as const)("serve %s as it is", (units) => {
    expect(served(tiers, api, units)).toBeUndefined();
  });

  it.each([
    [61, "API_FREE: 60 per 60 s, the next lower one"],
    [179, "API_FREE: 60 per 60 s, the next lower one"],
    [1_000_000_000, "API_PRO: 180 per 60 s, the next lower one"],
  ])("serve %s by the next lower one, by name", (units, words) => {
    expect(served(tiers, api, units)).toEqual({ isServed: true, words });
  });

  it("refuse what is below all of them with the lines to add, and say whose choice the namespace is", () => {
    const { isServed, words } = served(tiers, api, 59) ?? {};
    expect(isServed).toBe(false);
    expect(words).toContain('{ "name": "RL_API_59", "namespace_id": "1001", "simple": { "limit": 59, "period": 60 } }');
    expect(words).toContain("wrangler.jsonc");
    expect(words).toContain("yours to choose");
  });

  it("refuse what they cannot count, without lines that would not help", () => {
    const { words } = served(tiers, daily, 100) ?? {};
    expect(words).toContain("follows the calendar");
    expect(words).not.toContain("namespace_id");
  });

  it("as ceilings leave a number to the backend behind them, and refuse one above", () => {
    const ceilings = rateLimitBindings({
      ceilings: [{ name: "CEILING", binding: binding(), limit: 1_000, period: 60 }],
    });
    expect(served(ceilings, api, 60)).toBeUndefined();
    expect(served(ceilings, api, 600)?.words).toContain("raise the ceiling");
  });
});

it("memory serves everything as it is, and nobody knows better without a backend", () => {
  for (const units of [0, 1, 59, 1_000_000_000, "unlimited"] as const) {
    expect(served(memory(), api, units)).toBeUndefined();
    expect(served(undefined, { ...api, rate: perMinute }, units)).toBeUndefined();
  }
});
