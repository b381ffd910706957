/** The overload that is under way: which calls belong to it, and what becomes of the limit by it in every process. */

import type { Limits } from "../limits/limits.ts";
import type { LocalTime } from "../time/local-time.ts";
import { cut, limitAfter } from "./finding.ts";
import type { RecentCalls } from "./recent-calls.ts";
import type { Change, KeptNote, SharedOverload, TunedNote } from "./tuned-note.ts";

/** What this process has told of the overload that is under way. */
export interface Told {
  number: number;
  /** Calls up to this one belong to it. */
  newest: number;
  /** When the first that was refused was sent, and since when calls count. */
  readonly sentMs: number;
  readonly fromMs: number;
  /** Until then nobody calls: what is sent all the same was let go before. */
  readonly heldUntilMs: number;
  accepted: number;
  refused: number;
}

/** What overloads are judged by. */
export interface OverloadsOptions {
  readonly limits: Limits;
  readonly time: LocalTime;
  readonly windowMs: number;
  readonly everyMs: number;
  readonly calls: RecentCalls;
  readonly note: KeptNote;
}

/** The overloads of one limit, one after the other, as this process meets them or hears of them. */
export class Overloads {
  readonly #options: OverloadsOptions;
  #told: Told | undefined;

  constructor(options: OverloadsOptions) {
    this.#options = options;
  }

  /** The overload that a call belongs to: it was let go before everybody held back. */
  of(call: number): Told | undefined {
    const told = this.#told;
    if (told === undefined || call <= told.newest) return told;
    const sentMs = this.#options.calls.sentMs(call);
    if (sentMs === undefined || sentMs >= told.heldUntilMs) return undefined;
    told.newest = call;
    return told;
  }

  /** One begins with the refusal of `call`, sent after everybody held back last. */
  begin(call: number, holdMs: number): Told {
    const { calls, time, windowMs } = this.#options;
    const sentMs = calls.sentMs(call) ?? time.now();
    const newest = calls.newest();
    // The API's window ends when it was refused, not when it was sent.
    const fromMs = (calls.arrivedMs(call) ?? sentMs) - windowMs + 1;
    const heldUntilMs = time.now() + holdMs;
    this.#told = { number: 0, newest, sentMs, fromMs, heldUntilMs, ...calls.seen(fromMs, newest) };
    return this.#told;
  }

  /** Lowers the limit, by a new overload or by what this process adds to one that another has met first. */
  lower(told: Told): void | Promise<void> {
    const { limits, time, windowMs, everyMs } = this.#options;
    const now = time.now();
    const { sentMs, fromMs, heldUntilMs, accepted, refused } = told;
    const rampMs = limits.gates[0]?.rampMs ?? 0;
    return this.#options.note.change((note) => {
      const last = note.overload;
      // Another process met it first.
      const isKnown = last !== undefined && sentMs < last.heldUntilMs;
      const back = now < (note.provenAtMs ?? 0) ? note.raisedFrom : undefined;
      const overload: SharedOverload = isKnown
        ? { ...last, accepted: last.accepted + accepted, refused: last.refused + refused }
        : {
            // By the clock, so that none is given twice where the record was forgotten meanwhile.
            number: last === undefined ? now : last.number + 1,
            atMs: now,
            from: note.limit ?? note.configured,
            back,
            wasHeld: last !== undefined && last.heldUntilMs + rampMs > fromMs,
            streak: note.limit === undefined ? undefined : streakAfter(last, now - rampMs, windowMs),
            isAgain: isAfter(last, now - rampMs, windowMs),
            heldUntilMs,
            accepted,
            refused,
          };
      told.number = overload.number;
      return lowered(note, overload, now, everyMs, !isKnown);
    });
  }

  /** Another process met an overload: what was accepted here at that time belongs to it. */
  join({ overload }: TunedNote): void {
    if (overload === undefined || overload.number === this.#told?.number) return;
    const { calls, windowMs } = this.#options;
    const { number, atMs, heldUntilMs } = overload;
    const fromMs = atMs - windowMs + 1;
    const newest = calls.newest(heldUntilMs);
    const told: Told = { number, newest, sentMs: atMs, fromMs, heldUntilMs, accepted: 0, refused: 0 };
    this.#told = told;
    this.tellMore(told)?.catch(() => {});
  }

  /** More answers of an overload that is known: the estimate becomes better. */
  tellMore(told: Told): Promise<void> | undefined {
    const { calls, time, note, everyMs } = this.#options;
    const seen = calls.seen(told.fromMs, told.newest);
    const [accepted, refused] = [seen.accepted - told.accepted, seen.refused - told.refused];
    if (accepted === 0 && refused === 0) return undefined;
    told.accepted = seen.accepted;
    told.refused = seen.refused;
    const now = time.now();
    const change: Change = (known) => {
      const last = known.overload;
      if (last === undefined || last.number !== told.number) return known;
      const more = { ...last, accepted: last.accepted + accepted, refused: last.refused + refused };
      return lowered(known, more, now, everyMs, false);
    };
    return note.change(change) ?? undefined;
  }
}

/** Overloads that follow one another by no more than some windows are one story. */
function isAfter(last: SharedOverload | undefined, now: number, windowMs: number): last is SharedOverload {
  return last !== undefined && now <= last.heldUntilMs + 10 * windowMs;
}

function streakAfter(last: SharedOverload | undefined, now: number, windowMs: number): number {
  return isAfter(last, now, windowMs) ? (last.streak ?? 0) + 1 : 0;
}

/** The note after an overload: lowered to what it tells, never above what was kept when it was met. */
function lowered(note: TunedNote, overload: SharedOverload, now: number, everyMs: number, isNew: boolean): TunedNote {
  if (limitAfter(overload) === undefined) return { ...note, overload };
  const { v, configured } = note;
  return { v, configured, overload, changedMs: now, ...cut(note, overload, now, everyMs, isNew) };
}
