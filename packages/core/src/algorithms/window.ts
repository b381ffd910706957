/** Fixed window and calendar: a count and the instant at which it starts anew. */

import type { Rate, Windowed } from "../engine/policy.ts";
import { sharedPeriod } from "./calendar.ts";
import type { Steps } from "./steps.ts";

/** Hundredths used, and the end of the window in which they were. */
export interface WindowState {
  readonly used: number;
  readonly end: number;
}

const empty: WindowState = { used: 0, end: 0 };

/** Where windows begin and end. */
interface Ends {
  /** When the window that holds `now` began; where only a charge begins one, now. */
  begin(now: number): number;
  /** The first end after `now`. */
  next(now: number): number;
  /** The end that a stored one, which lies behind the begin, really is. */
  honest(end: number, now: number): number;
  /** So long after its end a window may still have a part in the one that holds `now`. */
  readonly lingersMs: number;
}

/** How many hours a local period has at most, and one to spare. */
const longestMs = { day: 26, week: 7 * 24 + 2, month: 31 * 24 + 2 } as const;

/** A window that starts at the first charge. Most admitted in any window: 2 · limit − 1. */
export function fixedWindow(rate: Windowed): Steps<WindowState> {
  const next = (now: number): number => now + rate.windowMs;
  // An end further ahead was written by a clock that had jumped.
  const honest = (end: number, now: number): number => Math.min(end, next(now));
  return windowSteps(rate.limit * 100, { begin: (now) => now, next, honest, lingersMs: 0 }, false);
}

/** A quota per local day, week or month. Most admitted per period, in the zone then in force: limit. */
export function calendar(rate: Rate & { readonly algorithm: "calendar" }): Steps<WindowState> {
  const around = sharedPeriod(rate.period, rate.timeZone ?? "UTC");
  const ends: Ends = {
    begin: (now) => around(now).begin,
    next: (now) => around(now).ends[0],
    // An end that is none of this zone's was stored under another one: the local day that it lies in must not begin anew in
    // its middle, so it counts until that day ends. One beyond the third was written by a clock that had jumped.
    honest(end, now) {
      const [first, second, third] = around(now).ends;
      return end <= first || end > third ? first : end <= second ? second : third;
    },
    lingersMs: longestMs[rate.period] * 3_600_000,
  };
  return windowSteps(rate.limit * 100, ends, true);
}

function windowSteps(capacity: number, ends: Ends, aligned: boolean): Steps<WindowState> {
  const usedAt = (state: WindowState, at: number): number => (state.end > at ? state.used : 0);

  return {
    empty,
    capacity,
    grain: 1,
    delays: false,

    observe(state, now) {
      if (state.end <= ends.begin(now)) return state;
      const end = ends.honest(state.end, now);
      return end === state.end ? state : { used: state.used, end };
    },

    earliest(state, units, at) {
      if (units > capacity) return Number.POSITIVE_INFINITY;
      return usedAt(state, at) + units <= capacity ? at : state.end;
    },

    available: (state, at) => Math.max(0, capacity - usedAt(state, at)),

    book(state, units, at) {
      return state.end > at ? { used: state.used + units, end: state.end } : { used: units, end: ends.next(at) };
    },

    receipt: (state, at) => (state.end > at ? state.end : ends.next(at)),

    settle(state, receipt, booked, final, now) {
      const open = state.end > now;
      if (final > booked) {
        const used = Math.min((open ? state.used : 0) + final - booked, Number.MAX_SAFE_INTEGER);
        return { used, end: open ? state.end : ends.next(now) };
      }
      return open && state.end === receipt
        ? { used: Math.max(0, state.used - (booked - final)), end: state.end }
        : state;
    },

    read(state, now) {
      const open = state.end > now;
      const remaining = Math.max(0, capacity - (open ? state.used : 0)) / 100;
      // A fixed window that has not begun has no end yet; the shortest possible one bounds what can be used.
      const windowAfterMs = (open ? state.end : ends.next(now)) - now;
      return { remaining, resetAfterMs: open || aligned ? windowAfterMs : 0, windowAfterMs };
    },

    idleAt: (state) => state.end + ends.lingersMs,

    fold(a, b, now) {
      if (a.end <= now) return b;
      if (b.end <= now) return a;
      return { used: Math.max(a.used, b.used), end: Math.max(a.end, b.end) };
    },

    row: {
      width: 2,
      blank: () => ({ used: 0, end: 0 }),
      load(state, cells, from) {
        state.used = cells[from] as number;
        state.end = cells[from + 1] as number;
      },
      write(state, cells, from) {
        cells[from] = state.used;
        cells[from + 1] = state.end;
      },
    },
  };
}
