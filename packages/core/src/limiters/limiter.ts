/** A limiter: whose quota, how much of it, and what to do when it cannot be told. Knows no web framework. */

import type { Backend } from "../engine/backend.ts";
import type { Charge } from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import { largestCost, type Policy } from "../engine/policy.ts";
import { whenKnown } from "../engine/waiting.ts";
import type { Incoming } from "../http/incoming.ts";
import type { RefusalReason } from "../http/problem.ts";
import { blocked, checkLimiter, isGrained, type Limit, type LimiterOptions } from "./limiter-options.ts";
import { policiesNamed } from "./policies.ts";

/** What a limiter makes of one request. */
export interface Asked<C = unknown> {
  readonly limiter: Limiter<C>;
  /** Present when the backend has to decide. */
  readonly charge?: Charge | undefined;
  /** Present when the answer is no before any backend is asked. */
  readonly refusal?: RefusalReason | undefined;
  /** Of a refusal, as far as they were known by then. */
  readonly policy?: Policy | undefined;
  readonly key?: string | undefined;
  /** Why nothing is charged, for `explain`. */
  readonly because?: string | undefined;
}

/** Whose quota and how much, with the rules that apply to it. Made by `byIp`, `byUser`, `byFeedOwner` and `byKey`. */
export interface Limiter<C = unknown> {
  readonly name: string;
  /** The policy, where it is the same for every request. */
  readonly policy: Policy | undefined;
  readonly shadow: boolean;
  readonly onFailure: "open" | "closed" | Backend;
  readonly show: "always" | "denied" | "never";
  readonly body: "problem" | "text";
  ask(incoming: Incoming<C>): Asked<C> | Promise<Asked<C>>;
  /** Where the final cost is told from the response. */
  readonly settle: LimiterOptions<C>["settle"];
  /** Whether a backend that cannot settle is a mistake; otherwise it is charged in whole units, and left at that. */
  readonly mustSettle: boolean;
}

/** Who pays, and under which key. */
interface Whose {
  readonly subject: string;
  readonly key: string;
  readonly shard?: string;
}

/** Whose quota a request spends, or why nobody's. */
export type Subject =
  | Whose
  | { readonly refusal: RefusalReason; readonly because: string }
  | { readonly because: string };

/** How a kind of limiter tells whose quota it is. */
export interface Kind<C> {
  readonly factory: string;
  readonly name: string;
  identify(incoming: Incoming<C>): Subject | Promise<Subject>;
  /** What the kind settles by itself, where the backend can. */
  readonly settle?: LimiterOptions<C>["settle"];
  /** What a limit of 0 and a block are to whoever asks, where that is nobody whose plan or account it is. */
  readonly withheld?: RefusalReason;
}

/**
 * Builds a limiter from what all kinds share; its kind has checked the options with `checkKind`.
 *
 * @throws ConfigError as {@link checkLimiter} does.
 */
export function limiter<C>(kind: Kind<C>, options: LimiterOptions<C>): Limiter<C> {
  const { factory, name } = kind;
  const fixed = checkLimiter(factory, name, options);
  const {
    limit,
    cost = 1,
    settle = kind.settle,
    skip,
    shadow = false,
    onFailure = "open",
    show = "always",
    body = "problem",
  } = options;
  const policyOf = policiesNamed(name);
  const mode = shadow ? "shadow" : undefined;

  // Whose quota, how much is allowed, what it costs: one after the other, and only what is told by a function is waited for.
  const ask = (incoming: Incoming<C>): Asked<C> | Promise<Asked<C>> =>
    whenKnown(kind.identify(incoming), (found) => allow(found, incoming));

  const allow = (identity: Subject, incoming: Incoming<C>): Asked<C> | Promise<Asked<C>> => {
    if (!("subject" in identity)) return { limiter: self, ...identity };
    checkSubject(factory, identity.subject);
    if (typeof limit !== "function") return price(identity, limit, incoming);
    return whenKnown(limit(identity.subject, incoming), (allowed) => price(identity, allowed, incoming));
  };

  const price = (identity: Whose, allowed: Limit, incoming: Incoming<C>): Asked<C> | Promise<Asked<C>> => {
    if (allowed === "unlimited") return { limiter: self, because: "unlimited" };
    const chosen = fixed ?? policyOf(allowed);
    if (chosen.limit === 0) {
      const isBlock = allowed === blocked;
      const reason = kind.withheld ?? (isBlock ? "blocked" : "limit-zero");
      return refused(reason, isBlock ? "blocked" : "a limit of 0", identity, chosen);
    }
    if (typeof cost !== "function") return charge(identity, chosen, cost);
    return whenKnown(cost(incoming), (units) => charge(identity, chosen, units));
  };

  const charge = (identity: Whose, chosen: Policy, units: number): Asked<C> => {
    const { key, shard } = identity;
    if (units !== 1) {
      // Told from the request, so it is the client that is mistaken, not the configuration.
      if (!isUnits(units, chosen))
        return refused("cost-unknown", "a cost that is no number of units", identity, chosen);
      if (units > largestCost(chosen)) {
        return refused("cost-too-high", `a cost of ${units} that can never fit`, identity, chosen);
      }
    }
    return { limiter: self, charge: { policy: chosen, key, shard, cost: units, mode } };
  };

  const refused = (refusal: RefusalReason, because: string, { key }: Whose, chosen: Policy): Asked<C> => {
    return { limiter: self, refusal, because, policy: chosen, key };
  };

  const self: Limiter<C> = {
    name,
    policy: fixed,
    shadow,
    onFailure,
    show,
    body,
    mustSettle: options.settle !== undefined,
    ask(incoming) {
      if (skip === undefined) return ask(incoming);
      return whenKnown(skip(incoming), (yes) => (yes ? { limiter: self, because: "skipped" } : ask(incoming)));
    },
    settle,
  };
  return self;
}

/**
 * A user object in place of its id would be one key for everybody.
 *
 * @throws ConfigError `SLUICE_CHARGE_KEY` for whatever is no string.
 */
export function checkSubject(factory: string, subject: unknown): void {
  if (typeof subject === "string") return;
  const cure = "Give the id as a string: String(user.id).";
  throw new ConfigError(
    "SLUICE_CHARGE_KEY",
    `${factory}() was told whose quota it is, but not as a string`,
    subject,
    cure,
  );
}

/** Whether this is a number of units that the policy can count. */
function isUnits(units: unknown, chosen: Policy): boolean {
  return typeof units === "number" && units >= 0 && isGrained(units, chosen);
}

/** Whose quota a request spends that names somebody by id; their counters live in a shard of their own. */
export function ofSomebody(prefix: string, because: string): (id: string | undefined) => Subject {
  return (id) => (isNobody(id) ? { because } : { subject: id, key: `${prefix}:${id}`, shard: id });
}

/** A user's, owner's or other id, where there is one; databases say null for none. */
export function isNobody(id: unknown): id is undefined | null {
  return id === undefined || id === null;
}
