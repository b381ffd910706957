/** How many keys asked how often in a minute: adding to the histograms, and adding up what is above a limit. */

import { sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../database.ts";
import { keyCounts } from "../schema-records.ts";
import { everyMinute } from "./every-minute.ts";

const { minuteMs, limiter, plan, bucket, keys, hundredths } = keyCounts;

/** @param rows JSON: lists of minute, limiter, plan, bucket, keys and hundredths of units */
export function addKeyCounts(db: Database, rows: string): BatchItem<"sqlite"> {
  return db
    .insert(keyCounts)
    .select(
      sql`select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 from json_each(${rows}) where true`,
    )
    .onConflictDoUpdate({
      target: [minuteMs, limiter, plan, bucket],
      set: { keys: sql`${keys} + excluded.keys`, hundredths: sql`${hundredths} + excluded.hundredths` },
    });
}

/** One bucket of a limiter, over many minutes. */
export interface BucketSum {
  readonly limiter: string;
  readonly bucket: number;
  readonly keys: number;
  readonly hundredths: number;
  /** What is above the limit if in each minute all keys of the bucket asked for the same: no less can be. */
  readonly leastAbove: number;
}

/** Buckets of whole minutes for one plan, with the limit of each limiter in hundredths of a unit. */
export async function bucketSums(
  db: Database,
  limits: readonly (readonly [limiter: string, hundredths: number])[],
  planId: string,
  fromMs: number,
  toMs: number,
): Promise<readonly BucketSum[]> {
  const sums = sql`(
    ${everyMinute(fromMs, toMs)}
    select k.limiter, k.bucket, sum(k.keys) as keys, sum(k.hundredths) as hundredths,
      sum(max(0, k.hundredths - k.keys * (wanted.value ->> 1))) as least_above
    from json_each(${JSON.stringify(limits)}) as wanted cross join minute cross join sluice_key_counts as k
    on k.minute_ms = minute.ms and k.limiter = wanted.value ->> 0 and k.plan = ${planId}
    group by k.limiter, k.bucket
  ) as sums`;
  return await db
    .select({
      limiter: sql<string>`sums.limiter`,
      bucket: sql<number>`sums.bucket`,
      keys: sql<number>`sums.keys`,
      hundredths: sql<number>`sums.hundredths`,
      leastAbove: sql<number>`sums.least_above`,
    })
    .from(sums);
}
