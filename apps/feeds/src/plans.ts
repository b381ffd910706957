/** What each plan allows, and how a user's own numbers are found. */

import { type Override, type PlanResolver, perMinute, planBook, planResolver, type Rate } from "@sluice/core";
import { type Account, accountOf } from "./accounts.ts";
import type { Database } from "./database.ts";
import { type Logger, loggable } from "./logger.ts";

/** The limits a plan sets: requests of a user to the API, and of everybody together to a user's public feeds. */
export type LimitName = "api" | "publicFeed";

export const book = planBook({
  free: { api: perMinute(60), publicFeed: perMinute(17) },
  pro: { api: perMinute(180), publicFeed: perMinute(167) },
  enterprise: { api: perMinute(600), publicFeed: perMinute(1_667) },
});

/** Looks plans up in the database, through the resolver's cache. */
export function plansFrom(db: Database, logger: Logger): PlanResolver<LimitName> {
  return planResolver<keyof typeof book, LimitName>({
    book,
    default: "free",
    lookup: async (userId) => {
      const account = await accountOf(db, userId);
      return account && { plan: account.plan, overrides: overridesOf(account) };
    },
    onError: (error) => logger.error(loggable(error), "a plan could not be looked up"),
  });
}

function overridesOf({ overrides }: Account): Partial<Record<LimitName, Override>> {
  return Object.fromEntries(
    overrides.map(({ limitName, perMinute: units, note, expiresAtMs }) => {
      const limit = units === null ? "unlimited" : rateOf(units);
      return [limitName, { limit, note, expiresAtMs: expiresAtMs ?? undefined }];
    }),
  );
}

/** As `perMinute`, which would throw: a number that makes no sense is left out by the resolver, and the plan's holds. */
function rateOf(perMinute: number): Rate {
  return { limit: perMinute, algorithm: "token-bucket", windowMs: 60_000 };
}
