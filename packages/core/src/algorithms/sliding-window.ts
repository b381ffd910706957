/** Sliding window: two counters, the older one weighted by how much of it still lies within the last window. */

import type { Windowed } from "../engine/policy.ts";
import { ceilDivide, floorDivide, type Steps } from "./steps.ts";

/** Hundredths booked in the window that began at `start`, and in the one before it. */
export interface SlidingState {
  readonly previous: number;
  readonly current: number;
  readonly start: number;
}

const empty: SlidingState = { previous: 0, current: 0, start: 0 };

/** Most admitted in any window: 2 · limit − 1, typically about the limit. Windows follow the epoch. */
export function slidingWindow(rate: Windowed): Steps<SlidingState> {
  const { windowMs } = rate;
  const capacity = rate.limit * 100;
  const full = capacity * windowMs;
  // Debt from settling is capped where its product with the window is still a safe integer.
  const most = floorDivide(Number.MAX_SAFE_INTEGER, 4 * windowMs);

  const roll = (state: SlidingState, now: number): SlidingState => {
    const passed = Math.floor((now - state.start) / windowMs);
    if (passed <= 0) return state;
    if (passed === 1) return { previous: state.current, current: 0, start: state.start + windowMs };
    return { previous: 0, current: 0, start: now - (now % windowMs) };
  };

  /** Hundredths × windowMs that count at `now`; `state` was rolled. */
  const weight = (state: SlidingState, now: number): number =>
    state.previous * (state.start + windowMs - now) + state.current * windowMs;

  const earliest = (state: SlidingState, units: number, at: number): number => {
    if (units > capacity) return Number.POSITIVE_INFINITY;
    const { previous, current, start } = roll(state, at);
    const room = full - (current + units) * windowMs;
    // previous · (start + windowMs − t) ≤ room, solved for t.
    if (room >= 0) return previous === 0 ? at : Math.max(at, start + windowMs - floorDivide(room, previous));
    // Not in this window: in the next one `current` is the previous counter.
    return start + windowMs + ceilDivide((current + units - capacity) * windowMs, current);
  };

  return {
    empty,
    capacity,
    grain: 1,
    delays: false,

    observe: (state, now) => (now < state.start ? { ...state, start: now } : state),

    earliest,

    available(state, at) {
      const room = full - weight(roll(state, at), at);
      return room > 0 ? floorDivide(room, windowMs) : 0;
    },

    book(state, units, at) {
      const { previous, current, start } = roll(state, at);
      return { previous, current: current + units, start };
    },

    receipt: (state, at) => roll(state, at).start,

    settle(state, receipt, booked, final, now) {
      const { previous, current, start } = roll(state, now);
      const more = final - booked;
      if (more > 0) return { previous, current: Math.min(current + more, most), start };
      if (receipt === start) return { previous, current: Math.max(0, current + more), start };
      if (receipt === start - windowMs) return { previous: Math.max(0, previous + more), current, start };
      return state;
    },

    read(state, now) {
      const rolled = roll(state, now);
      const { previous, current, start } = rolled;
      const remaining = Math.max(0, full - weight(rolled, now)) / (100 * windowMs);
      const end = start + windowMs;
      return {
        remaining,
        resetAfterMs: current > 0 ? end + windowMs - now : previous > 0 ? end - now : 0,
        windowAfterMs: (remaining >= 1 || capacity < 100 ? end : earliest(rolled, 100, now)) - now,
      };
    },

    // A window that begins where the clock stepped back to is told from that of an unused counter until both are over.
    idleAt: ({ previous, current, start }) =>
      current > 0 || start % windowMs > 0 ? start + 2 * windowMs : previous > 0 ? start + windowMs : 0,

    fold(a, b, now) {
      const x = roll(a, now);
      const y = roll(b, now);
      return {
        previous: Math.max(x.previous, y.previous),
        current: Math.max(x.current, y.current),
        start: Math.max(x.start, y.start),
      };
    },

    row: {
      width: 3,
      blank: () => ({ previous: 0, current: 0, start: 0 }),
      load(state, cells, from) {
        state.previous = cells[from] as number;
        state.current = cells[from + 1] as number;
        state.start = cells[from + 2] as number;
      },
      write(state, cells, from) {
        cells[from] = state.previous;
        cells[from + 1] = state.current;
        cells[from + 2] = state.start;
      },
    },
  };
}
