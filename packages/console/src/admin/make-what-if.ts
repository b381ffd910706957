/** Answers what limits would have denied: two statements, whatever the number of limits. */

import type { Database } from "../database.ts";
import type { PlanLimits } from "../plans/limits.ts";
import type { PlanDraft } from "../plans/plan.ts";
import { planDenials } from "../records/decisions.ts";
import { bucketSums } from "../records/key-counts.ts";
import type { WhatIf } from "./what-if.ts";
import { aboveLimit } from "./what-if-estimate.ts";

const minuteMs = 60_000;
const minutesOfDay = 24 * 60;

/** What the question needs. */
export interface WhatIfOptions {
  readonly db: Database;
  readonly limits: PlanLimits;
  readonly now: () => number;
}

/** Asks what these limits would have denied to a plan's users in the last 24 hours. By the limit's name. */
export type AskWhatIf = (planId: string, units: PlanDraft["limits"]) => Promise<Readonly<Record<string, WhatIf>>>;

/**
 * Makes the question. Limits whose window is no minute have no answer: histograms are by minute.
 *
 * It counts calendar minutes, and what was asked for includes what was denied then. A token bucket that has rested lets a
 * burst pass on top. Where several processes serve one key, each records its own part of it, and the answer is too low.
 */
export function whatIf({ db, limits, now }: WhatIfOptions): AskWhatIf {
  return async (planId, units) => {
    const asked = Object.entries(units).flatMap(([name, value]) => {
      const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
      if (limit === undefined) return [];
      const isByMinute = windowOf(limit.rate(value === "unlimited" ? 1 : value)) === minuteMs;
      return isByMinute ? [{ name, policy: limit.policy, most: value === "unlimited" ? undefined : value * 100 }] : [];
    });
    if (asked.length === 0) return {};
    const toMs = Math.floor(now() / minuteMs) * minuteMs + minuteMs;
    const fromMs = toMs - minutesOfDay * minuteMs;
    const policies = asked.map(({ policy }) => policy);
    const thresholds = asked.map(({ policy, most = 0 }) => [policy, most] as const);
    const [sums, denials] = await Promise.all([
      bucketSums(db, thresholds, planId, fromMs, toMs),
      planDenials(db, policies, planId, fromMs, toMs),
    ]);
    const answers = asked.map(({ name, policy, most = Number.POSITIVE_INFINITY }) => {
      const own = sums.filter(({ limiter }) => limiter === policy);
      const { denied: deniedThen = 0, minutes = 0 } = denials.find(({ limiter }) => limiter === policy) ?? {};
      const { atLeast, atMost, asked: units, keys } = aboveLimit(own, most);
      const answer: WhatIf = {
        asked: units,
        deniedAtLeast: atLeast,
        deniedAtMost: atMost,
        denied: (atLeast + atMost) / 2,
        deniedThen,
        keyMinutes: keys,
        minutes,
        ofMinutes: minutesOfDay,
      };
      return [name, answer] as const;
    });
    return Object.fromEntries(answers);
  };
}

function windowOf(rate: ReturnType<PlanLimits[string]["rate"]>): number | undefined {
  return "windowMs" in rate ? rate.windowMs : undefined;
}
