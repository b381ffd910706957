/** What handlers find in `c.var.rateLimit`, and how decisions are ordered there. */

import type { Context } from "hono";
import type { Backend } from "../engine/backend.ts";
import type { Decision } from "../engine/charge.ts";

/** The limits of one request, as far as its mounts have decided them. */
export interface RateLimit {
  readonly allowed: boolean;
  /** One for each limiter that charged, the tightest first. */
  readonly decisions: readonly Decision[];
  /** Those of them whose numbers clients see. */
  readonly shown: readonly Decision[];
  /** The names of the limiters that were asked, also of those that had nothing to charge. */
  readonly limiters: readonly string[];
  /** Which backend made which decisions, mount by mount. */
  readonly mounts: readonly Mount[];
}

/** What one mount's backend decided. */
export interface Mount {
  readonly backend: Backend;
  readonly decisions: readonly Decision[];
}

/** The context variables that the middleware sets. */
export interface RateLimitVariables {
  rateLimit: RateLimit;
}

// As Hono's own middleware does it: handlers find the variable typed without declaring it.
declare module "hono" {
  interface ContextVariableMap extends RateLimitVariables {}
}

/** What earlier mounts decided on this request. */
export function limitsOf(context: Context): RateLimit | undefined {
  return context.get("rateLimit");
}

/** Adds what a mount decided to what earlier ones did, and returns both. */
export function keep(context: Context, earlier: RateLimit | undefined, own: RateLimit): RateLimit {
  const all = earlier === undefined ? own : joined(earlier, own);
  context.set("rateLimit", all);
  return all;
}

function joined(earlier: RateLimit, own: RateLimit): RateLimit {
  return {
    allowed: earlier.allowed && own.allowed,
    decisions: tightestFirst([...earlier.decisions, ...own.decisions]),
    shown: tightestFirst([...earlier.shown, ...own.shown]),
    limiters: [...earlier.limiters, ...own.limiters],
    mounts: [...earlier.mounts, ...own.mounts],
  };
}

/** Denials first, then by the part of the limit that is left; what a backend cannot tell comes last. */
export function tightestFirst(decisions: readonly Decision[]): readonly Decision[] {
  const isSorted = decisions.every((one, at) => at === 0 || tightness(decisions[at - 1] as Decision) <= tightness(one));
  return isSorted ? decisions : decisions.toSorted((a, b) => tightness(a) - tightness(b));
}

function tightness({ allowed, remaining, policy }: Decision): number {
  if (!allowed) return -1;
  return remaining === undefined ? Number.MAX_VALUE : remaining / policy.limit;
}
