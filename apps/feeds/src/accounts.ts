/** Who a token belongs to, and what that user's plan and overrides are. */

import { eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { overrides, type PlanName, users } from "./schema.ts";

export interface User {
  readonly id: string;
  readonly username: string;
  readonly plan: PlanName;
  readonly role: "member" | "admin";
  readonly createdAtMs: number;
}

/** A user's plan with what they are granted instead of its numbers. */
export interface Account {
  readonly plan: PlanName;
  readonly overrides: readonly {
    readonly limitName: string;
    /** Null is unlimited. */
    readonly perMinute: number | null;
    readonly note: string;
    readonly expiresAtMs: number | null;
  }[];
}

/** The owner of a token. One statement, whether or not there is one. */
export async function userByTokenHash(db: Database, tokenHash: string): Promise<User | undefined> {
  const { id, username, plan, role, createdAtMs } = users;
  return db.select({ id, username, plan, role, createdAtMs }).from(users).where(eq(users.tokenHash, tokenHash)).get();
}

/** A user's plan and overrides. One statement, however many overrides there are. */
export async function accountOf(db: Database, userId: string): Promise<Account | undefined> {
  const rows = await db
    .select({ plan: users.plan, override: overrides })
    .from(users)
    .leftJoin(overrides, eq(overrides.userId, users.id))
    .where(eq(users.id, userId))
    .all();
  const [first] = rows;
  if (first === undefined) return undefined;
  return { plan: first.plan, overrides: rows.flatMap(({ override }) => override ?? []) };
}
