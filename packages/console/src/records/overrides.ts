/** The table of overrides: whose hold, and writing them within an edit. The name `*` blocks. */

import { eq, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../database.ts";
import type { UserDirectory } from "../directory.ts";
import { overrides } from "../schema.ts";
import { mayBe } from "./edit.ts";
import { currentVersion } from "./versions.ts";

export type OverrideRecord = typeof overrides.$inferSelect;

/** What an edit writes of an override; its version is the edit's. */
export type OverrideColumns = Omit<OverrideRecord, "version">;

/** The name under which a block is kept. */
export const blockName = "*";

/** Whether an override has not expired. */
export function holdsAt(nowMs: number): SQL {
  return sql`(${overrides.expiresAtMs} is null or ${overrides.expiresAtMs} > ${nowMs})`;
}

/** What limiters are to know of a user. */
export interface GrantedUser {
  readonly plan: string;
  /** The number of the last edit when this was read. */
  readonly version: number;
  readonly overrides: readonly Pick<OverrideRecord, "limitName" | "units" | "expiresAtMs">[];
}

/** A user's plan with the overrides that hold, for the limiters: one statement. Undefined for an unknown user. */
export async function planAndOverrides(
  db: Database,
  users: UserDirectory,
  userId: string,
  nowMs: number,
): Promise<GrantedUser | undefined> {
  const { limitName, units, expiresAtMs } = overrides;
  const rows = await db
    .select({ plan: users.plan, version: currentVersion, override: { limitName, units, expiresAtMs } })
    .from(users.table)
    .leftJoin(overrides, sql`${overrides.userId} = ${users.id} and ${holdsAt(nowMs)}`)
    .where(eq(users.id, userId));
  if (rows[0] === undefined) return undefined;
  return {
    plan: rows[0].plan as string,
    version: rows[0].version,
    overrides: rows.flatMap(({ override }) => (override === null ? [] : [override])),
  };
}

/** Those that hold of many users. */
export async function overridesOfMany(
  db: Database,
  userIds: readonly string[],
  nowMs: number,
): Promise<Pick<OverrideRecord, "userId" | "limitName" | "expiresAtMs">[]> {
  const { userId, limitName, expiresAtMs } = overrides;
  // One value however many ids: D1 binds a hundred.
  const these = sql`${userId} in (select value from json_each(${JSON.stringify(userIds)}))`;
  return await db
    .select({ userId, limitName, expiresAtMs })
    .from(overrides)
    .where(sql`${these} and ${holdsAt(nowMs)}`);
}

export async function overrideOf(db: Database, userId: string, limit: string): Promise<OverrideRecord | undefined> {
  const [found] = await db
    .select()
    .from(overrides)
    .where(sql`${ofLimit(userId, limit)}`);
  return found;
}

function ofLimit(userId: string, limit: string): SQL {
  return sql`${overrides.userId} = ${userId} and ${overrides.limitName} = ${limit}`;
}

/** Whether the override is of this version; 0: whether there is none. */
export function overrideIs(userId: string, limit: string, version: number): SQL {
  const those = sql`select 1 from ${overrides} where ${ofLimit(userId, limit)}`;
  return version === 0 ? sql`not exists (${those})` : sql`exists (${those} and ${overrides.version} = ${version})`;
}

export function putOverride(db: Database, row: OverrideColumns): BatchItem<"sqlite"> {
  const { userId, limitName, units, note, grantedBy, createdAtMs, expiresAtMs, reviewedAtMs, reviewedBy } = row;
  return db
    .insert(overrides)
    .select(
      sql`select ${userId}, ${limitName}, ${units}, ${note}, ${grantedBy}, ${createdAtMs}, ${expiresAtMs},
        ${reviewedAtMs}, ${reviewedBy}, ${currentVersion} where ${mayBe}`,
    )
    .onConflictDoUpdate({
      target: [overrides.userId, overrides.limitName],
      set: { units, note, grantedBy, createdAtMs, expiresAtMs, reviewedAtMs, reviewedBy, version: currentVersion },
    });
}

export function deleteOverride(db: Database, userId: string, limit: string): BatchItem<"sqlite"> {
  return db.delete(overrides).where(sql`${ofLimit(userId, limit)} and ${mayBe}`);
}
