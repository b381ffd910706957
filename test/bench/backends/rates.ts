/** Rates that admit everything a measure asks for, so that a denial is a wrong count. */

import type { Rate } from "@sluice/core";

type Bucket = Extract<Rate, { readonly algorithm: "token-bucket" }>;

/**
 * For many keys, each asked for a few times: a unit takes 86 s to drain, so that no counter is idle, and dropped, before
 * its key comes round again.
 */
export const slow: Bucket = { algorithm: "token-bucket", limit: 1_000, windowMs: 86_400_000 };

/** For one key that is asked for all the time. */
export const plenty: Bucket = { algorithm: "token-bucket", limit: 10_000_000, windowMs: 3_600_000 };
