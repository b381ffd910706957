/** What many routes take and answer: parts of lists, ids, times, versions. */

import * as z from "zod/mini";

/** Ids and names are keys of rows: any text that has a sensible length. */
export const id = z.string().check(z.minLength(1), z.maxLength(200));
/** Milliseconds since 1970, up to the last day that dates know. */
export const instant = z.number().check(z.minimum(0), z.maximum(8_640_000_000_000_000), z.int());
export const version = z.int().check(z.minimum(0));
export const count = z.number().check(z.minimum(0));
export const units = z.union([
  z.number().check(z.minimum(0), z.maximum(1_000_000_000), z.int()),
  z.literal("unlimited"),
]);
export const unitsByLimit = z.record(z.string().check(z.minLength(1), z.maxLength(100)), units);

/** Texts of a form, with the length that the pages allow. What is only white is refused where it is written down. */
export const note = z.string().check(z.minLength(1), z.maxLength(500));

/** A number in a query. */
export function numeric(least: number, most: number) {
  return z.coerce.number<string>().check(z.minimum(least), z.maximum(most), z.int());
}

/** The part of a list that is asked for. */
export const part = {
  limit: z._default(numeric(1, 100), 50),
  after: z.optional(z.string().check(z.maxLength(1_000))),
};

/** A part of a list. */
export function pageOf<S extends z.ZodMiniType>(item: S) {
  return z.strictObject({ items: z.array(item), next: z.optional(z.string()) });
}

/** The version that a change is made to: here, or in the header `If-Match`. */
export const versioned = { version: z.optional(version) };
