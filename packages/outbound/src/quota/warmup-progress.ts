/** How far an inbox has come in its warm-up: counted in days on which it sent, never in days that merely went by. */

import { ConfigError } from "@sluice/core/engine";
import { dayNumber } from "./local-date.ts";

/** How far an inbox has come: plain data, to be kept beside the inbox. */
export interface WarmupProgress {
  /** Days on which at least one mail was sent, today included once one was; less what long gaps took. See `daysActive`. */
  readonly activeDays: number;
  /** The last of them, as `2027-03-28` in the inbox's zone. */
  readonly lastActiveDate?: string | undefined;
  /**
   * Days of the warm-up that bounces took back.
   * @default 0
   */
  readonly stepsBack?: number | undefined;
  /** The day of the warm-up on which a complaint holds it, until a person calls for `released`. */
  readonly heldOnDay?: number | undefined;
}

/** What `afterBounce` has to know beside the progress. */
export interface BounceOptions {
  /** The local date in the inbox's zone. */
  readonly today: string;
  /**
   * Days that a hard bounce takes back, at least 1.
   * @default 1
   */
  readonly days?: number | undefined;
}

/** So many days without a mail are a pause between campaigns. From the next on, each takes one day of the warm-up. */
const longestGap = 7;

/**
 * Counts active days from the local dates of sent messages, in any order and as often as they come.
 *
 * After a gap of more than 7 days without a mail, each day beyond takes one back, down to none: 15 active days, 12 days
 * of silence, then one mail are 15 − 5 + 1 = 11.
 *
 * @throws ConfigError `SLUICE_WARMUP_PROGRESS` for what is no date.
 */
export function daysActive(dates: Iterable<string>): WarmupProgress {
  let activeDays = 0;
  let lastActiveDate: string | undefined;
  let last: number | undefined;
  for (const date of [...new Set(dates)].sort()) {
    const next = numberOf(date);
    activeDays = 1 + Math.max(0, activeDays - lostBetween(last, next));
    lastActiveDate = date;
    last = next;
  }
  return { activeDays, lastActiveDate };
}

/**
 * Which day of its warm-up an inbox has on a local date: 1 is the first.
 *
 * The same all day long, also after today's first mail. A last active date in the future, left by a change of zone or a
 * clock, counts as today: nobody advances by it.
 *
 * @throws ConfigError `SLUICE_WARMUP_PROGRESS` for dates that are none and counts that are not whole.
 */
export function warmupDay(progress: WarmupProgress, today: string): number {
  const { heldOnDay, stepsBack = 0 } = progress;
  count("the stepsBack of a warm-up", stepsBack);
  if (heldOnDay !== undefined) count("the heldOnDay of a warm-up", heldOnDay);
  const day = Math.max(1, undisturbedDay(progress, today) - stepsBack);
  return Math.max(1, Math.min(day, heldOnDay ?? day));
}

/**
 * The progress after a bounce. A hard one steps back, at once and never below the first day; a complaint holds the inbox
 * on its day, however many days it goes on sending, until a person releases it.
 *
 * @throws ConfigError `SLUICE_WARMUP_PROGRESS`.
 */
export function afterBounce(
  progress: WarmupProgress,
  kind: "hard" | "complaint",
  { today, days = 1 }: BounceOptions,
): WarmupProgress {
  const day = warmupDay(progress, today);
  if (kind === "complaint") return { ...progress, heldOnDay: day };
  if (kind !== "hard") throw wrong('a bounce is "hard" or a "complaint"', kind, "Leave soft bounces to the retry.");
  count("the days that a bounce takes back", days);
  // No more than there are: a hundred bounces of one bad list are not to be made good by a hundred days.
  const left = day - Math.min(days, day - 1);
  return backTo(left, progress.heldOnDay === undefined ? progress : { ...progress, heldOnDay: left }, today);
}

/**
 * The progress after a person has released a held inbox: it goes on from the day that it was held on, as though the days
 * between had not been.
 *
 * @throws ConfigError `SLUICE_WARMUP_PROGRESS`.
 */
export function released(progress: WarmupProgress, today: string): WarmupProgress {
  const day = warmupDay(progress, today);
  const { heldOnDay, ...rest } = progress;
  return heldOnDay === undefined ? progress : backTo(day, rest, today);
}

/** The progress with so many steps back that today is that day. */
function backTo(day: number, progress: WarmupProgress, today: string): WarmupProgress {
  return { ...progress, stepsBack: Math.max(progress.stepsBack ?? 0, undisturbedDay(progress, today) - day) };
}

/** The day that no bounce has touched. */
function undisturbedDay({ activeDays, lastActiveDate }: WarmupProgress, today: string): number {
  count("the activeDays of a warm-up", activeDays);
  // Names of dates sort as the dates do.
  if (lastActiveDate !== undefined && checkedDate(lastActiveDate) >= checkedDate(today)) return Math.max(1, activeDays);
  const last = lastActiveDate === undefined ? undefined : numberOf(lastActiveDate);
  return 1 + Math.max(0, activeDays - lostBetween(last, numberOf(today)));
}

/** Days that the silence between two active days takes back. */
function lostBetween(last: number | undefined, next: number): number {
  return last === undefined ? 0 : Math.max(0, next - last - 1 - longestGap);
}

function checkedDate(date: string): string {
  numberOf(date);
  return date;
}

function numberOf(date: string): number {
  const number = dayNumber(date);
  if (number !== undefined) return number;
  throw wrong("a local date is written 2027-03-28", date, "Ask localDate() for it, or format the column so.");
}

function count(what: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return;
  throw wrong(`${what} is a whole number of at least 0`, value, "Count it with daysActive(), or leave it out.");
}

function wrong(problem: string, value: unknown, cure: string): ConfigError {
  return new ConfigError("SLUICE_WARMUP_PROGRESS", problem, value, cure);
}
