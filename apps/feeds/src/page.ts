/** Lists in pages: where one ends, as the client brings it back and as SQL goes on from there. */

import { and, desc, eq, lt, or, type SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import * as z from "zod/mini";

/** A part of a list: as many as `limit`, after the place at which the page before ended. */
export interface Page<After = Place> {
  readonly limit: number;
  readonly cursor?: After | undefined;
}

/** A place in a list whose newest come first: the instant and the id of the last of the page before. */
export interface Place {
  readonly atMs: number;
  readonly id: string;
}

/** A place as a client brings it back: `1767225600000_6f9c…`. */
export const place = z.pipe(
  z.string().check(z.regex(/^\d{1,15}_[0-9a-f-]{36}$/, "the nextCursor of the page before")),
  z.transform((cursor): Place => ({ atMs: Number.parseInt(cursor, 10), id: cursor.slice(cursor.indexOf("_") + 1) })),
);

/** The same the other way round. */
export function cursorOf({ atMs, id }: Place): string {
  return `${atMs}_${id}`;
}

/** Reads one page; `cursorAt` says how the place of its last item is written. */
export async function pageOf<Item>(
  limit: number,
  read: (most: number) => Promise<readonly Item[]>,
  cursorAt: (last: Item) => string,
): Promise<{ readonly items: readonly Item[]; readonly nextCursor: string | null }> {
  // One more than the page holds tells whether there is another page.
  const found = await read(limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last !== undefined ? cursorAt(last) : null };
}

/** The newest first. Two of one millisecond are told apart by their ids, so that no page skips or repeats one. */
export function newestFirst(at: SQLiteColumn, id: SQLiteColumn): SQL[] {
  return [desc(at), desc(id)];
}

/** Whether a row comes after a place in that order. */
export function isAfter(place: Place | undefined, at: SQLiteColumn, id: SQLiteColumn): SQL | undefined {
  return place && or(lt(at, place.atMs), and(eq(at, place.atMs), lt(id, place.id)));
}
