import { env } from "cloudflare:workers";
import { type RateLimitBinding, rateLimitBindings } from "@sluice/core/cloudflare";
import { per, perMinute, policy } from "@sluice/core/engine";
import type { Subject } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";
import { prove } from "../prove.ts";
import { inOneWindow, sleep } from "./window.ts";

type Name = "RL_1" | "RL_3" | "RL_5" | "RL_1_MINUTE" | "RL_FREE" | "RL_PRO";
const bindings = env as unknown as Readonly<Record<Name, RateLimitBinding>>;

const tiers = [
  { name: "RL_1", binding: bindings.RL_1, limit: 1, period: 10 },
  { name: "RL_3", binding: bindings.RL_3, limit: 3, period: 10 },
  { name: "RL_5", binding: bindings.RL_5, limit: 5, period: 10 },
  { name: "RL_1_MINUTE", binding: bindings.RL_1_MINUTE, limit: 1, period: 60 },
] as const;

const subject: Subject = { make: () => rateLimitBindings({ tiers }) };

const notClaimed = [
  "does not claim block",
  "does not claim cost",
  "does not claim delay",
  "does not claim exact",
  "does not claim remaining",
  "does not claim reset",
  "does not claim settle",
  "has no consumeEach",
  "its clock cannot be set",
  "its round trips are not counted",
];
const noWait = "its clock cannot be set, and the test does not wait";

// The binding's own window decides whatever the algorithm, so one of them is enough to wait on.
await prove({ ...subject, algorithms: ["fixed-window"], sleep }, { notClaimed, attempt: inOneWindow });
await prove(
  { ...subject, algorithms: ["token-bucket", "sliding-window", "sliding-log"] },
  { notClaimed: [...notClaimed, "does not claim lease", noWait], attempt: inOneWindow },
);

describe("the binding of this runtime", () => {
  it("counts whole costs at once, and admits one that overshoots", () =>
    inOneWindow(async () => {
      const backend = rateLimitBindings({ tiers });
      const charge = { policy: policy("delta", per("10s", 5)), key: "k" };
      const answers: unknown[] = [];
      for (const cost of [2, 2.5, 1]) {
        const { allowed, decisions } = await backend.consume([{ ...charge, cost }]);
        answers.push([allowed, decisions[0]?.charged]);
      }
      expect(answers).toEqual([
        [true, 2],
        [true, 3],
        [false, 0],
      ]);
      const heavy = { ...charge, key: "heavy", cost: 4 };
      const allowed = [];
      for (let i = 0; i < 3; i++) allowed.push((await backend.consume([heavy])).allowed);
      expect(allowed).toEqual([true, true, false]);
    }));

  it("shares counts among the tiers of a plan that share a namespace_id", () =>
    inOneWindow(async () => {
      const { RL_FREE, RL_PRO } = bindings;
      const plans = rateLimitBindings({
        tiers: [
          { name: "RL_FREE", binding: RL_FREE, limit: 2, period: 60 },
          { name: "RL_PRO", binding: RL_PRO, limit: 6, period: 60 },
        ],
      });
      const admitted = async (limit: number): Promise<number> => {
        const charge = { policy: policy("api", perMinute(limit)), key: "k", cost: 1 };
        let count = 0;
        while ((await plans.consume([charge])).allowed) count++;
        return count;
      };
      expect([await admitted(2), await admitted(6), await admitted(2)]).toEqual([2, 4, 0]);
    }));

  it("serves a larger plan by the tier below it, and every decision tells by which limit", () =>
    inOneWindow(async () => {
      const backend = rateLimitBindings({ tiers });
      const charge = { policy: policy("plan", per("10s", 4)), key: "k", cost: 1 };
      const answers: unknown[] = [];
      for (let i = 0; i < 4; i++) {
        const { allowed, decisions } = await backend.consume([charge]);
        answers.push([allowed, decisions[0]?.servedLimit]);
      }
      expect(answers).toEqual([
        [true, 3],
        [true, 3],
        [true, 3],
        [false, 3],
      ]);
    }));

  it("has no binding that wrangler.jsonc does not name", () => {
    const { RL_NONE } = env as unknown as Readonly<Record<"RL_NONE", RateLimitBinding>>;
    const missing = { name: "RL_NONE", binding: RL_NONE, limit: 60, period: 60 } as const;
    expect(() => rateLimitBindings({ tiers: [missing] })).toThrow("SLUICE_BINDING_MISSING");
  });

  it("is told from other bindings", () => {
    const { LIMITER } = env as unknown as Readonly<Record<"LIMITER", RateLimitBinding>>;
    const wrong = { name: "LIMITER", binding: LIMITER, limit: 60, period: 60 } as const;
    expect(() => rateLimitBindings({ tiers: [wrong] })).toThrow("SLUICE_BINDING_MISSING");
  });
});
