/** What a limit would have denied, as a sentence with its error. */

import type { WhatIf } from "../admin/what-if.ts";
import type { PlanLimit } from "../plans/limits.ts";
import type { Units } from "../plans/plan.ts";
import { count, counted } from "./words.ts";

/** How many processes have recorded is not known, so this is always said. */
export const severalProcesses =
  "Each process counts by itself: where several served one user in one minute, more would have been denied than is said here.";

/** "between 120 and 134 of 8,400 requests (1.4–1.6 %), in at most 31 user-minutes (one user’s minute each); …". */
export function whatIfWords(limit: PlanLimit, units: Units, estimate: WhatIf): string {
  if (estimate.asked === 0) return "nothing: no request of this plan’s users was recorded";
  const things = thingsOf(limit);
  const of = `of ${count(Math.round(estimate.asked))} ${things}`;
  const [least, most] = [Math.floor(estimate.deniedAtLeast), Math.ceil(estimate.deniedAtMost)];
  if (most === 0) return `none ${of}`;
  const denied = least === most ? count(most) : `between ${count(least)} and ${count(most)}`;
  const minutes = `in at most ${counted(estimate.keyMinutes, "user-minute")} (one user’s minute each)`;
  return `${denied} ${of} (${share(least, most, estimate.asked)}), ${minutes}; ${countedBy(limit, units)}`;
}

/** Denials have no cost in the records, and what is asked for has: a tenth, for a conditional read. */
export function requestsDenied({ deniedThen }: WhatIf): string {
  return deniedThen === 0 ? "none" : `${counted(deniedThen, "request")}, each counted as one`;
}

/** How much of the time looked at was recorded; undefined where all of it was. */
export function recordedWords({ minutes, ofMinutes }: WhatIf): string | undefined {
  if (minutes >= ofMinutes) return undefined;
  return `${count(minutes)} of ${count(ofMinutes)} minutes have a record; the others count as quiet.`;
}

/** The error is the counting by minutes; a bucket that rested forgives more than a minute's worth. */
function countedBy(limit: PlanLimit, units: Units): string {
  const isBucket = units !== "unlimited" && units > 0 && limit.rate(units).algorithm === "token-bucket";
  return isBucket ? "counted by minute, so a full bucket would have let a burst pass on top" : "counted by minute";
}

/** "requests per minute" counts requests. */
function thingsOf({ unit }: PlanLimit): string {
  return unit.replace(/ (?:per|a|an|each) .*$/, "");
}

function share(least: number, most: number, asked: number): string {
  const [low, high] = [percent(least / asked), percent(most / asked)];
  return low === high ? `${low} %` : `${low}–${high} %`;
}

/** One decimal, and never 0.0 for what happened. */
function percent(part: number): string {
  const shown = (Math.min(part, 1) * 100).toFixed(1);
  return part > 0 && shown === "0.0" ? "<0.1" : shown;
}
