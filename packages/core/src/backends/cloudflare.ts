/** Counts of Cloudflare's ratelimit bindings: yes or no, approximately, each location for itself. */

import type { Backend, Features } from "../engine/backend.ts";
import {
  type Charge,
  counterName,
  type Identity,
  mergeCharges,
  type Outcome,
  unmergedOutcome,
} from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import { aFunction, checkedLater, checkOptions, type Rules } from "../engine/options.ts";
import { policy as checked, type Policy } from "../engine/policy.ts";
import { isPromise, whenKnown } from "../engine/waiting.ts";
import { escaped, joined, shortened } from "../remote/counter-key.ts";
import { aDeadline, within } from "../resilience/deadline.ts";
import { denialsOf, outcomeOf } from "./cloudflare-answers.ts";
import { type BoundLimit, checkBindings } from "./cloudflare-bindings.ts";
import { aboveCeiling, ceilingFor, tierFor } from "./cloudflare-matching.ts";
import { questionOf } from "./cloudflare-question.ts";

export type { BoundLimit, RateLimitBinding } from "./cloudflare-bindings.ts";

/** What `rateLimitBindings()` can be told: tiers or ceilings, and beside them what holds for both. */
export type RateLimitBindingsOptions = RateLimitBindingsSettings &
  (
    | {
        /** Bindings that enforce policies of their window: each policy is served by the largest limit not above its own. */
        readonly tiers: readonly BoundLimit[];
        /** Called once for each policy that a tier of a lower limit serves. What it throws is ignored. */
        readonly onLowerLimit?: (policy: Policy, serving: Serving) => void;
        readonly ceilings?: undefined;
      }
    | {
        /** High limits in front of an exact backend; a policy over which there is none passes. */
        readonly ceilings: readonly BoundLimit[];
        readonly onLowerLimit?: undefined;
        readonly tiers?: undefined;
      }
  );

/** What tiers and ceilings have in common. */
export interface RateLimitBindingsSettings {
  /**
   * Every key begins with it; Workers that share a namespace_id share counts only if they share this.
   * @default "sluice"
   */
  readonly prefix?: string;
  /**
   * The longest that a decision may take, in milliseconds. A binding does not wait for the network, but the simulator of
   * local development takes hundreds when many ask at once.
   * @default 1_000
   */
  readonly deadlineMs?: number;
}

/** The binding that serves a policy, as wrangler.jsonc has it. */
export type Serving = Pick<BoundLimit, "name" | "limit" | "period">;

/** A backend that tells which binding serves a policy. */
export interface RateLimitBindingsBackend extends Backend {
  /** The binding that serves a policy; undefined where none does, or none is over it. */
  serving(policy: Policy): Serving | undefined;
}

const features: Features = {
  scope: "location",
  exact: false,
  durable: false,
  remaining: false,
  cost: false,
  delay: false,
  settle: false,
  reset: false,
  block: false,
  lease: false,
  acrossShards: false,
};

const rules: Rules = {
  tiers: checkedLater,
  ceilings: checkedLater,
  prefix: [(prefix: unknown) => typeof prefix === "string", "a string"],
  deadlineMs: aDeadline,
  onLowerLimit: aFunction("a function of a policy and the binding that serves it"),
};

/** So many policies are told of; more come from overrides of single users. */
const mostReports = 1_000;

/**
 * Asks Cloudflare's ratelimit bindings, which count by the platform's own window whatever a policy's algorithm.
 *
 * The bindings do not tell their numbers, so they are repeated here from wrangler.jsonc.
 *
 * @example
 * rateLimitBindings({ tiers: [{ name: "RL_FREE", binding: env.RL_FREE, limit: 60, period: 60 }] });
 *
 * @throws ConfigError `SLUICE_BINDING_MISSING`, `SLUICE_OPTION_TYPE`, `SLUICE_OPTION_UNKNOWN` or `SLUICE_OPTION_MISSING`.
 */
export function rateLimitBindings(options: RateLimitBindingsOptions): RateLimitBindingsBackend {
  checkOptions("rateLimitBindings()", options, rules);
  const { tiers, ceilings, prefix = "sluice", deadlineMs = 1_000, onLowerLimit } = options;
  if ((tiers === undefined) === (ceilings === undefined)) {
    const cure = "Tiers enforce policies, ceilings stand in front of another backend. For both, make two.";
    throw new ConfigError("SLUICE_OPTION_TYPE", "rateLimitBindings() takes either tiers or ceilings", options, cure);
  }
  if (ceilings && onLowerLimit) {
    const cure = "Leave it out; `supports` tells of a ceiling that is too low.";
    throw new ConfigError("SLUICE_OPTION_TYPE", "onLowerLimit tells of tiers", onLowerLimit, cure);
  }
  if (tiers) checkBindings("tiers", tiers);
  else checkBindings("ceilings", ceilings);

  const found = new WeakMap<Policy, { readonly bound: BoundLimit | undefined }>();
  const reported = new Set<string>();

  const report = (policy: Policy, bound: BoundLimit): void => {
    const name = `${counterName(policy)}/${policy.limit}`;
    if (bound.limit >= policy.limit || reported.has(name) || reported.size >= mostReports) return;
    reported.add(name);
    try {
      onLowerLimit?.(policy, shown(bound));
    } catch {
      // A report that fails must not reach a request.
    }
  };

  const find = (policy: Policy): BoundLimit | undefined => {
    checked(policy.name, policy);
    // A policy that outgrew its ceiling is still served: the ceiling denies what is above it.
    if (!tiers) return ceilingFor(policy, ceilings);
    const tier = tierFor(policy, tiers);
    if (typeof tier === "string") {
      const problem = `no ratelimit binding serves policy ${JSON.stringify(policy.name)}: ${tier}`;
      throw new ConfigError("SLUICE_BACKEND_UNSUPPORTED", problem, policy.limit, "Or choose another backend.");
    }
    report(policy, tier);
    return tier;
  };

  const boundOf = (policy: Policy): BoundLimit | undefined => {
    const known = found.get(policy) ?? { bound: find(policy) };
    found.set(policy, known);
    return known.bound;
  };

  const nameOf = ({ policy, key, shard }: Identity): string => {
    const parts = [prefix, counterName(policy), ...(shard === undefined ? [] : [shard]), key];
    return joined(...parts.map(escaped));
  };

  const decide = (charges: readonly Charge[]): Outcome | Promise<Outcome> => {
    const questions = charges.map((charge) => questionOf(charge, boundOf, tiers ? "tiers" : "ceilings"));
    // What can never fit needs no count, and nothing is spent on its company.
    const isKnown = questions.some(({ neverFits, charge }) => neverFits && charge.mode !== "shadow");
    const asked = isKnown ? [] : questions.filter(({ bound }) => bound !== undefined);
    if (asked.length === 0) return outcomeOf(questions, []);
    // Shadows last: they are charged only if nothing else is denied.
    asked.sort((a, b) => Number(a.charge.mode === "shadow") - Number(b.charge.mode === "shadow"));
    // Before the deadline begins: that a key is long must not make a binding late.
    const names = asked.map(({ charge }) => shortened(nameOf(charge)));
    return whenKnown(names.some(isPromise) ? Promise.all(names) : (names as string[]), (keys) =>
      within("cloudflare", deadlineMs, async (deadline) => {
        return outcomeOf(questions, await denialsOf(asked, keys, deadline));
      }),
    );
  };

  return {
    name: "cloudflare",
    features,
    supports(policy) {
      if (policy.limit === 0) return undefined;
      if (tiers) return reasonOf(tierFor(policy, tiers));
      const ceiling = ceilingFor(policy, ceilings);
      return ceiling && aboveCeiling(policy, ceiling);
    },
    serving(policy) {
      const bound = tiers ? tierFor(policy, tiers) : ceilingFor(policy, ceilings);
      return typeof bound === "object" ? shown(bound) : undefined;
    },
    consume(charges) {
      const merged = charges.length > 1 ? mergeCharges(charges) : undefined;
      if (merged === undefined) return decide(charges);
      return whenKnown(decide(merged.charges), (outcome) => unmergedOutcome(charges, merged, outcome));
    },
  };
}

function reasonOf(tier: BoundLimit | string): string | undefined {
  return typeof tier === "string" ? tier : undefined;
}

function shown({ name, limit, period }: BoundLimit): Serving {
  return { name, limit, period };
}
