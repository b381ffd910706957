/** The job that finds out what entries lack: their text in short, how many words they have, how long they take to read. */

import { type Backend, perHour } from "@sluice/core";
import {
  BatchStoppedError,
  batch,
  LimitError,
  type LocalTime,
  limiter,
  type Metrics,
  type NamedLimiter,
} from "@sluice/outbound";
import { and, desc, eq, isNull } from "drizzle-orm";
import type { Database } from "../database.ts";
import { type Logger, loggable } from "../logger.ts";
import { entries } from "../schema.ts";
import { enrichment } from "./plain-text.ts";

export interface EnrichDeps {
  readonly db: Database;
  readonly limit: NamedLimiter;
  readonly logger: Logger;
  readonly time: LocalTime;
}

/** How many articles are read in an hour, by all processes together: each may come to cost a call somewhere. */
const entriesPerHour = 100;

/** The limit on enriching, in the backend of all processes. */
export function enrichmentLimit(
  backend: Backend,
  also: { readonly time: LocalTime; readonly metrics?: Metrics | undefined },
): NamedLimiter {
  return limiter({ name: "enrich", rate: perHour(entriesPerHour), backend, ...also });
}

/** Enriches as many entries as the limit has places for now, the newest first; tells how many, and how many failed. */
export async function enrich(
  { db, limit, logger, time }: EnrichDeps,
  signal: AbortSignal,
): Promise<{ readonly enriched: number; readonly failed: number }> {
  const [state] = await limit.peek();
  const places = Math.floor(state?.remaining ?? 0);
  if (places === 0) return { enriched: 0, failed: 0 };
  const { id, content, words, publishedAtMs } = entries;
  const lacking = await db
    .select({ id, content })
    .from(entries)
    .where(isNull(words))
    .orderBy(desc(publishedAtMs))
    .limit(places)
    .all();
  let [enriched, failed] = [0, 0];
  const write = async (entry: { readonly id: string; readonly content: string }): Promise<void> => {
    const found = enrichment(entry.content);
    await db
      .update(entries)
      .set(found)
      .where(and(eq(id, entry.id), isNull(words)));
  };
  try {
    await batch(lacking, write, {
      limiter: limit,
      // What does not fit now is done in five minutes.
      maxWaitMs: 0,
      time,
      signal,
      keep: "none",
      onResult(result) {
        if (result.ok) enriched++;
        else {
          failed++;
          logger.error(loggable(result.error), "an entry could not be enriched");
        }
      },
    });
  } catch (error) {
    const isFull = error instanceof BatchStoppedError && error.cause instanceof LimitError;
    if (!isFull && !signal.aborted) throw error;
  }
  return { enriched, failed };
}
