/** How much an inbox may send on the n-th day that it sends: pure, from the day's number alone. */

import { ConfigError } from "@sluice/core/engine";

/** A ramp of daily limits. */
export interface WarmupSchedule {
  /** The limit on the given active sending day; 1 is the first. Whole, 0 or more, never above the schedule's target. */
  limitOn(day: number): number;
}

/** A ramp that grows by the same number of mails with every day. */
export interface LinearWarmup {
  /** Mails on the first day, at least 1: an inbox that sends nothing has no active day and would never leave its first. */
  readonly start: number;
  /** Mails more on each day, at least 1. */
  readonly step: number;
  /** Mails on the last day of the ramp and on all that follow; not below `start`. */
  readonly target: number;
}

/** A ramp that grows by the same share with every day. */
export interface ExponentialWarmup {
  /** Mails on the first day, at least 1. */
  readonly start: number;
  /** What each day is multiplied by, above 1; fractions of a mail are cut off, but not forgotten. */
  readonly factor: number;
  /** Mails on the last day of the ramp and on all that follow; not below `start`. */
  readonly target: number;
}

/** So many days with one limit. */
export interface WarmupStep {
  /** Active days, at least 1. Of the last step it says nothing, since that one stays. */
  readonly days: number;
  /** Mails on each of them, at least 1 and not below those of the step before. */
  readonly limit: number;
}

/**
 * `linear({ start: 5, step: 1, target: 20 })`: 5, 6, 7 … 20 mails, and 20 from then on.
 *
 * @throws ConfigError `SLUICE_WARMUP_SCHEDULE` for numbers that are not whole, below 1, or a target below the start.
 */
export function linear({ start, step, target }: LinearWarmup): WarmupSchedule {
  checkRamp(start, target);
  whole("the step of a linear warm-up", step);
  return { limitOn: (day) => Math.min(target, start + step * (checkedDay(day) - 1)) };
}

/**
 * `exponential({ start: 5, factor: 1.5, target: 100 })`: 5, 7, 11, 16 … 100 mails, and 100 from then on.
 *
 * @throws ConfigError `SLUICE_WARMUP_SCHEDULE` for a start or target that `linear` would refuse, or a factor of 1 or less.
 */
export function exponential({ start, factor, target }: ExponentialWarmup): WarmupSchedule {
  checkRamp(start, target);
  if (!(Number.isFinite(factor) && factor > 1)) {
    throw wrong(
      "the factor of an exponential warm-up is a number above 1",
      factor,
      "Write 1.2 for a fifth more a day.",
    );
  }
  // 100 · 1.1² is 121.00000000000001 here and 120.99999999999999 elsewhere: the slack is far below a mail.
  return { limitOn: (day) => Math.min(target, Math.floor(start * factor ** (checkedDay(day) - 1) * (1 + 1e-12))) };
}

/**
 * `steps([{ days: 3, limit: 10 }, { days: 4, limit: 30 }, { days: 7, limit: 100 }])`; the last limit stays.
 *
 * @throws ConfigError `SLUICE_WARMUP_SCHEDULE` for an empty list, numbers that are not whole or below 1, or a limit below
 * the one before.
 */
export function steps(list: readonly WarmupStep[]): WarmupSchedule {
  if (!Array.isArray(list) || list.length === 0) {
    throw wrong("a warm-up by steps has at least one", list, "Write steps([{ days: 7, limit: 10 }, …]).");
  }
  const ends: number[] = [];
  const limits: number[] = [];
  for (const { days, limit } of list as readonly WarmupStep[]) {
    whole("the days of a warm-up step", days);
    whole("the limit of a warm-up step", limit);
    if (limit < (limits.at(-1) ?? 0)) {
      throw wrong("no step of a warm-up is below the one before", limit, "Put the steps in the order of their limits.");
    }
    ends.push((ends.at(-1) ?? 0) + days);
    limits.push(limit);
  }
  const last = limits.length - 1;
  return {
    limitOn(day) {
      checkedDay(day);
      const found = ends.findIndex((end) => day <= end);
      return limits[found === -1 ? last : found] as number;
    },
  };
}

function checkRamp(start: number, target: number): void {
  whole("the start of a warm-up", start);
  whole("the target of a warm-up", target);
  if (target < start) throw wrong(`the target of a warm-up is not below its start of ${start}`, target, "Swap them.");
}

function checkedDay(day: number): number {
  if (Number.isSafeInteger(day) && day >= 1) return day;
  throw wrong("a day of a warm-up is a whole number; 1 is the first", day, "Ask warmupDay() for it.");
}

function whole(what: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  throw wrong(`${what} is a whole number of at least 1`, value, "Correct it.");
}

function wrong(problem: string, value: unknown, cure: string): ConfigError {
  return new ConfigError("SLUICE_WARMUP_SCHEDULE", problem, value, cure);
}
