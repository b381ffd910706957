/** The sliding log where it is kept: the same decisions as sliding-log.ts, without a copy for each. */

import type { LogState, Stamp } from "./sliding-log.ts";
import type { Kept } from "./steps.ts";

/**
 * A log in one array: the instant and the count of each stamp. Stamps that time has passed stay for a while: what was past
 * when the log was last written, at `seen`, stays past.
 */
interface KeptLog {
  /** As it was given, until a charge is first spent from it: who decides several at once takes it back as it is. */
  given: LogState | undefined;
  readonly cells: number[];
  seen: number;
  /** Where the first stamp after `since` is, and how many units there are from there on. */
  first: number;
  since: number;
  live: number;
}

/** Who spends from a log again and again finds each stamp past once. `observe` is that of the steps. */
export function keptLog(
  limit: number,
  windowMs: number,
  observe: (state: LogState, now: number) => LogState,
): Kept<LogState> {
  const stateOf = ({ given, cells, seen }: KeptLog): LogState => {
    if (given) return given;
    const stamps: Stamp[] = [];
    for (let i = 0; i < cells.length; i += 2) stamps.push({ at: cells[i] as number, count: cells[i + 1] as number });
    return { stamps, seen };
  };

  /** Goes on to the stamps that are live at `now`. */
  const advance = (log: KeptLog, now: number): void => {
    const since = now - windowMs;
    // Nothing was spent yet, or the clock has stepped back: stamps that were passed may be live again.
    if (since < log.since) {
      const { stamps, seen } = observe(stateOf(log), now);
      log.cells.length = log.first = log.live = 0;
      for (const { at, count } of stamps) {
        log.cells.push(at, count);
        log.live += count;
      }
      log.seen = seen;
      log.given = undefined;
    }
    log.since = since;
    const { cells } = log;
    while (log.first < cells.length && (cells[log.first] as number) <= since) {
      log.live -= cells[log.first + 1] as number;
      log.first += 2;
    }
  };

  /** The earliest instant for `count` units more. */
  const earliest = ({ cells, first, live }: KeptLog, count: number, now: number): number => {
    let slot = first < cells.length ? Math.max(now, cells[cells.length - 2] as number) : now;
    let over = live + count - limit;
    for (let i = first; over > 0 && i < cells.length; i += 2) {
      over -= cells[i + 1] as number;
      // What is past before the last slot is not waited for.
      slot = Math.max(slot, (cells[i] as number) + windowMs);
    }
    return slot;
  };

  const book = (log: KeptLog, at: number, count: number, now: number): void => {
    const { cells, first } = log;
    if (first > 32 && first * 2 > cells.length) {
      cells.splice(0, first);
      log.first = 0;
    }
    const last = cells.length - 2;
    if (cells[last] === at) (cells[last + 1] as number) += count;
    else cells.push(at, count);
    log.live += count;
    log.seen = now;
  };

  return {
    keep: (given): KeptLog => ({
      given,
      cells: [],
      seen: 0,
      first: 0,
      since: Number.POSITIVE_INFINITY,
      live: 0,
    }),

    state: (kept) => stateOf(kept as KeptLog),

    idleAt(kept) {
      const { given, cells } = kept as KeptLog;
      const last = given ? given.stamps.at(-1)?.at : cells[cells.length - 2];
      return last === undefined ? 0 : last + windowMs;
    },

    spend(kept, units, delay, now, spent) {
      const log = kept as KeptLog;
      advance(log, now);
      const count = units / 100;
      const slot = count === 0 ? now : count > limit ? Number.POSITIVE_INFINITY : earliest(log, count, now);
      if (count > 0 && slot - now <= delay) book(log, slot, count, now);
      const { cells, first, live } = log;
      const isEmpty = first >= cells.length;
      const last = isEmpty ? now : (cells[cells.length - 2] as number);
      spent.wait = slot - now;
      spent.remaining = last > now ? 0 : Math.max(0, limit - live);
      spent.resetAfterMs = isEmpty ? 0 : last + windowMs - now;
      // Until one unit fits, or the oldest stamp is past.
      spent.windowAfterMs =
        spent.remaining > 0 || limit === 0
          ? (isEmpty ? now : (cells[first] as number)) + windowMs - now
          : earliest(log, 1, now) - now;
    },
  };
}
