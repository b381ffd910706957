/** What is sent again, how often, and after how long. */

import { checkOptions, type Rules } from "@sluice/core/engine";
import { type RetryBudget, retryBudget } from "./retry-budget.ts";

/** What `retry` of a client can be told. */
export interface RetryOptions {
  /**
   * Attempts of one call, the first included. Those that the API refused for there being too many do not count: it has not
   * worked on them.
   * @default 3
   */
  readonly attempts?: number | undefined;
  /**
   * The most that is waited before the second attempt, in milliseconds; twice that before the third, and so on. How much of it
   * is drawn at random.
   * @default 500
   */
  readonly baseMs?: number | undefined;
  /**
   * The most that is waited before any attempt, in milliseconds; what Retry-After says comes on top.
   * @default 20_000
   */
  readonly longestMs?: number | undefined;
  /**
   * Answers that are worth another attempt.
   * @default [500, 502, 503, 504]
   */
  readonly statuses?: readonly number[] | undefined;
  /**
   * Methods that may be sent again although the API may have done what it was asked. POST and PATCH may, too, where they have
   * an Idempotency-Key.
   * @default ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]
   */
  readonly methods?: readonly string[] | undefined;
  /** How many retries one process can afford over all calls. */
  readonly budget?: RetryBudgetOptions | undefined;
}

export interface RetryBudgetOptions {
  /**
   * Retries that each call earns.
   * @default 0.1
   */
  readonly share?: number | undefined;
  /**
   * Retries that a process begins with, and holds at most.
   * @default 10
   */
  readonly reserve?: number | undefined;
}

/** The rule as a client follows it. */
export interface RetryRule {
  /** Whether anything is sent twice. */
  readonly isOn: boolean;
  readonly attempts: number;
  readonly statuses: ReadonlySet<number>;
  readonly methods: ReadonlySet<string>;
  readonly budget: RetryBudget;
  /** How long to wait before attempt `number`, from 2 on, in milliseconds: full jitter over a bound that doubles. */
  backoffMs(number: number): number;
}

const least =
  (from: number) =>
  (value: number): boolean =>
    Number.isFinite(value) && value >= from;

const rules: Rules = {
  attempts: [
    (count: number) => Number.isSafeInteger(count) && count >= 1 && count <= 20,
    "a whole number from 1 to 20",
  ],
  baseMs: [least(0), "a number of milliseconds, 0 or more"],
  longestMs: [least(0), "a number of milliseconds, 0 or more"],
  statuses: [
    (list: unknown) =>
      Array.isArray(list) && list.every((status) => Number.isInteger(status) && status >= 300 && status <= 599),
    "a list of statuses from 300 to 599",
  ],
  methods: [
    (list: unknown) =>
      Array.isArray(list) && list.every((method) => typeof method === "string" && /^[A-Za-z]+$/.test(method)),
    'a list of methods, such as ["GET", "POST"]',
  ],
  budget: [(budget: unknown) => typeof budget === "object" && budget !== null, "an object of options"],
};

const budgetRules: Rules = {
  share: [(share: number) => share >= 0 && share <= 1, "a number from 0 to 1"],
  reserve: [(count: number) => Number.isSafeInteger(count) && count >= 0, "a whole number, 0 or more"],
};

/**
 * The rule that these options make.
 *
 * @throws ConfigError `SLUICE_OPTION_…`.
 */
export function retryRule(retry: RetryOptions | false, random: () => number): RetryRule {
  const options = retry === false ? {} : retry;
  checkOptions("retry of createClient()", options, rules);
  const { attempts = 3, baseMs = 500, longestMs = 20_000, statuses = [500, 502, 503, 504], budget = {} } = options;
  const { methods = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"] } = options;
  checkOptions("retry.budget of createClient()", budget, budgetRules);
  const { share = 0.1, reserve = 10 } = budget;
  return {
    isOn: retry !== false,
    attempts: retry === false ? 1 : attempts,
    statuses: new Set(statuses),
    methods: new Set(methods.map((method) => method.toUpperCase())),
    budget: retryBudget(share, reserve),
    backoffMs: (number) => random() * Math.min(longestMs, baseMs * 2 ** (number - 2)),
  };
}
