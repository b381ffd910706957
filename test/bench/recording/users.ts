/** Users of two plans, and their limit. */

import type { PlanLimits } from "@sluice/console";
// Not by its package, which has pages as well: Node strips types, but turns no JSX into calls.
import { userLimit } from "../../../packages/console/src/plans/usual-limits.ts";

export const users: readonly string[] = Array.from({ length: 1_000 }, (_, i) => `user-${i}`);

const plans = new Map(users.map((user, i) => [user, i % 3 === 0 ? "pro" : "free"]));

export const planOf = (userId: string): string | undefined => plans.get(userId);

export const limits: PlanLimits = { api: userLimit() };
