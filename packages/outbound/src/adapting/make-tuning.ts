/** `tuning()`: what the calls of a client tell of its limit, and what becomes of that in every process. */

import { ConfigError } from "@sluice/core/engine";
import { Handle } from "../limits/handle.ts";
import type { NamedLimiter } from "../limits/limiter.ts";
import type { Limits } from "../limits/limits.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { LocalTime } from "../time/local-time.ts";
import { announcedLimit, holdAfter, provenAfter, raise, raisesEvery } from "./finding.ts";
import { type Hold, holding } from "./holding.ts";
import { Overloads } from "./overloads.ts";
import { type RecentCalls, recentCalls } from "./recent-calls.ts";
import { type KeptNote, keptNote } from "./tuned-note.ts";
import type { Tuned, Tuning } from "./tuning.ts";

export interface TuningOptions {
  /** Whose limit is found out. */
  readonly limiter: NamedLimiter;
  /** Whether it is; otherwise refusals only hold. */
  readonly isOn: boolean;
  readonly time: LocalTime;
  /** Draws from 0 to 1, for holds that do not all end at once. @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** So long at most a limit that was announced outlives the announcement of a higher one. */
const longestAnnouncedMs = 60_000;

const periodMs = { day: 86_400_000, week: 604_800_000, month: 2_592_000_000 };

/**
 * Finds out the limit of one limiter, and keeps it there. Does nothing until the first call.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` for what is no limiter of `limiter()`.
 */
export function tuning({ limiter, isOn, time, random = Math.random }: TuningOptions): Tuning {
  if (!(limiter instanceof Handle)) {
    throw new ConfigError(
      "SLUICE_OPTION_TYPE",
      "tuning() takes a limiter",
      limiter,
      "Give it what limiter() returned.",
    );
  }
  const { limits, name } = limiter;
  const note = keptNote(limits);
  const made = byNote.get(note) ?? [];
  byNote.set(note, made);
  const known = made.find((one) => one.isOn === isOn && one.time === time && one.metrics === limits.metrics);
  if (known !== undefined) return known;
  const finding = new Finding(limits, name, note, isOn, time, random);
  made.push(finding);
  return finding;
}

// What the calls of one counter tell they tell together, also where a client of one name is made again and again.
const byNote = new WeakMap<KeptNote, Finding[]>();

class Finding implements Tuning {
  readonly isOn: boolean;
  readonly time: LocalTime;
  readonly metrics: Metrics | undefined;
  readonly #windowMs: number;
  readonly #everyMs: number;
  readonly #calls: RecentCalls;
  readonly #hold: Hold;
  readonly #note: KeptNote;
  readonly #overloads: Overloads;
  /** When as few as are kept were announced last. */
  #announcedMs = Number.NEGATIVE_INFINITY;
  /** Events in a row after which nothing was accepted. */
  #row = 0;

  constructor(limits: Limits, name: string, note: KeptNote, isOn: boolean, time: LocalTime, random: () => number) {
    const [{ policy, toleranceMs = 0 }] = limits.configured as [Limits["configured"][number]];
    // The API's window, which ours is longer than by the tolerance.
    const windowMs = policy.algorithm === "calendar" ? periodMs[policy.period] : policy.windowMs - toleranceMs;
    const everyMs = raisesEvery(windowMs);
    const calls = recentCalls(2 * windowMs + 60_000, () => time.now());
    this.isOn = isOn;
    this.time = time;
    this.metrics = limits.metrics;
    this.#windowMs = windowMs;
    this.#everyMs = everyMs;
    this.#calls = calls;
    this.#note = note;
    this.#overloads = new Overloads({ limits, time, windowMs, everyMs, calls, note });
    if (isOn) note.watch((changed) => this.#overloads.join(changed));
    this.#hold = holding(limits, note, `client ${name}`, random);
  }

  sent(units = 1): number {
    return this.#calls.sent(units);
  }

  accepted(call: number): void | Promise<void> {
    const calls = this.#calls;
    calls.answered(call, "accepted");
    const told = this.#overloads.of(call);
    if (told !== undefined) {
      // Who was accepted need not wait until that is known everywhere.
      if (this.isOn) this.#overloads.tellMore(told)?.catch(() => {});
      return undefined;
    }
    this.#row = 0;
    if (!this.isOn) return undefined;
    const { note } = this.#note;
    if (note.raiseAtMs === undefined || note.raiseAtMs > this.time.now()) return undefined;
    const { configured } = note;
    const [now, everyMs] = [this.time.now(), this.#everyMs];
    return this.#note.change((known) => {
      const next = raise(known, configured, now, everyMs, provenAfter(this.#windowMs));
      return next === known ? known : { v: 1, configured, overload: known.overload, changedMs: now, ...next };
    });
  }

  throttled(call: number, waitMs: number | undefined, reason: string): void | Promise<void> {
    this.#calls.answered(call, "refused");
    const said = waitMs ?? 0;
    const known = this.#overloads.of(call);
    if (known !== undefined) {
      // As long as the first one, if nothing else is said: somebody may have resumed meanwhile.
      const leftMs = known.heldUntilMs - this.time.now();
      const held = said > 0 || leftMs > 0 ? this.#hold(Math.max(said, leftMs), reason) : undefined;
      return both(held, this.isOn ? this.#overloads.tellMore(known) : undefined);
    }
    this.#row++;
    // An API that still refuses after the time that it said, or that says none, does not know it.
    const isTold = said > 0 && this.#row === 1;
    const holdMs = isTold ? said : Math.max(said, holdAfter(this.#windowMs, this.#row));
    const held = this.#hold(holdMs, reason);
    const told = this.#overloads.begin(call, holdMs);
    // Still closed: how much it allows was told by the first refusal.
    return both(held, this.isOn && this.#row === 1 ? this.#overloads.lower(told) : undefined);
  }

  hold(waitMs: number, reason: string): void | Promise<void> {
    return this.#hold(waitMs, reason);
  }

  announced(limits: readonly { readonly limit: number; readonly windowMs: number }[]): void {
    if (!this.isOn || limits.length === 0) return;
    const found = announcedLimit(limits, this.#windowMs);
    const { bound = Number.POSITIVE_INFINITY } = this.#note;
    const now = this.time.now();
    if (found !== undefined && found <= bound) this.#announcedMs = now;
    // Of several that take turns, as behind a balancer, the lowest: who waits is moved back by each fall.
    else if (Math.abs(now - this.#announcedMs) < Math.min(this.#windowMs, longestAnnouncedMs)) return;
    this.#note.under(found);
  }

  async state(): Promise<Tuned> {
    await this.#note.look();
    const { limit, configured, changedMs, raiseAtMs } = this.#note.note;
    const kept = Math.min(limit ?? configured, this.#note.bound ?? configured);
    return { limit: kept, configured, changedMs, raiseAtMs };
  }
}

function both(one: void | Promise<void>, other: void | Promise<void>): void | Promise<void> {
  return one !== undefined && other !== undefined ? Promise.all([one, other]).then(() => {}) : (one ?? other);
}
