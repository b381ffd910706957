/** Secrets of the console's own: made when they are first needed, the same for every process on the database. */

import { and, desc, eq, gt, sql } from "drizzle-orm";
import { hex } from "../base64url.ts";
import type { Database } from "../database.ts";
import { keys } from "../schema-plans.ts";

/** `session` signs cookies, and stays. `pseudonym` hashes addresses, and is replaced every 30 days. */
export type KeyPurpose = "session" | "pseudonym";

const dayMs = 86_400_000;

/** For how long a key of each purpose is used. */
const lifeMs: Readonly<Record<KeyPurpose, number>> = { session: Number.POSITIVE_INFINITY, pseudonym: 30 * dayMs };

interface Secret {
  readonly secret: string;
  readonly endsAtMs: number;
}

// Answers, not promises: in workerd a request must not wait for what another one has asked.
const known = new WeakMap<Database, Map<KeyPurpose, Secret>>();

/**
 * The secret of a purpose: 32 random bytes as hexadecimal text. Remembered for a key's life.
 *
 * Rejects with the database's error; nothing is remembered then.
 *
 * @param now Milliseconds since 1970.
 */
export async function secretOf(db: Database, purpose: KeyPurpose, now: number): Promise<string> {
  const remembered = known.get(db)?.get(purpose);
  if (remembered !== undefined && now < remembered.endsAtMs) return remembered.secret;
  const found = await ask(db, purpose, now);
  known.set(db, (known.get(db) ?? new Map<KeyPurpose, Secret>()).set(purpose, found));
  return found.secret;
}

async function ask(db: Database, purpose: KeyPurpose, now: number): Promise<Secret> {
  const life = lifeMs[purpose];
  let found = await newest(db, purpose);
  if (found === undefined || found.createdAtMs <= now - life) {
    const isYoung = Number.isFinite(life) ? gt(keys.createdAtMs, now - life) : undefined;
    const young = db
      .select({ one: sql`1` })
      .from(keys)
      .where(and(eq(keys.purpose, purpose), isYoung));
    // One statement, so that of two processes that both find none only the first inserts.
    await db.run(sql`insert into ${keys} (purpose, secret, created_at_ms)
      select ${purpose}, ${randomSecret()}, ${now} where not exists ${young}`);
    found = await newest(db, purpose);
  }
  if (found === undefined) throw new Error(`the key for ${purpose} was not kept`);
  return { secret: found.secret, endsAtMs: found.createdAtMs + life };
}

async function newest(db: Database, purpose: KeyPurpose): Promise<{ secret: string; createdAtMs: number } | undefined> {
  const [found] = await db
    .select({ secret: keys.secret, createdAtMs: keys.createdAtMs })
    .from(keys)
    .where(eq(keys.purpose, purpose))
    .orderBy(desc(keys.id))
    .limit(1);
  return found;
}

/** Forgets keys of pseudonyms that have been replaced: nothing is ever hashed with them again. Answers with how many. */
export async function forgetReplacedKeys(db: Database): Promise<number> {
  const newest = sql`(select max(id) from ${keys} where purpose = 'pseudonym')`;
  const forgotten = await db
    .delete(keys)
    .where(and(eq(keys.purpose, "pseudonym"), sql`${keys.id} < ${newest}`))
    .returning({ id: keys.id });
  return forgotten.length;
}

function randomSecret(): string {
  return hex(crypto.getRandomValues(new Uint8Array(32)));
}
