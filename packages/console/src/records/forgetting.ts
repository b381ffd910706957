/** What the console's tables keep of a user, and taking it away within an edit. The audit log stays. */

import { eq, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../database.ts";
import { deniedKeys, overrides, userDenials } from "../schema.ts";
import { mayBe } from "./edit.ts";

/** A counter, as the tables name it. */
export type Counter = readonly [limiter: string, key: string];

/** A user's id, as the app has it and as it was recorded, and the counters of the user. */
export interface KeptUser {
  readonly id: string;
  readonly recordedId: string;
  readonly counters: readonly Counter[];
}

/** Whether anything is kept of a user. */
export function isAnythingKept({ id, recordedId, counters }: KeptUser): SQL {
  return sql`(exists (select 1 from ${overrides} where ${eq(overrides.userId, id)})
    or exists (select 1 from ${userDenials} where ${eq(userDenials.userId, recordedId)})
    or exists (${deniedOf(counters)}))`;
}

/** Removes the user's overrides and denials, and the keys of the user from those denied most. */
export function forgetUser(db: Database, { id, recordedId, counters }: KeptUser): readonly BatchItem<"sqlite">[] {
  return [
    db.delete(overrides).where(sql`${overrides.userId} = ${id} and ${mayBe}`),
    db.delete(userDenials).where(sql`${userDenials.userId} = ${recordedId} and ${mayBe}`),
    db.delete(deniedKeys).where(sql`rowid in (${deniedOf(counters)}) and ${mayBe}`),
  ];
}

/** Rows of counters. Hour by hour, because the key begins with it: rows of other counters are not read. */
function deniedOf(counters: readonly Counter[]): SQL {
  return sql`with recursive hour(ms) as (
      select min(hour_ms) from sluice_denied_keys
      union all select (select min(hour_ms) from sluice_denied_keys where hour_ms > hour.ms) from hour where hour.ms is not null
    )
    select denied.rowid from hour cross join json_each(${JSON.stringify(counters)}) as counter
      cross join sluice_denied_keys as denied
    where denied.hour_ms = hour.ms and denied.limiter = counter.value ->> 0 and denied."key" = counter.value ->> 1`;
}
