/** One minute's counts: of each limiter by plan and outcome, and of each key. */

import type { Decision } from "@sluice/core";
import type { PlanLimit } from "../plans/limits.ts";
import { keptText, recordedText } from "./recorded-text.ts";

/** Decisions that are not yet on their way into the database, by place of outcome. */
export interface Tally {
  readonly plan: string;
  readonly counts: [number, number, number, number];
}

/** What one key asked for in this minute. What every decision touches comes first, and so lies together in memory. */
export interface KeyCount {
  readonly key: string;
  readonly tally: Tally;
  hundredths: number;
  isChanged: boolean;
  /** Of the hundredths, so many are in rows. */
  written: number;
  /** Since the last rows. */
  denials: number;
  lastDenial: Pick<Decision, "policy" | "servedLimit" | "retryAfterMs"> | undefined;
  lastDenialMs: number;
}

/** The counts of one limiter. */
export interface LimiterMinute {
  readonly name: string;
  /** Where it is a limit that plans set. */
  readonly limit: PlanLimit | undefined;
  readonly tallies: Map<string, Tally>;
  readonly keys: Map<string, KeyCount>;
  /** Keys with something that is not yet in rows. */
  changed: KeyCount[];
}

/** A minute by the clock, from its first millisecond to the next one's. */
export interface Minute {
  readonly fromMs: number;
  readonly toMs: number;
  readonly limiters: Map<string, LimiterMinute>;
  /** The one that was counted last: mostly it is the next one, too. */
  last: LimiterMinute | undefined;
}

export const minuteMs = 60_000;

export function minuteAt(nowMs: number): Minute {
  const fromMs = Math.floor(nowMs / minuteMs) * minuteMs;
  return { fromMs, toMs: fromMs + minuteMs, limiters: new Map(), last: undefined };
}

/** @param limits by policy */
export function limiterIn(minute: Minute, name: string, limits: ReadonlyMap<string, PlanLimit>): LimiterMinute {
  if (minute.last?.name === name) return minute.last;
  let limiter = minute.limiters.get(name);
  if (limiter === undefined) {
    limiter = { name, limit: limits.get(name), tallies: new Map(), keys: new Map(), changed: [] };
    minute.limiters.set(name, limiter);
  }
  minute.last = limiter;
  return limiter;
}

export function tallyIn({ tallies }: LimiterMinute, plan: string): Tally {
  let tally = tallies.get(plan);
  if (tally === undefined) {
    tally = { plan, counts: [0, 0, 0, 0] };
    tallies.set(plan, tally);
  }
  return tally;
}

export function keyIn({ keys }: LimiterMinute, key: string, tally: Tally): KeyCount {
  const count: KeyCount = {
    key,
    tally,
    hundredths: 0,
    isChanged: false,
    written: 0,
    denials: 0,
    lastDenial: undefined,
    lastDenialMs: 0,
  };
  keys.set(key, count);
  return count;
}

/** A key as it is kept: long ones by their beginning and a number that tells them apart. */
export function keptKey(key: string): string {
  if (key.length <= keptText) return key;
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return `${recordedText(key, keptText - 9)}~${(hash >>> 0).toString(16).padStart(8, "0")}`;
}
