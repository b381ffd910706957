/** The overrides that the console keeps of a user, as core's resolver takes them. */

import { type Override, type Rate, SluiceError } from "@sluice/core";
import { blockName } from "../records/overrides.ts";
import type { PlanLimits } from "./limits.ts";
import { limitFrom } from "./live-book.ts";

interface KeptOverride {
  readonly limitName: string;
  readonly units: number | null;
  readonly expiresAtMs: number | null;
}

/** Refused before any backend is asked; a calendar has no window that clients would be told of. */
const nothing: Rate = { limit: 0, algorithm: "calendar", period: "day" };

/** By name; one whose number the limit refuses is left out and told, so that the user keeps the plan and the others. */
export function overridesFrom(
  user: { readonly id: string; readonly overrides: readonly KeptOverride[] },
  limits: PlanLimits,
  tell: (mistake: SluiceError) => void,
): Record<string, Override> {
  const entries = user.overrides.flatMap(({ limitName, units, expiresAtMs }): [string, Override][] => {
    const end = expiresAtMs === null ? {} : { expiresAtMs };
    if (limitName === blockName) return [[limitName, { limit: nothing, ...end }]];
    // Of a limit that the app had once.
    if (!Object.hasOwn(limits, limitName)) return [];
    try {
      return [[limitName, { limit: limitFrom(limits, limitName, units ?? "unlimited"), ...end }]];
    } catch (reason) {
      const problem = `override ${JSON.stringify(limitName)} of user ${JSON.stringify(user.id)} is left out`;
      tell(new SluiceError("SLUICE_PLAN_OVERRIDE", `${problem}: ${reason instanceof Error ? reason.message : reason}`));
      return [];
    }
  });
  return Object.fromEntries(entries);
}
