/** What `rateLimit()` can be told, checked when it is told. */

import type { Context, Env } from "hono";
import type { Backend } from "../engine/backend.ts";
import type { Decision } from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import { aFunction, checkOptions, type Rules } from "../engine/options.ts";
import { type HeaderFormat, headerFormats } from "../http/headers.ts";
import type { Refusal } from "../http/problem.ts";
import type { Limiter } from "../limiters/limiter.ts";
import { isBackend } from "../limiters/limiter-options.ts";
import type { DenialLine } from "./denial-log.ts";

/** A decision as hooks hear of it. */
export interface DecisionEvent<E extends Env = Env> {
  readonly allowed: boolean;
  readonly decisions: readonly Decision[];
  readonly context: Context<E>;
}

/** A refusal as hooks hear of it. */
export interface DenialEvent<E extends Env = Env> extends Refusal {
  readonly status: 400 | 403 | 413 | 429 | 503;
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
  limiters: [(limiters: unknown) => Array.isArray(limiters), "a list of limiters"],
  backend: [isBackend, 'a backend, with consume() and supports(), such as memory() of "@sluice/core/memory"'],
  headers: [
    (formats: unknown) => Array.isArray(formats) && formats.every((format) => headerFormats.includes(format)),
    `a list of ${headerFormats.join(", ")}`,
  ],
  onDenied: aFunction(),
  onDecision: aFunction(),
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
  if (limiters.length === 0) {
    const cure = 'Write limiters: [byIp({ source: socket(), limit: per("10s", 100) })].';
    throw new ConfigError("SLUICE_OPTION_MISSING", "rateLimit() needs at least one limiter", limiters, cure);
  }
  const names = new Set<string>();
  for (const limiter of limiters) {
    if (typeof limiter?.ask !== "function") {
      const cure = "Make one with byIp, byUser, byFeedOwner or byKey.";
      throw new ConfigError("SLUICE_OPTION_TYPE", "a limiter is made by its factory", limiter, cure);
    }
    if (names.has(limiter.name)) {
      const cure = "Give one of them another name; clients and counters tell limiters apart by it.";
      throw new ConfigError("SLUICE_LIMITER_NAME_TWICE", "two limiters of one mount have one name", limiter.name, cure);
    }
    names.add(limiter.name);
  }
  for (const limiter of limiters) {
    if (backend !== undefined) checkSupport(backend, limiter);
    if (typeof limiter.onFailure === "object") checkSupport(limiter.onFailure, limiter);
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

function checkSupport<E extends Env>(backend: Backend, { name, policy }: Limiter<Context<E>>): void {
  const reason = policy === undefined ? undefined : backend.supports(policy);
  if (reason === undefined) return;
  const problem = `backend ${backend.name} cannot serve the policy of limiter ${JSON.stringify(name)}: ${reason}`;
  throw new ConfigError("SLUICE_BACKEND_UNSUPPORTED", problem, name, "Choose another backend or another algorithm.");
}
