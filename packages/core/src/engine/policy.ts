/** A policy: how much is allowed in how long, under a name that clients see. Checked once, here. */

import { ConfigError } from "./errors.ts";

/** The calendar periods a quota can follow; weeks begin on Monday. */
export type Period = "day" | "week" | "month";

/** How much in how long: a policy that has no name yet. The builders (`perMinute(60)`) make these. */
export type Rate = {
  /** Whole units allowed per window; 0 forbids. */
  readonly limit: number;
} & (
  | {
      readonly algorithm: "token-bucket";
      readonly windowMs: number;
      /** Units that fit at once after a rest; `limit` by default, half of it when strict. */
      readonly burst?: number;
      /** Refills only `limit - burst` per window, so that no window of any position admits more than `limit`. */
      readonly strict?: true;
    }
  | { readonly algorithm: "fixed-window" | "sliding-window" | "sliding-log"; readonly windowMs: number }
  | {
      readonly algorithm: "calendar";
      readonly period: Period;
      /** An IANA name such as `Europe/Paris`; UTC by default. */
      readonly timeZone?: string;
    }
);

/** What the algorithms with a plain window need to know. */
export type Windowed = Pick<Rate & { readonly windowMs: number }, "limit" | "windowMs">;

/** The names of the algorithms; docs/algorithms.md compares what each admits. */
export type AlgorithmName = Rate["algorithm"];

/** A rate under a name of printable ASCII, as seen in the `RateLimit` header. */
export type Policy = { readonly name: string } & Rate;

/** No window may be longer than a hundred years, so that every instant stays a safe integer. */
const longestWindowMs = 3_155_760_000_000;

/** A sliding log keeps a stamp for every unit, so its limit is bounded. */
const largestLog = 1_000;

/**
 * Names a rate, after checking both.
 *
 * @throws ConfigError `SLUICE_POLICY_NAME` for a name that is empty, over 64 characters or not printable ASCII,
 * and everything that {@link checkRate} throws.
 */
export function policy(name: string, rate: Rate): Policy {
  if (typeof name !== "string" || !/^[\x20-\x7e]{1,64}$/.test(name)) {
    throw new ConfigError(
      "SLUICE_POLICY_NAME",
      "a policy's name is 1 to 64 characters of printable ASCII",
      name,
      'Choose one such as "api".',
    );
  }
  return { name, ...checkRate(rate) };
}

/**
 * Returns the rate if every number in it makes sense.
 *
 * @throws ConfigError with a code `SLUICE_POLICY_…` naming the first number that does not.
 */
export function checkRate(rate: Rate): Rate {
  if (typeof rate !== "object" || rate === null) {
    throw new ConfigError(
      "SLUICE_OPTION_TYPE",
      "a rate is made by a builder",
      rate,
      "Write perMinute(60), for instance.",
    );
  }
  wholeNumber("SLUICE_POLICY_LIMIT", "a limit", rate.limit, 0);
  switch (rate.algorithm) {
    case "token-bucket":
      checkWindow(rate.windowMs);
      checkBucket(rate);
      break;
    case "fixed-window":
      checkWindow(rate.windowMs);
      safe(rate.limit * 100, rate.limit);
      break;
    case "sliding-window":
      checkWindow(rate.windowMs);
      // Two counters and a cost are cross-multiplied with the window; a settled counter may run into debt as far again.
      safe(rate.limit * 400 * rate.windowMs, rate.limit);
      break;
    case "sliding-log":
      checkWindow(rate.windowMs);
      if (rate.limit > largestLog) {
        const cure = "Use the token-bucket, which counts without stamps.";
        throw new ConfigError("SLUICE_POLICY_LIMIT", `a sliding-log limit is at most ${largestLog}`, rate.limit, cure);
      }
      break;
    case "calendar":
      checkCalendar(rate);
      break;
    default:
      throw new ConfigError(
        "SLUICE_POLICY_ALGORITHM",
        "an algorithm is one of token-bucket, fixed-window, sliding-window, sliding-log, calendar",
        (rate as { algorithm?: unknown }).algorithm,
        "Write perMinute(60), for instance.",
      );
  }
  return rate;
}

/** The bucket's size in units: what fits at once after a rest. */
export function bucketSize(rate: Rate & { readonly algorithm: "token-bucket" }): number {
  if (rate.limit === 0) return 0;
  return rate.burst ?? (rate.strict ? Math.max(1, Math.floor(rate.limit / 2)) : rate.limit);
}

/** The largest cost that can ever fit, in units. */
export function largestCost(rate: Rate): number {
  return rate.algorithm === "token-bucket" ? bucketSize(rate) : rate.limit;
}

function checkBucket(rate: Rate & { readonly algorithm: "token-bucket" }): void {
  if (rate.burst !== undefined) wholeNumber("SLUICE_POLICY_BURST", "a burst", rate.burst, 1);
  if (rate.strict !== undefined && rate.strict !== true) {
    throw new ConfigError("SLUICE_OPTION_TYPE", "strict is true or absent", rate.strict, "Leave it out.");
  }
  if (rate.limit === 0) return;
  const burst = bucketSize(rate);
  if (rate.strict && burst >= rate.limit) {
    throw new ConfigError(
      "SLUICE_POLICY_BURST",
      `a strict bucket needs a burst below its limit of ${rate.limit}`,
      burst,
      rate.limit === 1
        ? 'Use { algorithm: "sliding-log" }, which is exact.'
        : "Lower the burst, or leave it out for half the limit.",
    );
  }
  safe(burst * 100 * rate.windowMs, burst);
  safe(rate.limit * 100, rate.limit);
}

function checkCalendar(rate: Rate & { readonly algorithm: "calendar" }): void {
  safe(rate.limit * 100, rate.limit);
  if (!["day", "week", "month"].includes(rate.period)) {
    throw new ConfigError("SLUICE_POLICY_WINDOW", "a period is day, week or month", rate.period, "Write perDay(20).");
  }
  if (rate.timeZone === undefined) return;
  try {
    new Intl.DateTimeFormat("en", { timeZone: rate.timeZone });
  } catch {
    const cure = 'Use an IANA name such as "Europe/Paris" or "UTC".';
    throw new ConfigError("SLUICE_POLICY_TIME_ZONE", "this runtime knows no such time zone", rate.timeZone, cure);
  }
}

function checkWindow(windowMs: number): void {
  wholeNumber("SLUICE_POLICY_WINDOW", "a window in milliseconds", windowMs, 1);
  if (windowMs > longestWindowMs) {
    const cure = "Use a calendar quota: perDay, perWeek, perMonth.";
    throw new ConfigError("SLUICE_POLICY_WINDOW", "a window is at most a hundred years", windowMs, cure);
  }
}

function wholeNumber(
  code: "SLUICE_POLICY_LIMIT" | "SLUICE_POLICY_BURST" | "SLUICE_POLICY_WINDOW",
  what: string,
  value: unknown,
  least: number,
): void {
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    const isFraction = Number.isFinite(value) && (value as number) > 0 && !Number.isInteger(value);
    const cure = isFraction ? "Scale the window instead: 1 per 2s is 0.5 per second." : "Write a plain whole number.";
    throw new ConfigError(code, `${what} is a whole number of at least ${least}`, value, cure);
  }
}

function safe(product: number, value: number): void {
  if (!Number.isSafeInteger(product)) {
    throw new ConfigError(
      "SLUICE_POLICY_TOO_LARGE",
      "counting this exactly would leave the safe integers (2^53)",
      value,
      "Shorten the window, or lower the limit.",
    );
  }
}
