/** What limiters decided, minute by minute: adding to it, and adding it up. */

import { and, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { RecordedOutcome } from "../admin/decisions-admin.ts";
import type { Database } from "../database.ts";
import { decisionMinutes } from "../schema-records.ts";
import { everyMinute } from "./every-minute.ts";

const { minuteMs, limiter, plan, outcome, count } = decisionMinutes;

/** @param rows JSON: lists of minute, limiter, plan, outcome and count */
export function addDecisions(db: Database, rows: string): BatchItem<"sqlite"> {
  return db
    .insert(decisionMinutes)
    .select(
      sql`select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 from json_each(${rows}) where true`,
    )
    .onConflictDoUpdate({
      target: [minuteMs, limiter, plan, outcome],
      set: { count: sql`${count} + excluded.count` },
    });
}

/** Counts of one limiter in one step of time. */
export interface StepSums extends Readonly<Record<RecordedOutcome, number>> {
  /** The first millisecond of the step. */
  readonly atMs: number;
  readonly limiter: string;
}

/** Sums over steps of time, the first of which begins at `fromMs`. In order of time. */
export async function decisionSums(
  db: Database,
  fromMs: number,
  toMs: number,
  stepMs: number,
): Promise<readonly StepSums[]> {
  // By minute and limiter first, as the key has them: nothing is sorted then but what is left, a sixth of the rows or less.
  const inMinute = db
    .select({
      minuteMs,
      limiter,
      allowed: sumOf("allowed").as("allowed"),
      denied: sumOf("denied").as("denied"),
      open: sumOf("open").as("open"),
      closed: sumOf("closed").as("closed"),
    })
    .from(decisionMinutes)
    .where(and(gte(minuteMs, fromMs), lt(minuteMs, toMs)))
    .groupBy(minuteMs, limiter)
    .as("in_minute");
  // What is bound arrives as a floating point number, of which SQLite would make fractions of steps.
  const [from, step] = [sql`cast(${fromMs} as integer)`, sql`cast(${stepMs} as integer)`];
  return await db
    .select({
      atMs: sql<number>`${from} + (${inMinute.minuteMs} - ${from}) / ${step} * ${step}`.as("at_ms"),
      limiter: inMinute.limiter,
      allowed: sql<number>`sum(${inMinute.allowed})`,
      denied: sql<number>`sum(${inMinute.denied})`,
      open: sql<number>`sum(${inMinute.open})`,
      closed: sql<number>`sum(${inMinute.closed})`,
    })
    .from(inMinute)
    .groupBy(sql`at_ms`, inMinute.limiter)
    .orderBy(sql`at_ms`, inMinute.limiter);
}

function sumOf(wanted: RecordedOutcome): SQL<number> {
  return sql<number>`sum(case ${outcome} when ${sql.raw(`'${wanted}'`)} then ${count} else 0 end)`;
}

/** Counts of one limiter and outcome in a minute. */
export interface MinuteSum {
  /** The minute's first millisecond. */
  readonly atMs: number;
  readonly limiter: string;
  readonly outcome: string;
  readonly count: number;
}

/** Sums of whole minutes. */
export async function minuteSums(db: Database, minutes: readonly number[]): Promise<readonly MinuteSum[]> {
  return await db
    .select({ atMs: minuteMs, limiter, outcome, count: sql<number>`sum(${count})` })
    .from(decisionMinutes)
    .where(inArray(minuteMs, [...minutes]))
    .groupBy(minuteMs, limiter, outcome);
}

/** What was denied to a plan by one limiter, and in how many minutes anything at all was recorded. */
export interface PlanDenials {
  readonly limiter: string;
  readonly denied: number;
  readonly minutes: number;
}

/** Of whole minutes, one row for each of the limiters. */
export async function planDenials(
  db: Database,
  limiters: readonly string[],
  planId: string,
  fromMs: number,
  toMs: number,
): Promise<readonly PlanDenials[]> {
  const sums = sql`(
    ${everyMinute(fromMs, toMs)}
    select wanted.value as limiter,
      coalesce(sum((
        select d.count from sluice_decision_minutes as d
        where d.minute_ms = minute.ms and d.limiter = wanted.value and d.plan = ${planId} and d.outcome = 'denied'
      )), 0) as denied,
      sum(exists (select 1 from sluice_decision_minutes as d where d.minute_ms = minute.ms)) as minutes
    from json_each(${JSON.stringify(limiters)}) as wanted cross join minute
    group by wanted.value
  ) as sums`;
  return await db
    .select({
      limiter: sql<string>`sums.limiter`,
      denied: sql<number>`sums.denied`,
      minutes: sql<number>`sums.minutes`,
    })
    .from(sums);
}
