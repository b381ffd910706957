/** The ratelimit bindings of a Worker as they are told to the backend, and what is wrong with them. */

import { ConfigError } from "../engine/errors.ts";
import { aCount, checkedLater, checkOptions, type Rules } from "../engine/options.ts";

/** What is used of a ratelimit binding. It answers yes or no, and tells neither its numbers nor what is left. */
export interface RateLimitBinding {
  limit(options: { key: string; delta?: number }): Promise<{ success: boolean }>;
}

/** A ratelimit binding, and the numbers that wrangler.jsonc gives it: the binding itself does not tell them. */
export interface BoundLimit {
  /** The binding's name in wrangler.jsonc. */
  readonly name: string;
  /** `env.RL_FREE`, for instance. */
  readonly binding: RateLimitBinding;
  /** `simple.limit`: units per period, counted by each Cloudflare location for itself. */
  readonly limit: number;
  /** `simple.period`, in seconds. */
  readonly period: 10 | 60;
  /**
   * The names of the policies it is for, and no others are.
   * @default every policy that no other binding names
   */
  readonly policies?: readonly string[];
}

const rules: Rules = {
  name: [(name: unknown) => typeof name === "string" && name !== "", "the binding's name in wrangler.jsonc"],
  binding: checkedLater,
  limit: aCount,
  period: [(period: unknown) => period === 10 || period === 60, "10 or 60, in seconds as in wrangler.jsonc"],
  policies: [
    (names: unknown) => Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === "string"),
    "a list of policy names",
  ],
};

/**
 * Checks the bindings of one kind.
 *
 * @throws ConfigError `SLUICE_BINDING_MISSING`, `SLUICE_OPTION_TYPE`, `SLUICE_OPTION_UNKNOWN` or `SLUICE_OPTION_MISSING`.
 */
export function checkBindings(kind: "tiers" | "ceilings", given: readonly BoundLimit[]): void {
  if (!Array.isArray(given) || given.length === 0) {
    const cure = `Give it one: ${kind}: [{ name: "RL", binding: env.RL, limit: 60, period: 60 }].`;
    const code = Array.isArray(given) ? "SLUICE_OPTION_MISSING" : "SLUICE_OPTION_TYPE";
    throw new ConfigError(code, `${kind} of rateLimitBindings() are a list of at least one binding`, given, cure);
  }
  for (const [i, one] of given.entries()) {
    checkOptions(`${kind} of rateLimitBindings()`, one, rules, ["name", "limit", "period"]);
    checkBinding(one);
    for (const other of given.slice(0, i)) checkPair(kind, one, other);
  }
}

/** The lines of wrangler.jsonc that give a Worker this binding. */
export function wranglerLines({ name, limit, period }: Pick<BoundLimit, "name" | "limit" | "period">): string {
  return `{ "name": "${name}", "namespace_id": "1001", "simple": { "limit": ${limit}, "period": ${period} } }`;
}

function checkBinding(one: BoundLimit): void {
  // The binding is a plain object in one runtime and a host object in another.
  if (typeof (one.binding as { readonly limit?: unknown } | null | undefined)?.limit === "function") return;
  const problem = `${JSON.stringify(one.name)} of rateLimitBindings() has no ratelimit binding`;
  const cure =
    `Add ${wranglerLines(one)} to "ratelimits" in wrangler.jsonc, with a namespace_id of its own, a string of digits. ` +
    `Named environments inherit none: repeat it under each. Then pass binding: env.${one.name}.`;
  throw new ConfigError("SLUICE_BINDING_MISSING", problem, one.binding, cure);
}

function checkPair(kind: "tiers" | "ceilings", one: BoundLimit, other: BoundLimit): void {
  if (one.name === other.name || one.binding === other.binding) {
    const cure = "A binding has one limit and one period; name all its policies in one place.";
    throw new ConfigError("SLUICE_OPTION_TYPE", "two of rateLimitBindings() are one binding", one.name, cure);
  }
  const alike = kind === "ceilings" || (one.limit === other.limit && one.period === other.period);
  if (!alike || !haveCommon(one.policies, other.policies)) return;
  const problem = `${kind} ${JSON.stringify(other.name)} and ${JSON.stringify(one.name)} would serve the same policies`;
  const cure = "Leave one out, or give each the policies it is for.";
  throw new ConfigError("SLUICE_OPTION_TYPE", problem, one.policies?.join(", "), cure);
}

/** Whether both are for one policy. One that names none is for those that nobody names, so the other must name none, too. */
function haveCommon(some: readonly string[] | undefined, others: readonly string[] | undefined): boolean {
  if (some === undefined || others === undefined) return some === others;
  return some.some((name) => others.includes(name));
}
