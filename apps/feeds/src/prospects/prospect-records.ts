/** Prospects as rows of the job: which are due, what was found, and who has to wait. */

import { and, asc, eq, isNotNull, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { prospects } from "../schema.ts";
import { plain } from "../text.ts";
import type { Finding, Prospect, Step } from "./prospect.ts";

const { id, userId, name, site, email, emailState, failures, nextTryAtMs, recordedAtMs } = prospects;
const columns = { id, name, site, email, emailState, failures, recordedAtMs };

const minuteMs = 60_000;
const firstWaitMs = 5 * minuteMs;
const longestWaitMs = 360 * minuteMs;

/** As many answers in a row that make no sense, and the prospect is given up. */
const mostFailures = 8;

const isPending: Readonly<Record<Exclude<Step, "record">, SQL | undefined>> = {
  site: and(isNull(site), isNull(email)),
  address: and(isNotNull(site), isNull(email)),
  verdict: isNotNull(email),
};

/** Those that wait for one of these steps, as many as `most`. */
export async function duePending(
  db: Database,
  open: ReadonlySet<Step>,
  nowMs: number,
  most: number,
): Promise<readonly Prospect[]> {
  const asked = (["site", "address", "verdict"] as const).filter((step) => open.has(step));
  if (asked.length === 0) return [];
  // Written out, so that the indexes of these rows alone are seen to answer.
  const isOpen = asked.length === 3 ? undefined : or(...asked.map((step) => isPending[step]));
  return inTurn(db, and(sql`${emailState} = 'pending'`, lte(nextTryAtMs, nowMs), isOpen), most);
}

/** Those that only have to be recorded, as many as `most`. */
export async function dueUnrecorded(
  db: Database,
  open: ReadonlySet<Step>,
  nowMs: number,
  most: number,
): Promise<readonly Prospect[]> {
  if (!open.has("record")) return [];
  return inTurn(db, and(sql`${emailState} <> 'pending'`, isNull(recordedAtMs), lte(nextTryAtMs, nowMs)), most);
}

/** One of each user, then a second of each: a list of ten thousand keeps nobody waiting but its owner. */
async function inTurn(db: Database, which: SQL | undefined, most: number): Promise<readonly Prospect[]> {
  const place = sql<number>`row_number() over (partition by ${userId} order by ${nextTryAtMs}, ${id})`.as("place");
  const due = db
    .select({ ...columns, nextTryAtMs, place })
    .from(prospects)
    .where(which)
    .as("due");
  const { nextTryAtMs: sinceMs, place: turn } = due;
  const who = { id: due.id, name: due.name, site: due.site, email: due.email };
  const how = { emailState: due.emailState, failures: due.failures, recordedAtMs: due.recordedAtMs };
  return db
    .select({ ...who, ...how })
    .from(due)
    .orderBy(asc(turn), asc(sinceMs), asc(due.id))
    .limit(most)
    .all();
}

/** Writes what was found; false where the row is not as it was when the question was asked. */
export async function keep(db: Database, before: Prospect, finding: Finding, nowMs: number): Promise<boolean> {
  const kept = await db
    .update(prospects)
    // Why a prospect was given up is still to be read once that is recorded.
    .set({
      ...finding,
      failures: 0,
      updatedAtMs: nowMs,
      ...(finding.recordedAtMs === undefined && { lastError: null }),
    })
    .where(asItWas(before))
    .returning({ id });
  return kept.length > 0;
}

/** Puts a prospect off; one that is at fault itself, and was too often, is given up, which is recorded at once. */
export async function putOff(
  db: Database,
  before: Prospect,
  step: Step,
  { isItsOwn, because }: { readonly isItsOwn: boolean; readonly because: string },
  nowMs: number,
): Promise<void> {
  const count = before.failures + 1;
  const isGivenUp = isItsOwn && step !== "record" && count >= mostFailures;
  const givenUp = { emailState: step === "verdict" ? ("risky" as const) : ("none" as const), failures: 0 };
  const later = nowMs + Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(before.failures, 20));
  await db
    .update(prospects)
    .set({
      ...(isGivenUp ? givenUp : { failures: count, nextTryAtMs: later }),
      // That results cannot be written down is no news to whoever waits for them.
      ...(step !== "record" && { lastError: plain(because).slice(0, 200) }),
      updatedAtMs: nowMs,
    })
    .where(asItWas(before));
}

function asItWas(before: Prospect): SQL | undefined {
  return and(
    eq(id, before.id),
    eq(emailState, before.emailState),
    before.site === null ? isNull(site) : eq(site, before.site),
    before.email === null ? isNull(email) : eq(email, before.email),
    before.recordedAtMs === null ? isNull(recordedAtMs) : undefined,
  );
}
