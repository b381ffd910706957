/** An oracle for tests: every rule written from its definition over a log of all bookings, in exact rationals. */

import type { Charge } from "../engine/charge.ts";
import { counterName } from "../engine/charge.ts";
import { bucketSize, largestCost, type Policy } from "../engine/policy.ts";
import { periodEndAfter } from "./local-time.ts";

/** What the oracle expects of one charge. */
export interface Expectation {
  readonly allowed: boolean;
  /** Hundredths of a unit. */
  readonly charged: number;
  readonly remaining: number;
  readonly retryAfterMs: number | undefined;
}

/** What the oracle expects of all charges of one `consume`. */
export interface Expected {
  readonly allowed: boolean;
  readonly retryAfterMs: number | undefined;
  readonly delayMs: number | undefined;
  readonly decisions: readonly Expectation[];
  /** Names each booking for {@link Oracle.settle}. */
  readonly bookings: readonly (Booking | undefined)[];
}

/** A charge that was booked, in the log of its counter. */
export interface Booking {
  readonly counter: Log;
  readonly policy: Policy;
  readonly units: bigint;
  /** Changes only when a clock that stepped back re-dates the log. */
  at: bigint;
  /** Whether it was re-dated: what it went into can no longer be told. */
  moved: boolean;
  settled: boolean;
}

/** Answers as the definitions do. */
export interface Oracle {
  consume(charges: readonly Charge[], now: number): Expected;
  settle(booking: Booking, final: number, now: number): void;
}

/** A number of the form n/d with d > 0. */
class Rational {
  readonly n: bigint;
  readonly d: bigint;

  constructor(n: bigint, d = 1n) {
    this.n = n;
    this.d = d;
  }
  plus = ({ n, d }: Rational): Rational =>
    this.d === d ? new Rational(this.n + n, d) : new Rational(this.n * d + n * this.d, this.d * d);
  minus = ({ n, d }: Rational): Rational => this.plus(new Rational(-n, d));
  over = ({ n, d }: Rational): boolean => this.n * d > n * this.d;
  /** The larger of this and the other. */
  max = (other: Rational): Rational => (other.over(this) ? other : this);
  toNumber = (): number => Number((this.n * 10n ** 15n) / this.d) / 1e15;
}

const zero = new Rational(0n);
const whole = (n: bigint): Rational => new Rational(n);

/** One counter: what was written to it, in the order of writing, and the questions an algorithm answers from that. */
interface Log {
  /** Called at every visit, before anything else: what a clock that stepped back does to the log. */
  visit(policy: Policy, now: bigint): void;
  /** Whether `units` fit at `at` if nothing else happens after `now`. */
  fits(policy: Policy, units: bigint, at: bigint, now: bigint): boolean;
  /** An instant at which whatever can fit at all does fit. */
  horizon(policy: Policy, now: bigint): bigint;
  book(booking: Booking, now: bigint): void;
  settle(booking: Booking, final: bigint, now: bigint): void;
  /** Hundredths left at `now`. */
  left(policy: Policy, now: bigint): Rational;
}

export function oracle(): Oracle {
  const logs = new Map<string, Log>();
  const logOf = ({ policy, shard, key }: Charge): Log => {
    const name = JSON.stringify([counterName(policy), shard ?? null, key]);
    const log = logs.get(name) ?? newLog[policy.algorithm]();
    logs.set(name, log);
    return log;
  };

  return {
    consume(charges, instant) {
      const now = BigInt(instant);
      const asked = charges.map((charge) => {
        const log = logOf(charge);
        log.visit(charge.policy, now);
        const most = hundredthsOf(charge.cost);
        const least = charge.minCost === undefined ? most : smaller(most, hundredthsOf(charge.minCost));
        return { charge, log, most, least, at: earliest(log, charge.policy, least, now) };
      });
      const binding = asked.filter(({ charge }) => charge.mode !== "shadow");
      const patience = binding.length === 0 ? undefined : Math.min(...binding.map((one) => one.charge.maxDelayMs ?? 0));
      const slot = binding.reduce<bigint | undefined>((latest, { at }) => later(latest, at), now);
      const deadline = now + BigInt(patience ?? 0);
      const allowed = slot !== undefined && slot <= deadline;
      const until = (one: (typeof asked)[number]): bigint => {
        if (one.charge.mode !== "shadow") return deadline;
        return allowed && delays(one.charge.policy) ? (slot as bigint) : now;
      };
      const bookings = asked.map((one): Booking | undefined => {
        const { charge, log, least, most, at } = one;
        if (!allowed || at === undefined || at > until(one) || charge.mode === "peek") return undefined;
        const when = delays(charge.policy) ? (slot as bigint) : now;
        const units = charge.minCost === undefined ? least : fitting(log, charge.policy, least, most, when, now);
        if (units === 0n) return undefined;
        const booking = { counter: log, policy: charge.policy, units, at: when, moved: false, settled: false };
        log.book(booking, now);
        return booking;
      });
      return {
        allowed,
        retryAfterMs: allowed || slot === undefined ? undefined : Number(slot - deadline),
        delayMs: allowed && slot > now ? Number(slot - now) : undefined,
        bookings,
        decisions: asked.map((one, i) => {
          const fits = one.at !== undefined && one.at <= until(one);
          return {
            allowed: fits,
            charged: Number(bookings[i]?.units ?? 0n),
            remaining: one.log.left(one.charge.policy, now).toNumber() / 100,
            retryAfterMs: fits || one.at === undefined ? undefined : Number(one.at - until(one)),
          };
        }),
      };
    },

    settle(booking, final, instant) {
      if (booking.settled) return;
      booking.settled = true;
      const now = BigInt(instant);
      booking.counter.visit(booking.policy, now);
      const units = hundredthsOf(final);
      if (units !== booking.units) booking.counter.settle(booking, units, now);
    },
  };
}

/** The first instant at which the units fit, found by halving: whatever fits goes on fitting. */
function earliest(log: Log, policy: Policy, units: bigint, now: bigint): bigint | undefined {
  if (units === 0n) return now;
  if (units > BigInt(largestCost(policy)) * 100n) return undefined;
  if (log.fits(policy, units, now, now)) return now;
  let low = now;
  let high = log.horizon(policy, now);
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (log.fits(policy, units, middle, now)) high = middle;
    else low = middle;
  }
  return high;
}

/** The most units from `least` to `most` that fit at an instant. */
function fitting(log: Log, policy: Policy, least: bigint, most: bigint, at: bigint, now: bigint): bigint {
  const grain = policy.algorithm === "sliding-log" ? 100n : 1n;
  let [low, high] = [least / grain, most / grain + 1n];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (log.fits(policy, middle * grain, at, now)) low = middle;
    else high = middle;
  }
  return low * grain;
}

/** A cost in hundredths, rounded up, read from its decimal spelling. */
function hundredthsOf(cost: number): bigint {
  const [integer = "0", decimals = ""] = cost.toFixed(6).split(".");
  const millionths = BigInt(integer) * 1_000_000n + BigInt(decimals);
  return (millionths + 9_999n) / 10_000n;
}

const newLog: Record<Policy["algorithm"], () => Log> = {
  "token-bucket": bucketLog,
  "fixed-window": windowLog,
  calendar: windowLog,
  "sliding-window": slidingLog,
  "sliding-log": stampLog,
};

/** Hundredths that drain in a millisecond. */
function rateOf(policy: Policy): Rational {
  if (policy.algorithm !== "token-bucket") throw new Error("only buckets drain");
  const refill = policy.strict ? policy.limit - bucketSize(policy) : policy.limit;
  return new Rational(BigInt(refill) * 100n, BigInt(policy.windowMs));
}

/**
 * A bucket: what was booked and has not drained. Replayed from the first booking each time. Between two writes the
 * counter drains at the rate of whoever writes next, since limits are no part of a counter.
 */
function bucketLog(): Log {
  const writes: { at: bigint; rate: Rational; write: (level: Rational) => Rational }[] = [];
  let lastSlot = 0n;
  const drained = (level: Rational, rate: Rational, ms: bigint): Rational =>
    level.minus(new Rational(rate.n * ms, rate.d)).max(zero);
  const level = (policy: Policy, at: bigint): Rational => {
    let [value, since] = [zero, 0n];
    for (const event of writes) {
      value = event.write(drained(value, event.rate, event.at - since));
      since = event.at;
    }
    return drained(value, rateOf(policy), at - since);
  };
  return {
    visit(_policy, now) {
      const ahead = (writes.at(-1)?.at ?? now) - now;
      if (ahead <= 0n) return;
      for (const event of writes) event.at -= ahead;
      lastSlot -= ahead;
    },
    fits(policy, units, at) {
      return !level(policy, at)
        .plus(whole(units))
        .over(whole(BigInt(largestCost(policy)) * 100n));
    },
    horizon(policy, now) {
      const rate = rateOf(policy);
      const { n, d } = level(policy, now);
      return now + (n * rate.d) / (d * rate.n) + 1n;
    },
    book({ policy, units, at }, now) {
      const rate = rateOf(policy);
      // The time until a slot is spoken for.
      const reserved = new Rational(rate.n * (at - now), rate.d);
      writes.push({ at: now, rate, write: (before) => before.max(reserved).plus(whole(units)) });
      if (at > lastSlot) lastSlot = at;
    },
    settle({ policy, units, at }, final, now) {
      const rate = rateOf(policy);
      if (final > units) {
        writes.push({ at: now, rate, write: (before) => before.plus(whole(final - units)) });
        return;
      }
      // Time gives back from the booked instant on; what later slots stand on counts as given back by time.
      const until = now > lastSlot ? now : lastSlot;
      const untouched = at > until ? zero : drained(whole(units), rate, until - at);
      const back = untouched.over(whole(units - final)) ? whole(units - final) : untouched;
      writes.push({ at: now, rate, write: (before) => before.minus(back).max(zero) });
    },
    left: (policy, now) =>
      whole(BigInt(largestCost(policy)) * 100n)
        .minus(level(policy, now))
        .max(zero),
  };
}

function periodEnd(policy: Policy & { readonly algorithm: "calendar" }, instant: bigint): bigint {
  return BigInt(periodEndAfter(policy.period, policy.timeZone ?? "UTC", Number(instant)));
}

/** Windows that open at the first charge, or periods of the calendar: the sum of what was booked in the open one. */
function windowLog(): Log {
  let bookings: { units: bigint; booking?: Booking }[] = [];
  let end = 0n;
  /** When the local period began; a fixed window begins with a charge. */
  const beginOf = (policy: Policy, now: bigint): bigint => {
    if (policy.algorithm !== "calendar") return now;
    const dayMs = 86_400_000n;
    // Looked for from the begin of a day on: such instants come again, and what was found for them is remembered.
    let begin = now - (now % dayMs) - { day: 3n, week: 9n, month: 33n }[policy.period] * dayMs;
    for (let next = periodEnd(policy, begin); next <= now; next = periodEnd(policy, begin)) begin = next;
    return begin;
  };
  const endAfter = (policy: Policy, now: bigint, periods = 1): bigint => {
    if (policy.algorithm !== "calendar") return now + BigInt("windowMs" in policy ? policy.windowMs : 0);
    let next = beginOf(policy, now);
    for (let i = 0; i < periods; i++) next = periodEnd(policy, next);
    return next;
  };
  const used = (at: bigint): bigint => (at < end ? bookings.reduce((sum, { units }) => sum + units, 0n) : 0n);
  const open = (policy: Policy, now: bigint): void => {
    if (now < end) return;
    bookings = [];
    end = endAfter(policy, now);
  };
  return {
    visit(policy, now) {
      if (end <= beginOf(policy, now)) return;
      const known = [1, 2, 3].map((periods) => endAfter(policy, now, periods));
      // No honest clock can have opened a window that ends later than the third; and where the zone was changed, the window
      // lasts until the local day ends that it would have ended in. A fixed window ends wherever it does.
      const isFixed = policy.algorithm !== "calendar";
      const honest = isFixed
        ? [end, ...known].find((one) => one <= (known[0] as bigint))
        : known.find((one) => one >= end);
      const until = honest ?? (known[0] as bigint);
      if (until === end) return;
      end = until;
      for (const { booking } of bookings) if (booking) booking.moved = true;
    },
    fits: (policy, units, at) => used(at) + units <= BigInt(policy.limit) * 100n,
    horizon: () => end,
    book(booking, now) {
      open(booking.policy, now);
      bookings.push({ units: booking.units, booking });
    },
    settle(booking, final, now) {
      const here = now < end && !booking.moved && bookings.some((one) => one.booking === booking);
      if (final > booking.units) open(booking.policy, now);
      else if (!here) return;
      const sum = used(now) + final - booking.units;
      bookings.push({ units: (sum > 0n ? sum : 0n) - used(now) });
    },
    left: (policy, now) => whole(BigInt(policy.limit) * 100n - used(now)).max(zero),
  };
}

/** Two windows of the epoch, the older one weighted by how much of it the last window still covers. */
function slidingLog(): Log {
  const bookings: { window: bigint; units: bigint; booking?: Booking }[] = [];
  const windowOf = (policy: Policy, at: bigint): bigint => at / lengthOf(policy);
  const sum = (window: bigint): bigint =>
    bookings.filter((one) => one.window === window).reduce((total, { units }) => total + units, 0n);
  const estimate = (policy: Policy, at: bigint): Rational => {
    const window = windowOf(policy, at);
    const length = lengthOf(policy);
    return new Rational(sum(window - 1n) * (length - (at % length)), length).plus(whole(sum(window)));
  };
  return {
    // Only monotonic clocks: what a step back does to windows of the epoch is told by tables, not by this oracle.
    visit() {},
    fits: (policy, units, at) =>
      !estimate(policy, at)
        .plus(whole(units))
        .over(whole(BigInt(policy.limit) * 100n)),
    horizon: (policy, now) => now + 2n * lengthOf(policy),
    book(booking, now) {
      bookings.push({ window: windowOf(booking.policy, now), units: booking.units, booking });
    },
    settle(booking, final, now) {
      const more = final - booking.units;
      const current = windowOf(booking.policy, now);
      if (more > 0n) bookings.push({ window: current, units: more });
      const from = bookings.find((one) => one.booking === booking)?.window ?? current;
      if (more < 0n && from >= current - 1n) bookings.push({ window: from, units: more });
    },
    left: (policy, now) =>
      whole(BigInt(policy.limit) * 100n)
        .minus(estimate(policy, now))
        .max(zero),
  };
}

/** A stamp for each unit; nothing fits before the last slot. */
function stampLog(): Log {
  const bookings: { at: bigint; units: bigint; booking?: Booking }[] = [];
  let written = 0n;
  const last = (now: bigint): bigint =>
    bookings.reduce((at, one) => (one.units > 0n && one.at > at ? one.at : at), now);
  const within = (policy: Policy, at: bigint): bigint =>
    bookings.filter((one) => one.at > at - lengthOf(policy)).reduce((total, { units }) => total + units, 0n);
  // In debt there may be more stamps than units: a log of more than `limit` instants lets its oldest units go later.
  const shorten = (policy: Policy, now: bigint): void => {
    const kept = bookings.filter(({ at, units }) => at > now - lengthOf(policy) && units > 0n);
    const instants = [...new Set(kept.map(({ at }) => at))].sort((a, b) => (a < b ? -1 : 1));
    const [first, second] = instants;
    if (first === undefined || second === undefined || instants.length <= policy.limit) return;
    for (const one of kept.filter(({ at }) => at === first)) {
      one.at = second;
      if (one.booking) one.booking.moved = true;
    }
  };
  return {
    visit(_policy, now) {
      const ahead = written - now;
      if (ahead <= 0n) return;
      for (const one of bookings) {
        one.at -= ahead;
        if (one.booking) one.booking.moved = true;
      }
      written = now;
    },
    fits: (policy, units, at, now) => at >= last(now) && within(policy, at) + units <= BigInt(policy.limit) * 100n,
    horizon: (policy, now) => last(now) + lengthOf(policy),
    book(booking, now) {
      bookings.push({ at: booking.at, units: booking.units, booking });
      written = now;
    },
    settle(booking, final, now) {
      const more = final - booking.units;
      written = now;
      if (more > 0n) {
        bookings.push({ at: last(now), units: more });
        shorten(booking.policy, now);
      }
      const found = bookings.find((one) => one.booking === booking);
      if (more < 0n && found && !booking.moved) found.units += more;
    },
    left(policy, now) {
      if (last(now) > now) return zero;
      return whole(BigInt(policy.limit) * 100n - within(policy, now)).max(zero);
    },
  };
}

function lengthOf(policy: Policy): bigint {
  if (!("windowMs" in policy)) throw new Error("a calendar has no length");
  return BigInt(policy.windowMs);
}

function delays({ algorithm }: Policy): boolean {
  return algorithm === "token-bucket" || algorithm === "sliding-log";
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** The later of two instants; never, if one of them is never. */
function later(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return undefined;
  return a > b ? a : b;
}
