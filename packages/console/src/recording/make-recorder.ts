/** Makes a recorder: counts in memory on the way, rows in the database a moment later. */

import { lineToConsole } from "../to-console.ts";
import { keptAccess } from "./kept-access.ts";
import type { Minute } from "./minute.ts";
import { takeRows } from "./minute-rows.ts";
import { Minutes } from "./minutes.ts";
import type { RecordedRows } from "./recorded-rows.ts";
import type { Recorder, RecorderCounters } from "./recorder.ts";
import { checkRecorder, type RecorderOptions } from "./recorder-options.ts";
import { recorderReports } from "./recorder-reports.ts";
import { sleeper } from "./sleeper.ts";
import { pendingOf, Totals } from "./totals.ts";
import { WaitingRows } from "./waiting-rows.ts";
import { writing } from "./writing.ts";

/**
 * Records decisions and reads of feeds. Does nothing until the first of them; what has no room is counted and told.
 *
 * A database that is away loses nothing until the room for what waits is full: of minutes, that is hours. Where it has written a
 * batch and its answer was lost, the batch counts twice.
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING`, `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`.
 */
export function recorder(options: RecorderOptions): Recorder {
  checkRecorder(options);
  const { db, background, limits, planOf, parts = [], sinks = [], now = Date.now, flushMs = 2_000 } = options;
  const dropped = { accesses: 0, keys: 0, denials: 0, writes: 0 };
  const reports = recorderReports(options.onError ?? lineToConsole);
  const waiting = new WaitingRows(dropped);
  const totals = new Totals();
  let failures = 0;
  let fresh: RecordedRows["accesses"][number][] = [];

  const take = (minutesTaken: Iterable<Minute>, isForgotten: boolean): void => {
    const rows = { decisions: [], keyCounts: [], deniedKeys: [], userDenials: [], droppedDenials: 0 };
    for (const minute of minutesTaken) takeRows(minute, rows);
    dropped.denials += rows.droppedDenials;
    const recorded: RecordedRows = { ...rows, accesses: isForgotten ? [] : fresh };
    if (!isForgotten) fresh = [];
    totals.add(recorded.decisions);
    for (const sink of sinks) attempt(() => sink.record(recorded));
    const { decisions, keyCounts, deniedKeys, userDenials } = recorded;
    if (waiting.hasRoom) {
      waiting.add({ decisions, keyCounts, deniedKeys, userDenials });
    } else {
      dropped.writes += decisions.length + keyCounts.length;
      dropped.denials += deniedKeys.reduce((sum, { denials }) => sum + denials, 0);
    }
  };
  const attempt = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      reports.mistake(error);
    }
  };

  const minutes = new Minutes({ limits, planOf, forgetting: (minute) => take([minute], true) });
  const countedDrops = (): RecorderCounters["dropped"] => ({
    ...dropped,
    keys: dropped.keys + minutes.droppedKeys,
    denials: dropped.denials + minutes.droppedDenials,
  });

  const write = writing({
    db,
    waiting,
    parts,
    collect() {
      // Where there is no room, minutes keep what they have until there is, or until they are forgotten.
      const hasRoom = waiting.hasRoom;
      if (hasRoom) take(minutes.kept.values(), false);
      reports.dropped(countedDrops());
      return hasRoom;
    },
    failed(cause) {
      failures++;
      reports.failed(cause);
    },
    written: reports.written,
    dropped(statements) {
      dropped.writes += statements;
    },
  });
  const running = new Set<Promise<boolean>>();
  const writeOnce = (): Promise<boolean> => {
    const one = write();
    running.add(one);
    return one.finally(() => running.delete(one));
  };
  const task = sleeper({ background, write: writeOnce, flushMs });

  return {
    onDecision(event) {
      try {
        const nowMs = now();
        if (minutes.count(event.decisions, event.allowed, nowMs)) task.soon(nowMs);
      } catch (error) {
        reports.mistake(error);
      }
    },

    onDenied({ refused, decisions }) {
      attempt(() => {
        if (decisions.length === 0) {
          const nowMs = now();
          minutes.countRefused(refused, nowMs);
          return task.soon(nowMs);
        }
        // What says no and refused nobody is a shadow's.
        for (const decision of decisions) {
          const isShadow = !refused.some(({ limiter }) => limiter === decision.policy.name);
          if (!decision.allowed && isShadow) minutes.takeBack(decision);
        }
      });
    },

    onSettled({ settlements, backend: { features } }) {
      attempt(() => {
        // What a backend counts and cannot settle stays as it was charged.
        const isSettled = features.settle || features.scope === "none";
        for (const { decision, cost } of settlements) {
          if (isSettled || decision.via === "fallback") minutes.settle(decision, cost);
        }
        task.soon(now());
      });
    },

    access(access) {
      attempt(() => {
        const kept = keptAccess(access);
        if (!waiting.addAccess(kept)) return;
        if (sinks.length > 0) fresh.push(kept);
        task.soon(now());
      });
    },

    soon() {
      task.soon(now());
    },

    counters() {
      const pending = [...minutes.kept.values()].flatMap(pendingOf);
      return { decisions: totals.with(pending), dropped: countedDrops(), failed: failures };
    },

    async flush() {
      task.wake();
      const others = [...running];
      await writeOnce();
      // What others could not write after all waits again, and this may be the last moment.
      if ((await Promise.all(others)).includes(false)) await writeOnce();
    },
  };
}
