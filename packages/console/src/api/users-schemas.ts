/** Users, overrides, blocks and quotas as the API takes and answers them. */

import * as z from "zod/mini";
import { count, id, instant, note, pageOf, part, units, version, versioned } from "./page-schemas.ts";

export const userPath = z.strictObject({ id });
export const limitPath = z.strictObject({ id, limit: id });

export const usersAsked = z.strictObject({
  ...part,
  search: z.optional(z.string().check(z.maxLength(200))),
  plan: z.optional(id),
  filter: z.optional(z.enum(["override", "expiring", "unreviewed", "blocked"])),
});

export const changedPlan = z.strictObject({ plan: id, was: id });
export const newOverride = z.strictObject({ units, note, expiresAtMs: z.optional(instant), ...versioned });
export const overrideVersion = z.strictObject(versioned);
export const removedOverride = z.strictObject({
  version: z.optional(z.coerce.number<string>().check(z.int(), z.minimum(0))),
});
export const newBlock = z.strictObject({ untilMs: instant, note });

export const userRow = z.strictObject({
  id: z.string(),
  name: z.string(),
  plan: z.string(),
  overrides: z.int(),
  nextExpiryMs: z.optional(instant),
  isBlocked: z.boolean(),
});
export const userPage = pageOf(userRow);

export const override = z.strictObject({
  limit: z.string(),
  units,
  note: z.string(),
  grantedBy: z.string(),
  createdAtMs: instant,
  expiresAtMs: z.optional(instant),
  isExpired: z.boolean(),
  reviewedAtMs: instant,
  reviewedBy: z.string(),
  version,
});

export const userDetail = z.strictObject({
  id: z.string(),
  name: z.string(),
  plan: z.string(),
  isPlanKnown: z.boolean(),
  overrides: z.array(override),
  blocked: z.optional(z.strictObject({ untilMs: instant, note: z.string(), by: z.string() })),
  limits: z.record(z.string(), z.strictObject({ units, from: z.enum(["block", "override", "plan", "default"]) })),
});

export const quotaRows = z.array(
  z.strictObject({
    limit: z.string(),
    units: z.union([z.number(), z.literal("unlimited")]),
    used: z.optional(count),
    remaining: z.optional(count),
    resetAfterMs: z.optional(count),
    because: z.optional(z.string()),
  }),
);

export const denials = z.array(
  z.strictObject({
    atMs: instant,
    limiter: z.string(),
    limitUnits: count,
    retryAfterMs: z.optional(count),
    times: z.int(),
  }),
);
