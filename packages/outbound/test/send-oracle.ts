/** What a send quota promises, checked from outside by counting: local dates told by Intl, hours by time that really passed. */

const hourMs = 3_600_000;
const formats = new Map<string, Intl.DateTimeFormat>();
const told = new Map<string, { minute: number; date: string }>();

/** The local date at an instant as `2027-03-28`, told by another locale than the quota asks. */
export function dateOf(instantMs: number, timeZone: string): string {
  const minute = Math.floor(instantMs / 60_000);
  const last = told.get(timeZone);
  if (last?.minute === minute) return last.date;
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" });
  formats.set(timeZone, format);
  const date = format.format(instantMs);
  told.set(timeZone, { minute, date });
  return date;
}

/** A clock that can be set back, and the time that has passed all the same. */
export interface SimulatedClock {
  now(): number;
  /** Time that really passed, whatever the clock shows. */
  passed(): number;
  advance(ms: number): void;
  stepBack(ms: number): void;
}

export function simulatedClock(startMs: number): SimulatedClock {
  let instant = startMs;
  let passed = 0;
  return {
    now: () => instant,
    passed: () => passed,
    advance(ms) {
      instant += ms;
      passed += ms;
    },
    stepBack(ms) {
      instant -= ms;
    },
  };
}

/** A counted mail: it can be taken off again when it was given back. */
export interface Counted {
  readonly takeBack: () => void;
}

/** Counts accepted mails and throws at the first one too many. */
export interface SendOracle {
  /** One mail of an inbox whose day has room for `limit`, in the zone that the inbox has now; all its zones are named. */
  accept(id: string, timeZone: string, zones: readonly string[], limitOn: (instantMs: number) => number): Counted;
  /**
   * An inbox leaves a zone. The latest day on which it sent there counts in the new one, though it may be over; days before
   * that are forgotten, though their mails may fall on one date with it in the new zone.
   */
  leave(id: string, timeZone: string): void;
  /** Mails by local date of the inbox in a zone; an organisation's by its own. */
  perDay(id: string, timeZone: string): ReadonlyMap<string, number>;
}

/** The name under which the organisation's days are counted. */
export const everybody = "";

/**
 * A date never goes back: mails after a clock has stepped back belong to the latest date that has been sent on, as if the
 * clock had stood still.
 */
export function sendOracle(
  clock: SimulatedClock,
  limits: { readonly perHour: number; readonly perDay: number; readonly timeZone: string },
): SendOracle {
  const counts = new Map<string, Map<string, number>>();
  const latest = new Map<string, number>();
  /** By inbox its latest mails: when they were, and how they are taken off its days. */
  const mails = new Map<string, { instant: number; remove(): void }[]>();
  const hour: { at: number; live: boolean }[] = [];

  const daysOf = (id: string, zone: string): Map<string, number> => {
    const name = `${zone} ${id}`;
    const found = counts.get(name) ?? new Map<string, number>();
    counts.set(name, found);
    return found;
  };
  const instantOf = (id: string): number => {
    const instant = Math.max(clock.now(), latest.get(id) ?? 0);
    latest.set(id, instant);
    return instant;
  };
  const add = (days: Map<string, number>, date: string, count: number): number => {
    const sum = (days.get(date) ?? 0) + count;
    days.set(date, sum);
    return sum;
  };
  const demand = (what: string, count: number, limit: number): void => {
    if (count > limit) throw new Error(`${what}: ${count} of ${limit} at ${new Date(clock.now()).toISOString()}`);
  };

  return {
    accept(id, timeZone, zones, limitOn) {
      const instant = instantOf(id);
      const undo: (() => void)[] = [];
      const dates = zones.map((zone) => [daysOf(id, zone), dateOf(instant, zone)] as const);
      for (const [days, date] of dates) add(days, date, 1);
      const remove = (): void => {
        for (const [days, date] of dates.splice(0)) add(days, date, -1);
      };
      undo.push(remove);
      mails.set(id, [...(mails.get(id) ?? []).slice(-100), { instant, remove }]);
      const own = dateOf(instant, timeZone);
      demand(`${id} on ${own} in ${timeZone}`, daysOf(id, timeZone).get(own) ?? 0, limitOn(instant));
      const all = daysOf(everybody, limits.timeZone);
      const date = dateOf(instantOf(everybody), limits.timeZone);
      demand(`everybody on ${date}`, add(all, date, 1), limits.perDay);
      undo.push(() => add(all, date, -1));

      const stamp = { at: clock.passed(), live: true };
      while (hour.length > 0 && (hour[0] as { at: number }).at <= stamp.at - hourMs) hour.shift();
      hour.push(stamp);
      demand("an hour", hour.filter(({ live }) => live).length, limits.perHour);
      undo.push(() => {
        stamp.live = false;
      });
      return {
        takeBack() {
          for (const step of undo.splice(0)) step();
        },
      };
    },
    leave(id, timeZone) {
      const own = mails.get(id) ?? [];
      const latestDay = dateOf(own.at(-1)?.instant ?? 0, timeZone);
      for (const { instant, remove } of own) if (dateOf(instant, timeZone) !== latestDay) remove();
    },
    perDay: (id, timeZone) => daysOf(id, timeZone),
  };
}

/** Random numbers from a seed, from 0 to below 1: a failing run can be had again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
