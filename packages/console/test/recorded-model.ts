/** Random histories of decisions, and what a plain model counts of them. */

import type { Decision } from "@sluice/core";
import fc from "fast-check";
import { bucketOf } from "../src/recording/buckets.ts";
import { decided, limits } from "./recorded.ts";

/** One thing that happens: a decision for a key, time that passes, rows that are written. */
export type Step =
  | {
      readonly is: "decision";
      readonly limiter: string;
      readonly key: string;
      readonly cost: number;
      readonly how: How;
    }
  | { readonly is: "time"; readonly ms: number }
  | { readonly is: "flush"; readonly by: 0 | 1 };
type How = "allowed" | "denied" | "shadow" | "beside a denial" | "open" | "closed" | "cache";

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      is: fc.constant("decision" as const),
      limiter: fc.constantFrom("api", "public-feed", "ip"),
      key: fc.constantFrom(
        "api:f1",
        "api:p1",
        "publicFeed:f1",
        "publicFeed:p2",
        "10.0.0.1",
        "x".repeat(300),
        `${"x".repeat(299)}y`,
      ),
      cost: fc.constantFrom(0, 0.1, 1, 1, 1, 7, 40),
      how: fc.constantFrom<How>("allowed", "allowed", "denied", "shadow", "beside a denial", "open", "closed", "cache"),
    }),
  },
  // To anywhere within three minutes, also backwards: so many are remembered.
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constant("time" as const), ms: fc.integer({ min: 0, max: 179_999 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constant("flush" as const), by: fc.constantFrom(0 as const, 1 as const) }),
  },
);

/** What a recorder hears of it. */
export function event({ limiter, key, cost, how }: Extract<Step, { is: "decision" }>): {
  allowed: boolean;
  decisions: Decision[];
} {
  const isAdmitted = how === "allowed" || how === "shadow" || how === "open";
  const allowed = how === "allowed" || how === "open" || how === "beside a denial";
  const via = how === "open" || how === "closed" || how === "cache" ? how : undefined;
  return { allowed: isAdmitted, decisions: [decided(limiter, key, { cost, allowed, via })] };
}

const outcomes = {
  allowed: "allowed",
  shadow: "allowed",
  denied: "denied",
  cache: "denied",
  open: "open",
  closed: "closed",
};

/** The same, counted without any cleverness. */
export function model(history: readonly Step[], startMs: number): { counts: Set<string>; histogram: Set<string> } {
  const tally = new Map<string, number>();
  const units = new Map<string, number>();
  let nowMs = startMs;
  for (const one of history) {
    if (one.is === "time") nowMs = startMs + one.ms;
    if (one.is !== "decision" || one.cost === 0 || one.how === "beside a denial") continue;
    const minute = Math.floor(nowMs / 60_000) * 60_000;
    const limit = Object.values(limits).find(({ policy }) => policy === one.limiter);
    const user = limit?.userOf(one.key);
    const plan = user === undefined ? "" : user.startsWith("p") ? "pro" : "free";
    const outcome = outcomes[one.how];
    const name = JSON.stringify([minute, one.limiter, plan, outcome]);
    tally.set(name, (tally.get(name) ?? 0) + 1);
    const key = JSON.stringify([minute, one.limiter, plan, one.key]);
    units.set(key, (units.get(key) ?? 0) + Math.round(one.cost * 100));
  }
  const buckets = new Map<string, { keys: number; hundredths: number }>();
  for (const [key, hundredths] of units) {
    const [minute, limiter, plan] = JSON.parse(key) as [number, string, string];
    const name = JSON.stringify([minute, limiter, plan, bucketOf(hundredths)]);
    const sum = buckets.get(name) ?? { keys: 0, hundredths: 0 };
    buckets.set(name, { keys: sum.keys + 1, hundredths: sum.hundredths + hundredths });
  }
  return {
    counts: new Set([...tally].map(([name, count]) => JSON.stringify([...JSON.parse(name), count]))),
    histogram: new Set([...buckets].map(([name, b]) => JSON.stringify([...JSON.parse(name), b.keys, b.hundredths]))),
  };
}

/** Rows as the model has them. */
export const asSet = (all: readonly Record<string, unknown>[]): Set<string> =>
  new Set(all.map((row) => JSON.stringify(Object.values(row))));
