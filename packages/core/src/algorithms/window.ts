/** Fixed window and calendar: a count and the instant at which it starts anew. */

import type { Rate, Windowed } from "../engine/policy.ts";
import { periodEnds } from "./calendar.ts";
import type { Steps } from "./steps.ts";

/** Hundredths used, and the end of the window in which they were. */
export interface WindowState {
  readonly used: number;
  readonly end: number;
}

const empty: WindowState = { used: 0, end: 0 };

/** Where windows end: the first end after `now`, and the latest end that an honest clock can have stored. */
interface Ends {
  next(now: number): number;
  latest(now: number): number;
}

/** A window that starts at the first charge. Most admitted in any window: 2 · limit − 1. */
export function fixedWindow(rate: Windowed): Steps<WindowState> {
  const next = (now: number): number => now + rate.windowMs;
  return windowSteps(rate.limit * 100, { next, latest: next }, false);
}

/** A quota per local day, week or month. Most admitted per period: limit. */
export function calendar(rate: Rate & { readonly algorithm: "calendar" }): Steps<WindowState> {
  const ends = periodEnds(rate.period, rate.timeZone ?? "UTC");
  return windowSteps(rate.limit * 100, { next: (now) => ends(now)[0], latest: (now) => ends(now)[2] }, true);
}

function windowSteps(capacity: number, ends: Ends, aligned: boolean): Steps<WindowState> {
  const usedAt = (state: WindowState, at: number): number => (state.end > at ? state.used : 0);

  return {
    empty,
    capacity,
    grain: 1,
    delays: false,

    // A stored end further ahead than any honest one was written by a clock that had jumped.
    observe(state, now) {
      return state.end > now && state.end > ends.latest(now) ? { used: state.used, end: ends.next(now) } : state;
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

    idleAt: (state) => state.end,

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
