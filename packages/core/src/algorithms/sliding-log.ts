/** Sliding log: a stamp for every unit, so that no window of any position ever holds more than the limit. */

import type { Windowed } from "../engine/policy.ts";
import { keptLog } from "./sliding-log-kept.ts";
import type { Steps } from "./steps.ts";

/** How many units were booked at one instant. */
export interface Stamp {
  readonly at: number;
  readonly count: number;
}

/** Stamps in order of time, those ahead of `seen` being slots; `seen` is when the log was last written. */
export interface LogState {
  readonly stamps: readonly Stamp[];
  readonly seen: number;
}

const empty: LogState = { stamps: [], seen: 0 };

/**
 * Most admitted in any window: limit, exactly. Takes whole units.
 *
 * First come, first served: nothing is booked before the last slot, so that a newcomer never takes what a waiting
 * charge was promised.
 */
export function slidingLog(rate: Windowed): Steps<LogState> {
  const { limit, windowMs } = rate;

  // The log keeps its ages when the clock steps back, as though no time had passed.
  const observe = (state: LogState, now: number): LogState => {
    const ahead = state.seen - now;
    if (ahead <= 0) return state;
    return { stamps: state.stamps.map(({ at, count }) => ({ at: at - ahead, count })), seen: now };
  };

  const earliest = (state: LogState, units: number, at: number): number => {
    if (units > limit * 100) return Number.POSITIVE_INFINITY;
    const { stamps } = state;
    let slot = Math.max(at, stamps.at(-1)?.at ?? at);
    let over = countAfter(stamps, slot - windowMs) + units / 100 - limit;
    for (const stamp of stamps) {
      if (over <= 0) break;
      if (stamp.at <= slot - windowMs) continue;
      over -= stamp.count;
      slot = Math.max(slot, stamp.at + windowMs);
    }
    return slot;
  };

  return {
    empty,
    capacity: limit * 100,
    grain: 100,
    delays: true,

    observe,

    earliest,

    available(state, at) {
      const last = state.stamps.at(-1)?.at ?? at;
      return last > at ? 0 : Math.max(0, limit - countAfter(state.stamps, at - windowMs)) * 100;
    },

    book(state, units, at, now) {
      return { stamps: stamped(live(state.stamps, now - windowMs), at, units / 100), seen: now };
    },

    receipt: (_state, at) => at,

    settle(state, receipt, booked, final, now) {
      const stamps = live(state.stamps, now - windowMs);
      const more = Math.ceil((final - booked) / 100);
      if (more > 0) {
        return { stamps: atMost(limit, stamped(stamps, Math.max(now, stamps.at(-1)?.at ?? now), more)), seen: now };
      }
      const kept = stamps.map(({ at, count }) => ({ at, count: at === receipt ? Math.max(0, count + more) : count }));
      return { stamps: kept.filter(({ count }) => count > 0), seen: now };
    },

    read(state, now) {
      const stamps = live(state.stamps, now - windowMs);
      const oldest = stamps[0]?.at;
      const last = stamps.at(-1)?.at;
      // Nothing fits before the last slot.
      const remaining = (last ?? now) > now ? 0 : Math.max(0, limit - countAfter(stamps, now - windowMs));
      return {
        remaining,
        resetAfterMs: last === undefined ? 0 : last + windowMs - now,
        windowAfterMs:
          remaining === 0 && limit > 0 ? earliest(state, 100, now) - now : (oldest ?? now) + windowMs - now,
      };
    },

    idleAt: (state) => {
      const last = state.stamps.at(-1)?.at;
      return last === undefined ? 0 : last + windowMs;
    },

    fold(a, b, now) {
      const stamps = newest(live(a.stamps, now - windowMs), live(b.stamps, now - windowMs));
      return { stamps, seen: Math.max(a.seen, b.seen) };
    },

    kept: keptLog(limit, windowMs, observe),
  };
}

/** Units stamped after an instant. */
function countAfter(stamps: readonly Stamp[], instant: number): number {
  let count = 0;
  for (let i = stamps.length - 1; i >= 0; i--) {
    const stamp = stamps[i] as Stamp;
    if (stamp.at <= instant) break;
    count += stamp.count;
  }
  return count;
}

/** The stamps after an instant. */
function live(stamps: readonly Stamp[], instant: number): readonly Stamp[] {
  const first = stamps.findIndex(({ at }) => at > instant);
  return first === 0 ? stamps : first === -1 ? [] : stamps.slice(first);
}

/** The log with `count` units more at `at`, which is not before its last stamp. */
function stamped(stamps: readonly Stamp[], at: number, count: number): readonly Stamp[] {
  const last = stamps.at(-1);
  if (last?.at !== at) return [...stamps, { at, count }];
  return [...stamps.slice(0, -1), { at, count: last.count + count }];
}

/** The log with no more stamps than allowed: debt from settling moves the oldest units later, never earlier. */
function atMost(length: number, stamps: readonly Stamp[]): readonly Stamp[] {
  if (stamps.length <= Math.max(1, length)) return stamps;
  const [first, second, ...rest] = stamps as readonly [Stamp, Stamp, ...Stamp[]];
  return [{ at: second.at, count: first.count + second.count }, ...rest];
}

/** Unit for unit from the newest, the later of the two logs' stamps. */
function newest(a: readonly Stamp[], b: readonly Stamp[]): readonly Stamp[] {
  const folded: Stamp[] = [];
  let [i, j] = [a.length - 1, b.length - 1];
  let [left, right] = [a[i]?.count ?? 0, b[j]?.count ?? 0];
  while (i >= 0 || j >= 0) {
    const count = i < 0 ? right : j < 0 ? left : Math.min(left, right);
    const at = Math.max(a[i]?.at ?? 0, b[j]?.at ?? 0);
    const last = folded.at(-1);
    if (last?.at === at) folded[folded.length - 1] = { at, count: last.count + count };
    else folded.push({ at, count });
    left -= count;
    right -= count;
    if (left <= 0 && i >= 0) left = a[--i]?.count ?? 0;
    if (right <= 0 && j >= 0) right = b[--j]?.count ?? 0;
  }
  return folded.reverse();
}
