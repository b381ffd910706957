/** The ratelimit bindings of wrangler.jsonc and what each is for: a binding does not tell its own numbers. */

import type { BoundLimit } from "@sluice/core/cloudflare";

/** A binding before it is found in the Worker's env. */
export type NamedLimit = Omit<BoundLimit, "binding">;

/** So high that only a flood meets them, in the location where it arrives: they stand in front of an exact backend. */
export const ceilings: readonly NamedLimit[] = [
  { name: "API_RATE_LIMIT", limit: 10_000, period: 60, policies: ["api"] },
  { name: "FEED_RATE_LIMIT", limit: 10_000, period: 60, policies: ["public-feed"] },
];

/** One for each plan and limit, and one for addresses: they enforce the limits alone. */
export const tiers: readonly NamedLimit[] = [
  { name: "API_FREE", limit: 60, period: 60, policies: ["api"] },
  { name: "API_PRO", limit: 180, period: 60, policies: ["api"] },
  { name: "API_ENTERPRISE", limit: 600, period: 60, policies: ["api"] },
  { name: "FEED_FREE", limit: 17, period: 60, policies: ["public-feed"] },
  { name: "FEED_PRO", limit: 167, period: 60, policies: ["public-feed"] },
  { name: "FEED_ENTERPRISE", limit: 1_667, period: 60, policies: ["public-feed"] },
  { name: "IP", limit: 100, period: 10, policies: ["ip"] },
];
