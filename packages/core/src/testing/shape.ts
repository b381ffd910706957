/** The policies that cases ask for: a capacity, in the shape of whichever algorithm is under test. */

import { type AlgorithmName, type Period, type Policy, policy } from "../engine/policy.ts";

/** What cases are run over: every algorithm, and the token bucket's strict form beside it. */
export type Algorithm = AlgorithmName | "strict";

/** Every algorithm a backend can be proven on. */
export const algorithms: readonly Algorithm[] = [
  "token-bucket",
  "strict",
  "fixed-window",
  "sliding-window",
  "sliding-log",
  "calendar",
];

/** A policy, but for the algorithm. */
export interface PolicyShape {
  /** Units that fit at once in an unused counter: the limit, or the burst of a strict bucket. */
  readonly capacity: number;
  /**
   * The window; a calendar has days instead, and weeks from three times the default on.
   * @default 10_000
   */
  readonly windowMs?: number;
  /**
   * Two shapes of one name, algorithm and window share counters, like the tiers of a plan.
   * @default the name under which the case declares it
   */
  readonly name?: string;
  /**
   * `another`: not the one under test.
   * @default the one under test
   */
  readonly algorithm?: "another";
  /** A token bucket's limit where it differs from what fits at once. */
  readonly limit?: number;
  readonly period?: Period;
  readonly timeZone?: string;
}

/** Short enough to wait for, and one of the two windows that Cloudflare's ratelimit binding has. */
const windowMs = 10_000;

/** The policy of that shape under an algorithm. */
export function policyOf(shape: PolicyShape, algorithm: Algorithm, name: string): Policy {
  const { capacity } = shape;
  const window = shape.windowMs ?? windowMs;
  if (shape.algorithm === "another") {
    return policyOf(
      { capacity, windowMs: window },
      algorithm === "fixed-window" ? "token-bucket" : "fixed-window",
      name,
    );
  }
  switch (algorithm) {
    case "calendar": {
      const period = shape.period ?? (window >= 3 * windowMs ? "week" : "day");
      const zone = shape.timeZone === undefined ? {} : { timeZone: shape.timeZone };
      return policy(name, { limit: capacity, algorithm, period, ...zone });
    }
    case "strict":
      // Refills limit - burst a window, which is as fast as the plain bucket of this capacity.
      return policy(name, {
        limit: 2 * capacity,
        algorithm: "token-bucket",
        windowMs: window,
        strict: true,
        ...(capacity === 0 ? {} : { burst: capacity }),
      });
    case "token-bucket":
      return policy(name, {
        limit: shape.limit ?? capacity,
        algorithm,
        windowMs: window,
        ...(shape.limit === undefined ? {} : { burst: capacity }),
      });
    default:
      return policy(name, { limit: capacity, algorithm, windowMs: window });
  }
}

const dayMs = 86_400_000;

/** After this long without a charge, a counter without debt is as if never used. */
export function restMsOf(policy: Policy): number {
  if (policy.algorithm === "calendar") return { day: 1, week: 7, month: 31 }[policy.period] * dayMs;
  return policy.algorithm === "sliding-window" ? 2 * policy.windowMs : policy.windowMs;
}

/** The most single units that may be admitted in any window, wherever it begins; for a calendar, in any period. */
export function mostInAnyWindow(policy: Policy): number {
  const { limit } = policy;
  if (limit === 0) return 0;
  switch (policy.algorithm) {
    case "token-bucket":
      return policy.strict ? limit : limit + (policy.burst ?? limit) - 1;
    case "sliding-window":
    case "fixed-window":
      return 2 * limit - 1;
    default:
      return limit;
  }
}
