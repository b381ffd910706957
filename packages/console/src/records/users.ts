/** The app's table of users: listed by name, read, and of one the plan written. */

import { and, asc, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../database.ts";
import type { UserDirectory } from "../directory.ts";
import { overrides, plans } from "../schema.ts";
import { mayBe } from "./edit.ts";
import { blockName, holdsAt, type OverrideRecord } from "./overrides.ts";
import type { PlanRecord } from "./plans.ts";

export interface UserRecord {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
}

/** Which users: conditions go together. */
export interface UserFilter {
  readonly plan?: string | undefined;
  /** Overrides of theirs that hold and of which this is true. */
  readonly having?: SQL | undefined;
}

/** Conditions on overrides, each answered by an index of theirs. */
export const havings = {
  any: (nowMs: number): SQL => sql`${overrides.limitName} <> ${blockName} and ${holdsAt(nowMs)}`,
  expiring: (nowMs: number, withinMs: number): SQL =>
    sql`${overrides.limitName} <> ${blockName} and ${overrides.expiresAtMs} > ${nowMs}
      and ${overrides.expiresAtMs} <= ${nowMs + withinMs}`,
  unreviewed: (nowMs: number, forMs: number): SQL =>
    sql`${overrides.limitName} <> ${blockName} and ${overrides.reviewedAtMs} <= ${nowMs - forMs} and ${holdsAt(nowMs)}`,
  blocked: (nowMs: number): SQL => sql`${overrides.limitName} = ${blockName} and ${overrides.expiresAtMs} > ${nowMs}`,
} as const;

/** Sorts behind every name that begins with another. */
const last = "\u{10ffff}";

/** Users by name and id, behind one of them, whose names begin so; `but` is left out. */
export async function usersByName(
  db: Database,
  users: UserDirectory,
  query: UserFilter & {
    limit: number;
    after?: UserRecord | undefined;
    prefix?: string | undefined;
    but?: string | undefined;
  },
): Promise<UserRecord[]> {
  const { after, prefix, but, limit } = query;
  // Of two lower bounds SQLite's index takes one: the higher.
  const from =
    after !== undefined && (prefix === undefined || after.name >= prefix)
      ? sql`${users.name} >= ${after.name}`
      : undefined;
  const conditions = [
    from ?? (prefix === undefined ? undefined : sql`${users.name} >= ${prefix}`),
    prefix === undefined ? undefined : sql`${users.name} < ${prefix + last}`,
    after === undefined ? undefined : sql`(${users.name}, ${users.id}) > (${after.name}, ${after.id})`,
    but === undefined ? undefined : sql`${users.id} <> ${but}`,
    ...filtered(users, query),
  ];
  const found = await select(db, users)
    .where(and(...conditions))
    .orderBy(asc(users.name), asc(users.id))
    .limit(limit);
  return found as UserRecord[];
}

/** One user, if the filter lets it through. */
export async function userOf(
  db: Database,
  users: UserDirectory,
  userId: string,
  filter: UserFilter = {},
): Promise<UserRecord | undefined> {
  const [found] = await select(db, users).where(and(eq(users.id, userId), ...filtered(users, filter)));
  return found as UserRecord | undefined;
}

/** One user with all overrides, expired ones included, and all plans: in one trip. */
export async function userWithGrants(
  db: Database,
  users: UserDirectory,
  userId: string,
): Promise<{ user: UserRecord | undefined; overrides: OverrideRecord[]; plans: PlanRecord[] }> {
  const granted = db.select().from(overrides).where(eq(overrides.userId, userId)).orderBy(asc(overrides.limitName));
  const found = await db.batch([select(db, users).where(eq(users.id, userId)), granted, db.select().from(plans)]);
  return { user: found[0][0] as UserRecord | undefined, overrides: found[1], plans: found[2] };
}

function select(db: Database, users: UserDirectory) {
  return db.select({ id: users.id, name: users.name, plan: users.plan }).from(users.table);
}

function filtered(users: UserDirectory, { plan, having }: UserFilter): (SQL | undefined)[] {
  return [
    plan === undefined ? undefined : sql`${users.plan} = ${plan}`,
    having && sql`${users.id} in (select ${overrides.userId} from ${overrides} where ${having})`,
  ];
}

export function thereIsUser(users: UserDirectory, userId: string, plan?: string): SQL {
  const same = plan === undefined ? sql`` : sql` and ${users.plan} = ${plan}`;
  return sql`exists (select 1 from ${users.table} where ${users.id} = ${userId}${same})`;
}

export function updateUserPlan(db: Database, users: UserDirectory, userId: string, plan: string): BatchItem<"sqlite"> {
  const columns = Object.entries(getTableColumns(users.table));
  const [property = ""] = columns.find(([, { name }]) => name === users.plan.name) ?? [];
  return db
    .update(users.table)
    .set({ [property]: plan })
    .where(sql`${users.id} = ${userId} and ${mayBe}`);
}
