/** Forgets entries from elsewhere that no reader is served any more, so that what is gathered does not grow for ever. */

import { asc, gt, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { mostEntries } from "../feed-document.ts";
import { entries, feeds } from "../schema.ts";

/** They are kept for so long in any case: digests tell of a week, and of the weeks in which a message waited. */
const keptMs = 30 * 86_400_000;

/** Feeds that one statement looks at, and entries that it deletes at most. */
const [feedsOfStep, entriesOfStep] = [100, 200];

/**
 * Deletes what came from elsewhere, is older than thirty days and is not among the entries that the feed's document has. What
 * owners wrote themselves stays. Tells how many.
 *
 * Their source may list them still: they are known by the subscription's `listed`, and do not come again.
 */
export async function forgetOldEntries(db: Database, nowMs: number, signal: AbortSignal): Promise<number> {
  let forgotten = 0;
  let after = "";
  while (!signal.aborted) {
    const some = await db
      .select({ id: feeds.id })
      .from(feeds)
      .where(gt(feeds.id, after))
      .orderBy(asc(feeds.id))
      .limit(feedsOfStep)
      .all();
    const ids = some.map(({ id }) => id);
    let gone = entriesOfStep;
    while (gone === entriesOfStep && !signal.aborted) {
      gone = await forgetSome(db, ids, nowMs - keptMs);
      forgotten += gone;
      // Others come first.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    after = ids.at(-1) ?? after;
    if (ids.length < feedsOfStep) break;
  }
  return forgotten;
}

/** Feed by feed, since the place of an entry is found by the index of its feed: first the last that is served, then what is older. */
async function forgetSome(db: Database, feedIds: readonly string[], untilMs: number): Promise<number> {
  const old = sql`
    select old.id from json_each(${JSON.stringify(feedIds)}) as given
    cross join entries as edge on edge.id = (
      select id from entries where feed_id = given.value
      order by published_at_ms desc, id desc limit 1 offset ${mostEntries - 1}
    )
    cross join entries as old on old.feed_id = given.value and old.origin is not null
      and old.published_at_ms <= min(${untilMs}, edge.published_at_ms)
      and (old.published_at_ms, old.id) < (edge.published_at_ms, edge.id)
    limit ${entriesOfStep}`;
  const gone = await db.delete(entries).where(sql`id in (${old})`).returning({ id: entries.id });
  return gone.length;
}
