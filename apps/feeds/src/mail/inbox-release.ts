/** Letting an inbox go that a complaint holds: a person does, when he has found out what went wrong. */

import { eq } from "drizzle-orm";
import type { Database } from "../database.ts";
import { inboxes } from "../schema.ts";
import { releasedAt, unchanged } from "./inbox-records.ts";

/** How often it is tried anew because the inbox sent or was reported meanwhile. */
const mostTries = 10;

/** Lets it go on from the day on which it was held; false where no complaint holds it, or there is no such inbox. */
export async function releaseInbox(db: Database, of: string, nowMs: number): Promise<boolean> {
  for (let tries = 0; tries < mostTries; tries++) {
    const inbox = await db.select().from(inboxes).where(eq(inboxes.id, of)).get();
    if (inbox === undefined || inbox.heldOnDay === null) return false;
    const free = { ...releasedAt(inbox, nowMs), heldAtMs: null, heldReason: null };
    const changed = await db.update(inboxes).set(free).where(unchanged(inbox)).returning({ id: inboxes.id });
    if (changed.length > 0) return true;
  }
  throw new Error(`the inbox ${of} is changed again and again`);
}
