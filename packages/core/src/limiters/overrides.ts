/** Overrides: limits of one user's own, as they come from a database. */

import { checkRate } from "../engine/policy.ts";
import type { Limit } from "./limiter-options.ts";

/** A limit of one user's own, in place of the plan's. */
export interface Override {
  readonly limit: Limit;
  /** Why, for whoever reviews it. */
  readonly note?: string | undefined;
  /** From this instant (milliseconds since 1970) on the plan's limit holds again. */
  readonly expiresAtMs?: number | undefined;
}

/** Those that make sense; of the others somebody is told, and the plan's limit holds. */
export function sensible<L extends string>(
  overrides: Readonly<Partial<Record<L, Override>>>,
  tell: (name: string, reason: unknown) => void,
): Partial<Record<L, Override>> {
  const entries: [string, Override | undefined | null][] = Object.entries(overrides);
  const kept = entries.filter(([name, override]) => {
    if (override === undefined || override === null) return false;
    try {
      if (override.limit !== "unlimited") checkRate(override.limit);
      if (Number.isNaN(Number(override.expiresAtMs ?? 0))) throw new Error("its expiry is no instant");
      return true;
    } catch (error) {
      tell(name, error);
      return false;
    }
  });
  return Object.fromEntries(kept) as Partial<Record<L, Override>>;
}
