/** The plan book: which plan allows how much, typed by its own names. */

import { ConfigError } from "../engine/errors.ts";
import { checkRate } from "../engine/policy.ts";
import type { Limit } from "./limiter-options.ts";

/** Limits by plan and name: `{ free: { api: perMinute(60) }, pro: { api: perMinute(180) } }`. */
export type PlanBook<P extends string = string, L extends string = string> = Readonly<
  Record<P, Readonly<Record<L, Limit>>>
>;

const example = "planBook({ free: { api: perMinute(60) } })";

/**
 * Checks a plan book: every plan names the same limits, and every limit makes sense.
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING` for a plan that lacks a limit, `SLUICE_OPTION_TYPE`, or what {@link checkRate} throws.
 */
export function planBook<const P extends string, const L extends string>(book: PlanBook<P, L>): PlanBook<P, L> {
  const plans: [string, Readonly<Record<string, Limit>>][] = Object.entries(book ?? {});
  if (plans.length === 0) {
    throw new ConfigError("SLUICE_OPTION_MISSING", "a plan book has at least one plan", book, `Write ${example}.`);
  }
  for (const [plan, limits] of plans) {
    if (typeof limits === "object" && limits !== null) continue;
    throw new ConfigError(
      "SLUICE_OPTION_TYPE",
      `plan ${JSON.stringify(plan)} lists limits`,
      limits,
      `Write ${example}.`,
    );
  }
  const names = new Set(plans.flatMap(([, limits]) => Object.keys(limits)));
  for (const [plan, limits] of plans) {
    for (const name of names) {
      const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
      if (limit === undefined) {
        const cure = 'Give every plan every limit; "unlimited" is one.';
        throw new ConfigError("SLUICE_OPTION_MISSING", `plan ${JSON.stringify(plan)} lacks a limit`, name, cure);
      }
      if (limit !== "unlimited") checkRate(limit);
    }
  }
  return book;
}
