/** What a limit would have denied, as a sentence with its error. */

import type { WhatIf } from "../admin/what-if.ts";
import type { PlanLimit } from "../plans/limits.ts";
import type { Units } from "../plans/plan.ts";

const whole = new Intl.NumberFormat("en");

/** How many processes have recorded is not known, so this is always said. */
export const severalProcesses =
  "Each process counts by itself: where several served one user in one minute, more would have been denied than is said here.";

/** "between 120 and 134 of 8,400 requests (1.4–1.6 %), in at most 31 minutes of users; …". */
export function whatIfWords(limit: PlanLimit, units: Units, estimate: WhatIf): string {
  if (estimate.asked === 0) return "nothing: no request of this plan’s users was recorded";
  const things = thingsOf(limit);
  const of = `of ${whole.format(Math.round(estimate.asked))} ${things}`;
  const [least, most] = [Math.floor(estimate.deniedAtLeast), Math.ceil(estimate.deniedAtMost)];
  if (most === 0) return `none ${of}`;
  const count = least === most ? whole.format(most) : `between ${whole.format(least)} and ${whole.format(most)}`;
  const minutes = `in at most ${whole.format(estimate.keyMinutes)} ${estimate.keyMinutes === 1 ? "minute" : "minutes"} of users`;
  return `${count} ${of} (${share(least, most, estimate.asked)}), ${minutes}; ${countedBy(limit, units)}`;
}

/** How much of the time looked at was recorded; undefined where all of it was. */
export function recordedWords({ minutes, ofMinutes }: WhatIf): string | undefined {
  if (minutes >= ofMinutes) return undefined;
  return `${whole.format(minutes)} of ${whole.format(ofMinutes)} minutes have a record; the others count as quiet.`;
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
