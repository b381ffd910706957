/** What every limiter can be told, checked when it is told. */

import type { Backend } from "../engine/backend.ts";
import { hundredths } from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import { aBoolean, aFunction, checkOptions, isBackend, oneOf, type Rules } from "../engine/options.ts";
import { largestCost, type Policy, policy, type Rate } from "../engine/policy.ts";
import type { Incoming } from "../http/incoming.ts";

/** What is allowed: a rate, or no limit at all. */
export type Limit = Rate | "unlimited";

/** No units of anything, until further notice: told apart from a plan's own 0 by being this very object. */
export const blocked: Rate = { limit: 0, algorithm: "calendar", period: "day" };

/**
 * Where a limiter's numbers come from: written down, or asked for each request. `subject` is whose quota it is: the
 * user's or owner's id, the address, the key.
 */
export type LimitSource<C> = Limit | ((subject: string, incoming: Incoming<C>) => Limit | Promise<Limit>);

/** What every limiter can be told. */
export interface LimiterOptions<C> {
  /** The policy's name, as clients see it: printable ASCII, and one limiter of that name on a request. */
  readonly name?: string;
  /** How much is allowed. */
  readonly limit: LimitSource<C>;
  /**
   * Units charged before the request is served: a number, or told from the request (the length of a batch).
   * @default 1
   */
  readonly cost?: number | ((incoming: Incoming<C>) => number | Promise<number>);
  /** What the request finally cost, told from the response; undefined leaves it as charged. */
  readonly settle?: (response: Response, incoming: Incoming<C>) => number | undefined;
  /** True for a request that this limiter does not concern. */
  readonly skip?: (incoming: Incoming<C>) => boolean | Promise<boolean>;
  /**
   * Count and report, but refuse nobody.
   * @default false
   */
  readonly shadow?: boolean;
  /**
   * What a failing backend means: let the request pass, refuse it with 503, or ask another backend.
   * @default "open"
   */
  readonly onFailure?: "open" | "closed" | Backend;
  /**
   * Whether clients see this limiter's numbers: on every answer, only where it refuses, or not at all.
   * @default "always"
   */
  readonly show?: "always" | "denied" | "never";
  /**
   * How a refusal is written: problem details, or plain text unless the client asks for JSON.
   * @default "problem"
   */
  readonly body?: "problem" | "text";
}

const shared: Rules = {
  name: [() => true, 'the policy\'s name, such as "api"'],
  limit: [
    (limit: unknown) => limit === "unlimited" || typeof limit === "object" || typeof limit === "function",
    "a rate such as perMinute(60), unlimited, or a function giving one",
  ],
  cost: [(cost: unknown) => typeof cost === "number" || typeof cost === "function", "units or a function giving them"],
  settle: aFunction("a function of the response"),
  skip: aFunction("a function of the request"),
  shadow: aBoolean,
  onFailure: [
    (rule: Backend | string | null) => rule === "open" || rule === "closed" || isBackend(rule),
    "open, closed or a backend",
  ],
  show: oneOf("always", "denied", "never"),
  body: oneOf("problem", "text"),
};

/**
 * Checks what a limiter is told, by the rules that all share and those of its kind, and gives the policy if its numbers
 * are written down.
 *
 * @throws ConfigError `SLUICE_OPTION_UNKNOWN`, `SLUICE_OPTION_MISSING`, `SLUICE_OPTION_TYPE`, `SLUICE_COST…` or
 * `SLUICE_POLICY_…`.
 */
export function checkLimiter<C>(factory: string, name: string, options: LimiterOptions<C>): Policy | undefined {
  const { limit, cost = 1 } = options;
  // The name is checked even where the numbers are asked for later.
  const named = policy(name, typeof limit === "object" ? limit : blocked);
  const fixed = typeof limit === "object" ? named : undefined;
  if (typeof cost === "number") checkCost(factory, cost, fixed);
  return fixed;
}

/** @throws ConfigError `SLUICE_COST` for what is no cost, or `SLUICE_COST_NEVER_FITS` if this policy would never grant it. */
function checkCost(factory: string, cost: number, fixed: Policy | undefined): void {
  hundredths(cost);
  if (fixed === undefined) return;
  checkGrain(factory, cost, fixed);
  if (fixed.limit > 0 && cost > largestCost(fixed)) {
    const cure = "Lower the cost, or raise the limit or burst.";
    throw new ConfigError("SLUICE_COST_NEVER_FITS", `a cost above ${largestCost(fixed)} can never fit`, cost, cure);
  }
}

/** Whether a cost is in the units that the policy counts: a sliding log stamps whole ones. */
export function isGrained(cost: number, { algorithm }: Policy): boolean {
  return algorithm !== "sliding-log" || Number.isInteger(cost);
}

/** @throws ConfigError `SLUICE_COST` for a part of a unit where the algorithm stamps whole ones. */
export function checkGrain(factory: string, cost: number, chosen: Policy): void {
  if (isGrained(cost, chosen)) return;
  const cure = "Use another algorithm for costs in fractions.";
  throw new ConfigError("SLUICE_COST", `${factory}(): a sliding-log takes whole costs`, cost, cure);
}

/** Checks the options of a limiter before anything is taken from them; `own` are the rules of its kind, all needed but `optional`. */
export function checkKind(factory: string, options: unknown, own: Rules, optional: readonly string[] = []): void {
  const needed = ["limit", ...Object.keys(own).filter((option) => !optional.includes(option))];
  checkOptions(`${factory}()`, options, { ...own, ...shared }, needed);
}
