/** Turns what a minute has counted since the last time into rows, and forgets it. */

import { bucketOf } from "./buckets.ts";
import type { KeyCount, LimiterMinute, Minute } from "./minute.ts";
import { recordedOutcomes } from "./outcome-of.ts";
import type { DecisionRow, DeniedKeyRow, KeyCountRow, UserDenialRow } from "./recorded-rows.ts";
import { recordedText } from "./recorded-text.ts";

const hourMs = 3_600_000;
/** Denied keys, and denied users, of a limiter in one writing; the most denied come first. */
const mostDenied = 1_000;

/** Rows as they are made. */
export interface MinuteRows {
  readonly decisions: DecisionRow[];
  readonly keyCounts: KeyCountRow[];
  readonly deniedKeys: DeniedKeyRow[];
  readonly userDenials: UserDenialRow[];
  /** Denials that are in no row of a key or a user. */
  droppedDenials: number;
}

/** Adds a minute's rows to `rows`. */
export function takeRows(minute: Minute, rows: MinuteRows): void {
  for (const [name, limiter] of minute.limiters) {
    const text = recordedText(name);
    for (const tally of limiter.tallies.values()) {
      for (let place = 0; place < recordedOutcomes.length; place++) {
        const count = tally.counts[place] as number;
        if (count === 0) continue;
        const outcome = recordedOutcomes[place] as DecisionRow["outcome"];
        rows.decisions.push({ minuteMs: minute.fromMs, limiter: text, plan: recordedText(tally.plan), outcome, count });
        tally.counts[place] = 0;
      }
    }
    takeMoves(minute, text, limiter, rows);
    takeDenials(text, limiter, rows);
    for (const count of limiter.changed) count.isChanged = false;
    limiter.changed = [];
  }
}

/** A key that asked for more is no longer in the bucket it was in: so that several rows of one minute add up to the truth. */
function takeMoves({ fromMs }: Minute, limiter: string, { changed }: LimiterMinute, { keyCounts }: MinuteRows): void {
  const moves = new Map<string, Map<number, KeyCountRow>>();
  const move = (plan: string, of: number, keys: 1 | -1): void => {
    if (of === 0) return;
    const bucket = bucketOf(of);
    const byBucket = moves.get(plan) ?? new Map<number, KeyCountRow>();
    moves.set(plan, byBucket);
    let row = byBucket.get(bucket);
    if (row === undefined) {
      row = { minuteMs: fromMs, limiter, plan: recordedText(plan), bucket, keys: 0, hundredths: 0 };
      byBucket.set(bucket, row);
    }
    row.keys += keys;
    row.hundredths += keys * of;
  };
  for (const count of changed) {
    if (count.hundredths === count.written) continue;
    move(count.tally.plan, count.written, -1);
    move(count.tally.plan, count.hundredths, 1);
    count.written = count.hundredths;
  }
  for (const byBucket of moves.values()) {
    for (const row of byBucket.values()) if (row.keys !== 0 || row.hundredths !== 0) keyCounts.push(row);
  }
}

function takeDenials(limiter: string, { limit, changed }: LimiterMinute, rows: MinuteRows): void {
  let denied = changed.filter(({ denials }) => denials > 0);
  if (denied.length > mostDenied) {
    denied = denied.sort((a, b) => b.denials - a.denials);
    for (const { denials } of denied.slice(mostDenied)) rows.droppedDenials += denials;
  }
  for (const [at, count] of denied.entries()) {
    if (at < mostDenied) addDenials(limiter, limit?.userOf(count.key), count, rows);
    count.denials = 0;
    count.lastDenial = undefined;
  }
}

function addDenials(limiter: string, userId: string | undefined, count: KeyCount, rows: MinuteRows): void {
  const { denials, lastDenialMs: atMs, lastDenial } = count;
  const hour = Math.floor(atMs / hourMs) * hourMs;
  rows.deniedKeys.push({ hourMs: hour, limiter, key: recordedText(count.key), denials, lastAtMs: atMs });
  if (userId === undefined || lastDenial === undefined) return;
  const limitUnits = lastDenial.servedLimit ?? lastDenial.policy.limit;
  const retryAfterMs = lastDenial.retryAfterMs ?? null;
  rows.userDenials.push({ userId: recordedText(userId), atMs, limiter, limitUnits, retryAfterMs, times: denials });
}
