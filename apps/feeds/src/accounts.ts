/** Who a token, or a name, belongs to. */

import { eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { users } from "./schema.ts";

export interface User {
  readonly id: string;
  readonly username: string;
  /** The id of a plan. */
  readonly plan: string;
  readonly role: "member" | "admin";
  readonly createdAtMs: number;
}

/** The owner of a token. One statement, whether or not there is one. */
export async function userByTokenHash(db: Database, tokenHash: string): Promise<User | undefined> {
  const { id, username, plan, role, createdAtMs } = users;
  return db.select({ id, username, plan, role, createdAtMs }).from(users).where(eq(users.tokenHash, tokenHash)).get();
}

/** The user of a name. One statement, whether or not there is one. */
export async function userByName(db: Database, name: string): Promise<User | undefined> {
  const { id, username, plan, role, createdAtMs } = users;
  return db.select({ id, username, plan, role, createdAtMs }).from(users).where(eq(users.username, name)).get();
}
