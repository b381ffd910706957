/** Where the next part of a list begins, as a text that means nothing to whoever carries it. */

import * as z from "zod/mini";
import { base64urlOf, textOf } from "../base64url.ts";
import { AdminError } from "./admin-error.ts";
import type { Page, PageQuery } from "./page.ts";

/** Longer than any of ours. */
const longest = 4_000;

/** Writes a cursor. */
function asCursor(place: object): string {
  return base64urlOf(JSON.stringify(place));
}

/** Reads one that was written with this shape. @throws AdminError `invalid`, field `after`, for everything else. */
export function placeOf<S extends z.ZodMiniType>(shape: S, cursor: string | undefined): z.output<S> | undefined {
  if (cursor === undefined) return undefined;
  const read = z.safeParse(shape, parsed(cursor));
  if (read.success) return read.data;
  throw noCursor();
}

/** What a cursor that leads nowhere gets. */
export function noCursor(): AdminError {
  return new AdminError("invalid", "This is no place in the list. Begin again at its start.", { field: "after" });
}

function parsed(cursor: unknown): unknown {
  const text = typeof cursor === "string" && cursor.length <= longest ? textOf(cursor) : undefined;
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The part out of what was found: one more than asked for, which tells whether there is another part behind `placeAt` its last.
 * `stopped` is where the search ended before the list did.
 */
export function pageFrom<Item>(
  found: readonly Item[],
  limit: number,
  placeAt: (last: Item) => object,
  stopped?: object,
): Page<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const next = found.length > limit && last !== undefined ? placeAt(last) : stopped;
  return next === undefined ? { items } : { items, next: asCursor(next) };
}

/** How many are asked for. @throws AdminError `invalid`, field `limit`. */
export function partOf({ limit }: Pick<PageQuery, "limit">): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100) return limit;
  throw new AdminError("invalid", "A part of a list has 1 to 100 entries.", { field: "limit" });
}
