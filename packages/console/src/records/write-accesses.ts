/** Adds reads of public feeds to their log. */

import { sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../database.ts";
import { feedAccess } from "../schema-records.ts";

/** @param rows JSON: lists of feed, owner, time, address, user agent, status and decision */
export function addAccesses(db: Database, rows: string): BatchItem<"sqlite"> {
  return db
    .insert(feedAccess)
    .select(
      sql`select null, value ->> 0, value ->> 1, value ->> 2, value ->> 3, 0, value ->> 4, value ->> 5, value ->> 6 from json_each(${rows})`,
    );
}
