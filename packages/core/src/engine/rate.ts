/** The builders: rates that read like the sentence one would say. */

import { type Duration, durationMs } from "./duration.ts";
import { ConfigError } from "./errors.ts";
import { checkedLater, checkOptions, type Rules } from "./options.ts";
import { checkRate, type Period, type Rate } from "./policy.ts";

/** What a windowed rate can be told beyond its limit. */
export interface RateOptions {
  /**
   * Decides how the window is counted; docs/algorithms.md compares what each admits.
   * @default "token-bucket"
   */
  readonly algorithm?: "token-bucket" | "fixed-window" | "sliding-window" | "sliding-log";
  /** Units that fit at once after a rest (token-bucket only); the limit by default, half of it when strict. */
  readonly burst?: number;
  /** Never more than the limit in any window, at the price of a sustained rate of `limit - burst` (token-bucket only). */
  readonly strict?: true;
}

/** What a day's rate can be told: with a time zone it follows the calendar there. */
export interface CalendarOptions {
  /** An IANA name such as `Europe/Paris`: the quota starts anew at local midnight. */
  readonly timeZone: string;
}

const windowed: Rules = { algorithm: checkedLater, burst: checkedLater, strict: checkedLater };
const dated: Rules = { timeZone: checkedLater };

/**
 * A rate over any duration: `per("10s", 100)`.
 *
 * @throws ConfigError with a code `SLUICE_DURATION`, `SLUICE_POLICY_…` or `SLUICE_OPTION_UNKNOWN`.
 */
export function per(duration: Duration, limit: number, options: RateOptions = {}): Rate {
  const windowMs = durationMs(duration);
  checkOptions("a rate", options, windowed);
  const { algorithm = "token-bucket", burst, strict } = options;
  if (algorithm !== "token-bucket") {
    if (burst !== undefined || strict !== undefined) {
      const cure = "Leave burst and strict out, or use the token-bucket.";
      throw new ConfigError("SLUICE_POLICY_BURST", `${algorithm} has neither burst nor strict`, burst ?? strict, cure);
    }
    return checkRate({ limit, algorithm, windowMs });
  }
  return checkRate({
    limit,
    algorithm,
    windowMs,
    ...(burst === undefined ? {} : { burst }),
    ...(strict === undefined ? {} : { strict }),
  });
}

/** `perSecond(10)`: 10 units a second. */
export function perSecond(limit: number, options?: RateOptions): Rate {
  return per("1s", limit, options);
}

/** `perMinute(60, { burst: 10 })`: 60 units a minute, at most 10 at once. */
export function perMinute(limit: number, options?: RateOptions): Rate {
  return per("1m", limit, options);
}

/** `perHour(20, { strict: true })`: never more than 20 in any hour. */
export function perHour(limit: number, options?: RateOptions): Rate {
  return per("1h", limit, options);
}

/** `perDay(20, { timeZone: "Europe/Paris" })`: 20 per local day; without a zone, 20 per 24 hours. */
export function perDay(limit: number, options?: RateOptions | CalendarOptions): Rate {
  return options && "timeZone" in options ? calendar("day", limit, options) : per("1d", limit, options);
}

/** `perWeek(500)`: 500 per calendar week, Monday to Sunday, in UTC unless a zone is given. */
export function perWeek(limit: number, options: CalendarOptions = { timeZone: "UTC" }): Rate {
  return calendar("week", limit, options);
}

/** `perMonth(10_000)`: 10,000 per calendar month, in UTC unless a zone is given. */
export function perMonth(limit: number, options: CalendarOptions = { timeZone: "UTC" }): Rate {
  return calendar("month", limit, options);
}

function calendar(period: Period, limit: number, options: CalendarOptions): Rate {
  checkOptions("a calendar quota", options, dated);
  return checkRate({ limit, algorithm: "calendar", period, timeZone: options.timeZone });
}
