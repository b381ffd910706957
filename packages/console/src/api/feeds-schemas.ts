/** Reads of public feeds, as the API filters and answers them. */

import * as z from "zod/mini";
import { readDecisions } from "../admin/feeds-admin.ts";
import { id, instant, numeric, pageOf, part } from "./page-schemas.ts";

/** Addresses and user agents are named by a row that has them, so that they are in no URL. */
const row = z.optional(numeric(1, Number.MAX_SAFE_INTEGER));
const filters = {
  feed: z.optional(id),
  owner: z.optional(id),
  decision: z.optional(z.enum(readDecisions)),
  addressOf: row,
  agentOf: row,
};

export const accessFilters = z.strictObject(filters);
export const accessAsked = z.strictObject({ ...part, ...filters });
export const topAsked = z.strictObject({ limit: z._default(numeric(1, 100), 10) });

export const accessPage = pageOf(
  z.strictObject({
    id: z.int(),
    atMs: instant,
    feedId: z.string(),
    feedTitle: z.optional(z.string()),
    ownerId: z.string(),
    ownerName: z.optional(z.string()),
    address: z.string(),
    isPseudonym: z.boolean(),
    userAgent: z.string(),
    status: z.int(),
    decision: z.string(),
  }),
);

/** `of`: among the newest so many. */
const reads = { reads: z.int(), denied: z.int(), of: z.optional(z.int()) };

export const accessCount = z.strictObject(reads);
export const accessHours = z.array(z.strictObject({ atMs: instant, ...reads }));
export const topReaders = z.array(
  z.strictObject({ row: z.int(), address: z.string(), isPseudonym: z.boolean(), ...reads }),
);
export const feedReads = z.array(z.strictObject({ feedId: z.string(), title: z.optional(z.string()), ...reads }));
