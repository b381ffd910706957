/** What every limiter can be told, checked when it is told. */

import type { Backend } from "../engine/backend.ts";
import { hundredths } from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import { largestCost, type Policy, policy, type Rate } from "../engine/policy.ts";
import type { Incoming } from "../http/incoming.ts";

/** What is allowed: a rate, or no limit at all. */
export type Limit = Rate | "unlimited";

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

const known = ["name", "limit", "cost", "settle", "skip", "shadow", "onFailure", "show", "body"];

/**
 * Checks what a limiter is told, but for what only its kind knows, and gives the policy if its numbers are written down.
 *
 * @throws ConfigError `SLUICE_OPTION_UNKNOWN`, `SLUICE_OPTION_MISSING`, `SLUICE_OPTION_TYPE`, `SLUICE_COST…` or
 * `SLUICE_POLICY_…`.
 */
export function checkLimiter<C>(
  factory: string,
  name: string,
  options: LimiterOptions<C>,
  own: readonly string[],
): Policy | undefined {
  for (const option of Object.keys(options)) {
    if (known.includes(option) || own.includes(option)) continue;
    const cure = `Known are ${[...own, ...known].join(", ")}.`;
    throw new ConfigError("SLUICE_OPTION_UNKNOWN", `${factory}() has no such option`, option, cure);
  }
  const {
    limit,
    cost = 1,
    settle,
    skip,
    shadow = false,
    onFailure = "open",
    show = "always",
    body = "problem",
  } = options;
  if (limit === undefined) {
    throw new ConfigError("SLUICE_OPTION_MISSING", `${factory}() needs a limit`, limit, "Write limit: perMinute(60).");
  }
  const check = (option: string, value: unknown, right: boolean, expected: string) =>
    checkType(factory, option, value, right, expected);
  check("shadow", shadow, typeof shadow === "boolean", "true or false");
  check("show", show, ["always", "denied", "never"].includes(show), "always, denied or never");
  check("body", body, ["problem", "text"].includes(body), "problem or text");
  check("skip", skip, skip === undefined || typeof skip === "function", "a function of the request");
  check("settle", settle, settle === undefined || typeof settle === "function", "a function of the response");
  const rule = typeof onFailure === "string" ? onFailure : typeof onFailure?.consume;
  check("onFailure", onFailure, ["open", "closed", "function"].includes(rule), "open, closed or a backend");
  const isLimit = limit === "unlimited" || typeof limit === "object" || typeof limit === "function";
  check("limit", limit, isLimit, "a rate such as perMinute(60), unlimited, or a function giving one");
  check("cost", cost, ["number", "function"].includes(typeof cost), "a number of units or a function giving one");

  // The name is checked even where the numbers are asked for later.
  const named = policy(name, typeof limit === "object" ? limit : { limit: 1, algorithm: "fixed-window", windowMs: 1 });
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

/** @throws ConfigError `SLUICE_COST` for a part of a unit where the algorithm stamps whole ones. */
export function checkGrain(factory: string, cost: number, { algorithm }: Policy): void {
  if (algorithm !== "sliding-log" || Number.isInteger(cost)) return;
  const cure = "Use the token-bucket, or a whole cost.";
  throw new ConfigError("SLUICE_COST", `${factory}() has a sliding-log, which takes whole costs`, cost, cure);
}

/** @throws ConfigError `SLUICE_OPTION_TYPE` unless `right`. */
export function checkType(factory: string, option: string, value: unknown, right: boolean, expected: string): void {
  if (right) return;
  throw new ConfigError(
    "SLUICE_OPTION_TYPE",
    `${factory}()'s ${option} is ${expected}`,
    value,
    `See ${factory} in docs.`,
  );
}

/** @throws ConfigError `SLUICE_OPTION_MISSING` for a factory that was told nothing at all. */
export function checkGiven(factory: string, options: unknown, example: string): void {
  if (typeof options === "object" && options !== null) return;
  throw new ConfigError(
    "SLUICE_OPTION_MISSING",
    `${factory}() takes an object of options`,
    options,
    `Write ${example}.`,
  );
}
