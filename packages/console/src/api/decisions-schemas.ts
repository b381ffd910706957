/** What the limiters decided and where they count, as the API answers it. */

import * as z from "zod/mini";
import { count, instant, numeric } from "./page-schemas.ts";

const lastInstant = 8_640_000_000_000_000;

export const seriesAsked = z.strictObject({
  fromMs: numeric(0, lastInstant),
  toMs: numeric(0, lastInstant),
  stepMs: z._default(numeric(60_000, 31 * 86_400_000), 60_000),
});
export const deniedKeysAsked = z.strictObject({ limit: z._default(numeric(1, 50), 50) });

export const series = z.array(
  z.strictObject({
    atMs: instant,
    limiter: z.string(),
    counts: z.strictObject({ allowed: count, denied: count, open: count, closed: count }),
  }),
);

const rates = z.record(z.string(), z.strictObject({ allowed: count, denied: count }));
export const live = z.strictObject({ atMs: instant, minuteMs: instant, limiters: rates, before: rates });

export const deniedKeys = z.array(
  z.strictObject({
    limiter: z.string(),
    key: z.string(),
    isPseudonym: z.boolean(),
    userId: z.optional(z.string()),
    userName: z.optional(z.string()),
    denials: z.int(),
    lastAtMs: instant,
  }),
);

export const standings = z.array(
  z.strictObject({
    title: z.string(),
    limiters: z.array(z.string()),
    isEnabled: z.boolean(),
    because: z.optional(z.string()),
    backend: z.string(),
    scope: z.enum(["process", "machine", "location", "global", "none"]),
    exact: z.boolean(),
    failing: z.optional(z.strictObject({ sinceMs: instant, code: z.string() })),
  }),
);
