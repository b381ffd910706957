/** The limits that plans set, and what each plan allows until the database has been asked. */

import { feedOwnerLimit, type PlanLimits, userLimit } from "@sluice/console";
import { perMinute, planBook } from "@sluice/core";

/** Requests of a user to the API, and of everybody together to a user's public feeds. */
export const planLimits: PlanLimits = { api: userLimit(), publicFeed: feedOwnerLimit() };

/** The plan of users whose plan nobody knows. */
export const defaultPlan = "free";

/** The plans as the migrations put them into the database, where they may be edited since. */
export const defaultPlans = planBook({
  free: { api: perMinute(60), publicFeed: perMinute(17) },
  pro: { api: perMinute(180), publicFeed: perMinute(167) },
  enterprise: { api: perMinute(600), publicFeed: perMinute(1_667) },
});
