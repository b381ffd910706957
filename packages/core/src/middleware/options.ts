/** What `rateLimit()` can be told, checked when it is told. */

import type { Context, Env } from "hono";
import type { Backend, Settlement } from "../engine/backend.ts";
import type { Decision } from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import { aBackend, aFunction, checkOptions, type Rules } from "../engine/options.ts";
import type { Policy } from "../engine/policy.ts";
import { type HeaderFormat, headerFormats } from "../http/headers.ts";
import type { Refusal, RefusalStatus } from "../http/problem.ts";
import type { Limiter } from "../limiters/limiter.ts";
import type { DenialLine } from "./denial-log.ts";
import { checkFit } from "./fitting.ts";

/** A decision as hooks hear of it. */
export interface DecisionEvent<E extends Env = Env> {
  readonly allowed: boolean;
  readonly decisions: readonly Decision[];
  readonly context: Context<E>;
}

/** What a request finally cost, where that is not what was charged at first. */
export interface SettledEvent<E extends Env = Env> {
  readonly settlements: readonly Settlement[];
  /** Of the mount. Where it cannot settle, what it has charged stays charged. */
  readonly backend: Backend;
  readonly context: Context<E>;
}

/** Who was refused, by which limiter, as far as that was known. */
export interface Refused {
  readonly limiter: string;
  /** Absent where the request showed nobody to choose one for. */
  readonly policy?: Policy | undefined;
  /** Absent where nobody could be told, such as a client without an address. */
  readonly key?: string | undefined;
}

/** A refusal as hooks hear of it. */
export interface DenialEvent<E extends Env = Env> extends Refusal {
  readonly status: RefusalStatus;
  /** One for each of `violatedPolicies`, also where no backend was asked: a limit of 0, a cost that never fits. */
  readonly refused: readonly Refused[];
  /** Of the backend; none where it was not asked. */
  readonly decisions: readonly Decision[];
  readonly context: Context<E>;
}

/** What `rateLimit()` can be told. */
export interface RateLimitOptions<E extends Env = Env> {
  /** Whose quotas; all of a mount are decided in one step, all or nothing. */
  readonly limiters: readonly Limiter<Context<E>>[];
  /**
   * Where the counts live.
   * @default memory(), which on Workers counts per isolate and says so
   */
  readonly backend?: Backend;
  /**
   * The forms in which numbers are announced.
   * @default ["draft-11"]
   */
  readonly headers?: readonly HeaderFormat[];
  /**
   * Hears of every refusal, and may answer in its stead. Where its answer has the refusal's status, `Retry-After` and
   * `Cache-Control` are filled in if it lacks them.
   */
  readonly onDenied?: (denial: DenialEvent<E>) => Response | undefined | Promise<Response | undefined>;
  /** Hears of every decision of the backend. */
  readonly onDecision?: (event: DecisionEvent<E>) => void | Promise<void>;
  /** Hears what a request that passed finally cost, where a limiter's `settle` says something else than it was charged. */
  readonly onSettled?: (event: SettledEvent<E>) => void | Promise<void>;
  /**
   * Hears of failures of the backend, once when they begin and once when they end, of mistakes found on a request, and of
   * hooks that throw.
   * @default one line on the console
   */
  readonly onError?: (error: unknown) => void | Promise<void>;
  /**
   * Where a denial's line goes; repeats of one limiter and key are sampled.
   * @default one line of JSON on the console; false for none
   */
  readonly log?: false | ((line: DenialLine) => void | Promise<void>);
}

const rules: Rules = {
  limiters: [Array.isArray, "a list of limiters"],
  backend: aBackend,
  headers: [
    (formats: unknown) => Array.isArray(formats) && formats.every((format) => headerFormats.includes(format)),
    `a list of ${headerFormats.join(", ")}`,
  ],
  onDenied: aFunction(),
  onDecision: aFunction(),
  onSettled: aFunction(),
  onError: aFunction(),
  log: [(log: unknown) => log === false || typeof log === "function", "a function or false"],
};

/**
 * Gives the header formats, the newest first.
 *
 * @throws ConfigError naming the first option that makes no sense.
 */
export function checkMount<E extends Env>(options: RateLimitOptions<E>): readonly HeaderFormat[] {
  checkOptions("rateLimit()", options, rules, ["limiters"]);
  const { limiters, backend, headers = ["draft-11"] } = options;
  const make = "Make one with byIp, byUser, byFeedOwner or byKey.";
  if (limiters.length === 0) {
    throw new ConfigError("SLUICE_OPTION_MISSING", "rateLimit() needs at least one limiter", limiters, make);
  }
  const names = new Set<string>();
  for (const limiter of limiters) {
    if (typeof limiter?.ask !== "function") {
      throw new ConfigError("SLUICE_OPTION_TYPE", "a limiter is made by its factory", limiter, make);
    }
    if (names.has(limiter.name)) {
      const cure = "Give one of the two another name; counters are told apart by it.";
      throw new ConfigError("SLUICE_LIMITER_NAME_TWICE", "two limiters of one mount have one name", limiter.name, cure);
    }
    names.add(limiter.name);
    checkFit(backend, limiter);
  }
  return checkFormats(headers);
}

function checkFormats(headers: readonly HeaderFormat[]): readonly HeaderFormat[] {
  if (headers.includes("draft-11") && headers.includes("draft-7")) {
    const problem = "draft-11 and draft-7 give the RateLimit header different forms";
    throw new ConfigError("SLUICE_OPTION_TYPE", problem, String(headers), "Choose one of the two.");
  }
  return headerFormats.filter((format) => headers.includes(format));
}
