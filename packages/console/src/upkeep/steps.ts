/** The parts of upkeep, each done in steps that touch few rows. */

import type { Database } from "../database.ts";
import type { PlanLimits } from "../plans/limits.ts";
import { secretOf } from "../records/keys.ts";
import { type PrunedTable, prune } from "../records/pruning.ts";
import { type DeniedCounter, plainDenied, plainReads, replaceDenied, replaceReaders } from "../records/pseudonyms.ts";
import { type Pseudonyms, pseudonymOfKey, pseudonymsOf } from "./pseudonym.ts";

/** What one step did: how many rows it changed, and whether there may be more to do. */
export interface Stepped {
  readonly rows: number;
  readonly isDone: boolean;
}

/** One part of the work; called again until it is done. */
export type Step = (limit: number) => Promise<Stepped>;

/** Takes away rows of one table that are of an instant up to `untilMs`. */
export function pruning(db: Database, table: PrunedTable, untilMs: number): Step {
  return async (limit) => {
    const rows = await prune(db, table, untilMs, limit);
    return { rows, isDone: rows < limit };
  };
}

/** The pseudonyms of this run, asked for when the first address is met. */
export function pseudonymsAt(db: Database, nowMs: number): () => Promise<Pseudonyms> {
  let asked: Promise<Pseudonyms> | undefined;
  return () => (asked ??= secretOf(db, "pseudonym", nowMs).then(pseudonymsOf));
}

/** Replaces addresses in the log of reads. */
export function namingReaders(db: Database, untilMs: number, names: () => Promise<Pseudonyms>): Step {
  return async (limit) => {
    const plain = await plainReads(db, untilMs, limit);
    if (plain.length === 0) return { rows: 0, isDone: true };
    const pseudonyms = await names();
    const named = await Promise.all(plain.map(async ({ id, address }) => [id, await pseudonyms(address)] as const));
    return { rows: await replaceReaders(db, named), isDone: plain.length < limit };
  };
}

/** Replaces the keys of counters that belong to no user: addresses, and whatever else a limiter of the app's counts by. */
export function namingDenied(
  db: Database,
  limits: PlanLimits,
  untilMs: number,
  names: () => Promise<Pseudonyms>,
): Step {
  const isUsers = ({ limiter, key }: DeniedCounter): boolean =>
    Object.values(limits).some(({ policy, userOf }) => policy === limiter && userOf(key) !== undefined);
  let after: DeniedCounter | undefined;
  return async (limit) => {
    const plain = await plainDenied(db, untilMs, after, limit);
    after = plain.at(-1);
    const isDone = plain.length < limit;
    const nobodys = plain.filter((counter) => !isUsers(counter));
    if (nobodys.length === 0) return { rows: 0, isDone };
    const pseudonyms = await names();
    const named = nobodys.map(
      async ({ hourMs, limiter, key }) => [hourMs, limiter, key, await pseudonymOfKey(key, pseudonyms)] as const,
    );
    return { rows: await replaceDenied(db, await Promise.all(named)), isDone };
  };
}
