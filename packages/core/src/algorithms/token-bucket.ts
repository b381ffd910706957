/** Token bucket: a debt that drains at a steady rate; what fits is what the bucket's size leaves above the debt. */

import { bucketSize, type Rate } from "../engine/policy.ts";
import { ceilDivide, floorDivide, type Loaded, type Reading, type Steps } from "./steps.ts";

/**
 * `debt` is in hundredths × windowMs, so that draining 100 · limit per millisecond stays in whole numbers; it was
 * measured at `at`. `slot` is the latest instant booked ahead of its time, 0 if none.
 */
export interface BucketState {
  readonly debt: number;
  readonly at: number;
  readonly slot: number;
}

const empty: BucketState = { debt: 0, at: 0, slot: 0 };

/**
 * Most admitted in any window: limit + burst − 1; with `strict`, limit.
 *
 * The same rule as GCRA (ITU-T I.371, virtual scheduling), with its arrival time kept as a debt because a time in
 * doubles admits 16 of 17: see docs/decisions/0002-debt-not-arrival-time.md.
 */
export function tokenBucket(rate: Rate & { readonly algorithm: "token-bucket" }): Steps<BucketState> {
  const burst = bucketSize(rate);
  const scale = rate.windowMs;
  const full = burst * 100 * scale;
  // A limit of 0 never books anything; 1 spares every division below a special case.
  const drain = (rate.strict ? rate.limit - burst : rate.limit) * 100 || 1;
  const unit = 100 * scale;

  const debtAt = (state: BucketState, at: number): number => Math.max(0, state.debt - (at - state.at) * drain);

  /** The debt, measured now, on top of which a charge at `at` is booked. */
  const standing = (state: BucketState, at: number, now: number): number => {
    const debt = debtAt(state, now);
    return at > now ? Math.max(debt, (at - now) * drain) : debt;
  };

  const slotAfter = ({ slot }: BucketState, at: number, now: number): number =>
    at > now ? Math.max(at, slot) : slot > now ? slot : 0;

  const earliest = (state: BucketState, units: number, at: number): number => {
    const cost = units * scale;
    // In this order, since debt and cost together may leave the safe integers.
    const excess = state.debt - (full - cost);
    if (excess <= 0) return at;
    if (cost > full || !Number.isSafeInteger(excess)) return Number.POSITIVE_INFINITY;
    return Math.max(at, state.at + ceilDivide(excess, drain));
  };

  /** What a debt leaves, written into an object that is there. */
  const told = (debt: number, into: Loaded<Reading>): Reading => {
    const room = full - debt;
    const remaining = room > 0 ? room / unit : 0;
    const whole = Math.floor(remaining);
    into.remaining = remaining;
    into.resetAfterMs = full === 0 ? undefined : debt / drain;
    into.windowAfterMs = full === 0 ? undefined : (whole > 0 ? whole * unit : unit - room) / drain;
    return into;
  };

  return {
    empty,
    capacity: burst * 100,
    grain: 1,
    delays: true,

    observe(state, now) {
      if (now >= state.at) return state;
      return { debt: state.debt, at: now, slot: state.slot === 0 ? 0 : state.slot - (state.at - now) };
    },

    earliest,

    available(state, at) {
      const room = full - debtAt(state, at);
      return room > 0 ? floorDivide(room, scale) : 0;
    },

    book(state, units, at, now) {
      const debt = standing(state, at, now) + units * scale;
      return { debt, at: now, slot: slotAfter(state, at, now) };
    },

    receipt: (_state, at) => at,

    settle(state, receipt, booked, final, now) {
      const debt = debtAt(state, now);
      const slot = slotAfter(state, now, now);
      if (final >= booked) {
        return { debt: Math.min(debt + (final - booked) * scale, Number.MAX_SAFE_INTEGER), at: now, slot };
      }
      // Time may have drained this very charge ever since it was booked, and later slots stand on it: what can have gone
      // by then is not given back. To look for it behind the debt it was booked on would give the same units back twice
      // when that debt was refunded too. A receipt ahead of all that is booked is from before the clock stepped back.
      const until = Math.max(now, slot);
      const drained = receipt > until ? booked * scale : (until - receipt) * drain;
      const back = Math.min((booked - final) * scale, booked * scale - drained);
      return { debt: back > 0 ? Math.max(0, debt - back) : debt, at: now, slot };
    },

    block(state, forMs, now, shorten) {
      // A safe integer, since the block was checked.
      const debt = full + forMs * drain;
      // Slots that stand on the debt keep standing: who holds one looks again when it comes.
      return { debt: shorten ? debt : Math.max(debt, debtAt(state, now)), at: now, slot: slotAfter(state, now, now) };
    },

    read: (state, now) => told(debtAt(state, now), { remaining: NaN, resetAfterMs: NaN, windowAfterMs: NaN }),

    idleAt: (state) => Math.max(state.at + ceilDivide(state.debt, drain), state.slot),

    fold(a, b, now) {
      return {
        debt: Math.max(debtAt(a, Math.max(now, a.at)), debtAt(b, Math.max(now, b.at))),
        at: now,
        slot: Math.max(a.slot, b.slot),
      };
    },

    row: {
      width: 3,
      blank: () => ({ debt: 0, at: 0, slot: 0 }),
      load(state, cells, from) {
        state.debt = cells[from] as number;
        state.at = cells[from + 1] as number;
        state.slot = cells[from + 2] as number;
      },
      write(state, cells, from) {
        cells[from] = state.debt;
        cells[from + 1] = state.at;
        cells[from + 2] = state.slot;
      },
      spend(cells, from, units, delay, now, spent) {
        const state = { debt: cells[from] as number, at: cells[from + 1] as number, slot: cells[from + 2] as number };
        if (now < state.at) {
          if (state.slot !== 0) cells[from + 2] = state.slot -= state.at - now;
          cells[from + 1] = state.at = now;
        }
        const at = units === 0 ? now : earliest(state, units, now);
        let debt = debtAt(state, now);
        if (units > 0 && at - now <= delay) {
          debt = standing(state, at, now) + units * scale;
          cells[from] = debt;
          cells[from + 1] = now;
          cells[from + 2] = slotAfter(state, at, now);
        }
        spent.wait = at - now;
        told(debt, spent);
      },
    },
  };
}
