/** Puts pseudonyms where addresses were: in the log of reads, and in the keys that were denied. */

import { and, eq, lte, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { deniedKeys, feedAccess } from "../schema-records.ts";

/** Rows of the log that have an address still, and are of an instant up to `untilMs`; the oldest first. */
export function plainReads(db: Database, untilMs: number, limit: number): Promise<{ id: number; address: string }[]> {
  // Written out, not bound: the partial index is known by it.
  return db
    .select({ id: feedAccess.id, address: feedAccess.address })
    .from(feedAccess)
    .where(and(sql`${feedAccess.isPseudonym} = 0`, lte(feedAccess.atMs, untilMs)))
    .orderBy(feedAccess.atMs)
    .limit(limit);
}

/** Replaces the addresses of these rows, where none did meanwhile. Answers with how many. */
export async function replaceReaders(
  db: Database,
  rows: readonly (readonly [id: number, name: string])[],
): Promise<number> {
  const replaced = await db
    .update(feedAccess)
    .set({ address: given(1), isPseudonym: true })
    .from(sql`json_each(${JSON.stringify(rows)}) as given`)
    .where(and(sql`${feedAccess.id} = ${given(0)}`, sql`${feedAccess.isPseudonym} = 0`))
    .returning({ id: feedAccess.id });
  return replaced.length;
}

/** A member of a row that travels as JSON. */
function given(index: number): SQL<string> {
  return sql`json_extract(given.value, ${sql.raw(`'$[${index}]'`)})`;
}

/** One counter that was denied in an hour. */
export interface DeniedCounter {
  readonly hourMs: number;
  readonly limiter: string;
  readonly key: string;
}

/** Counters denied up to `untilMs` that have no pseudonym, in the order of the primary key, after one of them. */
export function plainDenied(
  db: Database,
  untilMs: number,
  after: DeniedCounter | undefined,
  limit: number,
): Promise<DeniedCounter[]> {
  const { hourMs, limiter, key, isPseudonym, lastAtMs } = deniedKeys;
  const later =
    after === undefined
      ? undefined
      : sql`(${hourMs}, ${limiter}, ${key}) > (${after.hourMs}, ${after.limiter}, ${after.key})`;
  return db
    .select({ hourMs, limiter, key })
    .from(deniedKeys)
    .where(and(lte(hourMs, untilMs), lte(lastAtMs, untilMs), eq(isPseudonym, false), later))
    .orderBy(hourMs, limiter, key)
    .limit(limit);
}

/** Replaces these keys. What was denied under a pseudonym already is added to. Answers with how many were replaced. */
export async function replaceDenied(
  db: Database,
  rows: readonly (readonly [hourMs: number, limiter: string, key: string, name: string])[],
): Promise<number> {
  const from = sql`json_each(${JSON.stringify(rows)}) as given join ${deniedKeys} as plain on plain.hour_ms = ${given(0)}
    and plain.limiter = ${given(1)} and plain."key" = ${given(2)} and plain.is_pseudonym = 0`;
  const { hourMs, limiter, key, denials, lastAtMs } = deniedKeys;
  const [, gone] = await db.batch([
    db
      .insert(deniedKeys)
      .select(
        sql`select plain.hour_ms, plain.limiter, ${given(3)}, 1, plain.denials, plain.last_at_ms from ${from} where true`,
      )
      .onConflictDoUpdate({
        target: [hourMs, limiter, key],
        set: {
          denials: sql`${denials} + excluded.denials`,
          lastAtMs: sql`max(${lastAtMs}, excluded.last_at_ms)`,
        },
      }),
    db.delete(deniedKeys).where(sql`rowid in (select plain.rowid from ${from})`).returning({ limiter }),
  ]);
  return gone.length;
}
