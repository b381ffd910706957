/** The table of plans: read whole, by id, and where there was an edit; written within an edit. */

import { asc, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../database.ts";
import type { UserDirectory } from "../directory.ts";
import { plans } from "../schema.ts";
import { mayBe } from "./edit.ts";
import { currentVersion } from "./versions.ts";

export type PlanRecord = typeof plans.$inferSelect;

/** What an edit writes of a plan; its version is the edit's. */
export type PlanColumns = Omit<PlanRecord, "version">;

/** All plans with their users counted, by price and name. */
export async function plansWithUsers(db: Database, users: UserDirectory): Promise<(PlanRecord & { users: number })[]> {
  return await selectWithUsers(db, users).orderBy(asc(plans.priceCents), asc(plans.name), asc(plans.id));
}

/** One plan with its users counted. */
export async function planWithUsers(
  db: Database,
  users: UserDirectory,
  id: string,
): Promise<(PlanRecord & { users: number }) | undefined> {
  const [found] = await selectWithUsers(db, users).where(eq(plans.id, id));
  return found;
}

function selectWithUsers(db: Database, users: UserDirectory) {
  // By names: within a selection of one table drizzle leaves out the tables of columns, and `id` would be the user's.
  const column = sql`${users.table}.${sql.identifier(users.plan.name)}`;
  const counted = sql<number>`(select count(*) from ${users.table} where ${column} = sluice_plans.id)`;
  return db.select({ ...getTableColumns(plans), users: counted }).from(plans);
}

/** The version, and all plans where it is another than the one that is known: one statement. */
export async function plansUnless(db: Database, known: number): Promise<{ version: number; plans: PlanRecord[] }> {
  const rows = await db
    .select({ version: currentVersion, plan: getTableColumns(plans) })
    .from(sql`(select 1)`)
    .leftJoin(plans, sql`${currentVersion} <> ${known}`);
  return { version: rows[0]?.version ?? 0, plans: rows.flatMap(({ plan }) => (plan === null ? [] : [plan])) };
}

export function thereIsPlan(id: string, version?: number): SQL {
  const same = version === undefined ? sql`` : sql` and ${plans.version} = ${version}`;
  return sql`exists (select 1 from ${plans} where ${plans.id} = ${id}${same})`;
}

export const thereAreNoPlans: SQL = sql`not exists (select 1 from ${plans})`;

export function nobodyIsOn(users: UserDirectory, plan: string): SQL {
  return sql`not exists (select 1 from ${users.table} where ${users.plan} = ${plan})`;
}

export function insertPlan(db: Database, row: PlanColumns): BatchItem<"sqlite"> {
  const { id, name, apiPerMinute, publicFeedPerMinute, moreLimits, priceCents, features, createdAtMs, updatedAtMs } =
    row;
  const [more, words] = [JSON.stringify(moreLimits), JSON.stringify(features)];
  return db.insert(plans).select(
    sql`select ${id}, ${name}, ${apiPerMinute}, ${publicFeedPerMinute}, ${more}, ${priceCents}, ${words},
      ${currentVersion}, ${createdAtMs}, ${updatedAtMs} where ${mayBe}`,
  );
}

export function updatePlan(db: Database, { id, createdAtMs: _, ...columns }: PlanColumns): BatchItem<"sqlite"> {
  return db
    .update(plans)
    .set({ ...columns, version: currentVersion })
    .where(sql`${plans.id} = ${id} and ${mayBe}`);
}

export function deletePlan(db: Database, id: string): BatchItem<"sqlite"> {
  return db.delete(plans).where(sql`${plans.id} = ${id} and ${mayBe}`);
}
