/** Clean-up by one lazy alarm: rare enough to cost next to nothing, often enough that a flood of keys fills no object. */

import type { ObjectStorage, Rows } from "./durable-object-rows.ts";

/**
 * An alarm comes no sooner than this after what it is set for was written. At a thousand new keys a second, the most that an
 * object takes, its table stays well below the 10 GB that it may have; a user who is active all day costs four alarms.
 */
const leastMs = 6 * 3_600_000;

/** Nor later than this, also where a row is idle in years. */
const mostMs = 30 * 86_400_000;

/** Rows looked through at once, and how often before the rest is left to another alarm. */
const [pageSize, pages] = [1_000, 100];

/** After this long the rest is taken up. */
const restMs = 1_000;

/** The alarm of one object. */
export interface CleanUp {
  /** Sees to it that an alarm comes for what was just written; the promise is there only where storage must be asked. */
  due(now: number): Promise<void> | undefined;
  /** What the alarm does. */
  run(now: number): Promise<void>;
}

/** Keeps an alarm set for as long as there are rows. */
export function cleanUp(storage: ObjectStorage, rows: Rows): CleanUp {
  // Unknown until storage was asked once in this life of the object; Infinity while none is set.
  let alarmAt: number | undefined;
  let after = "";
  let soonest = Number.POSITIVE_INFINITY;

  const set = async (instantMs: number): Promise<void> => {
    try {
      if (alarmAt === undefined) {
        const stored = await storage.getAlarm();
        alarmAt ??= stored ?? Number.POSITIVE_INFINITY;
      }
      // An alarm is only ever moved forward: one that comes early finds less to do and sets another.
      if (instantMs >= alarmAt) return;
      alarmAt = instantMs;
      await storage.setAlarm(instantMs);
    } catch {
      // What was decided holds all the same; the next write tries again.
      alarmAt = undefined;
    }
  };

  const within = (idleAt: number, now: number): number => Math.min(Math.max(idleAt, now + leastMs), now + mostMs);

  return {
    due(now) {
      const idleAt = rows.written();
      if (idleAt === undefined) return undefined;
      // Written behind the place that a clean-up has come to, it would not be seen by its end.
      if (after !== "") soonest = Math.min(soonest, idleAt);
      const instantMs = within(idleAt, now);
      return alarmAt !== undefined && instantMs >= alarmAt ? undefined : set(instantMs);
    },

    async run(now) {
      alarmAt = Number.POSITIVE_INFINITY;
      for (let page = 0; page < pages; page++) {
        const { seen, last, idleAt } = rows.look(after, pageSize, now);
        soonest = Math.min(soonest, idleAt);
        const isLast = seen < pageSize;
        if (isLast && idleAt === Number.POSITIVE_INFINITY && !rows.counts(now)) {
          // Deleting the whole database writes no rows. It must be forgotten here as well: the object may live on.
          [after, soonest] = ["", Number.POSITIVE_INFINITY];
          await rows.drop();
          return;
        }
        rows.forget(after, last, now);
        if (isLast) {
          const next = within(soonest, now);
          [after, soonest] = ["", Number.POSITIVE_INFINITY];
          await set(next);
          return;
        }
        after = last;
        // Charges that came meanwhile go first.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      await set(now + restMs);
    },
  };
}
