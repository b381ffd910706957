/** Calls put together: what is asked in one moment goes in one, and what fails there because of one key goes alone. */

import type { Outcome } from "../engine/charge.ts";
import type { Clock } from "../engine/clock.ts";
import { type Deadline, within } from "../resilience/deadline.ts";
import { callFor } from "./scripted-call.ts";
import { type Failure, failureOf } from "./scripted-failure.ts";
import type { Group } from "./scripted-groups.ts";
import type { Script, ScriptRunner } from "./scripted-runner.ts";
import { shortCallFor } from "./scripted-short.ts";
import { noteTime, nothingSeen, type SeenTime } from "./scripted-time.ts";

/**
 * How many callers who do not know of each other share a call, and how many charges: a call holds up the server's others,
 * and while the server decides one, the next can be put together here.
 */
const mostTogether = { callers: 32, charges: 96 } as const;

/** Where one call can go: the whole server, or a slot of a Cluster. */
export interface Place {
  /** What is known of the clock there. */
  readonly seen: SeenTime;
  /** What waits for the end of this moment, and how many charges that are. */
  waiting: Waiting[];
  size: number;
}

/** A group, and who waits for it. */
interface Waiting {
  readonly group: Group;
  resolve(outcome: Outcome | undefined): void;
  reject(error: unknown): void;
}

/** Sends groups to places. */
export interface Sender {
  /** Sends what all ask in one call, at once. */
  now(place: Place, groups: readonly Group[], deadline: Deadline): Promise<(Outcome | undefined)[]>;
  /** Sends it together with what others ask in this moment, with a deadline of their own. */
  together(place: Place, group: Group): Promise<Outcome | undefined>;
}

export function newPlace(): Place {
  return { seen: nothingSeen(), waiting: [], size: 0 };
}

/** What a sender is made of. */
export interface SenderOptions {
  readonly name: string;
  readonly runner: ScriptRunner;
  readonly script: Script;
  readonly deadlineMs: number;
  /** Tells calendars where we are. */
  readonly clock: Clock;
  /** A test's clock takes the place of the server's. */
  readonly isTest: boolean;
}

export function sender({ name, runner, script, deadlineMs, clock, isTest }: SenderOptions): Sender {
  /** How far the server's clock is ahead of this one, as far as that mattered. */
  let ahead = 0;

  const call = async (place: Place, all: readonly Waiting[], deadline: Deadline): Promise<Failure | undefined> => {
    const groups = all.map(({ group }) => group);
    const known = { ...place.seen };
    const instant = Math.floor(clock.now());
    try {
      const { keys, args, hear } = shortCallFor(name, groups) ?? callFor(name, groups, instant + ahead, known);
      const reply = await runner.run(script, keys, isTest ? [...args, String(instant)] : args, deadline);
      const { now, results } = hear(reply);
      noteTime(place.seen, known, now);
      for (let i = 0; i < all.length; i++) {
        const { resolve, reject } = all[i] as Waiting;
        const result = results[i];
        if (result instanceof Error) reject(result);
        else resolve(result);
      }
      return undefined;
    } catch (error) {
      return failureOf(name, error);
    }
  };

  const send = async (place: Place, all: readonly Waiting[], deadline: Deadline): Promise<void> => {
    let failure = await call(place, all, deadline);
    // Nothing was booked in these two cases, so that all may be asked again.
    if (failure?.period !== undefined && !deadline.passed) {
      ahead = failure.period - Math.floor(clock.now());
      failure = await call(place, all, deadline);
    }
    if (failure?.isForeign && all.length > 1 && !deadline.passed) {
      await Promise.all(all.map((one) => send(place, [one], deadline)));
    } else if (failure) {
      for (const { reject } of all) reject(failure.error);
    }
  };

  const flush = (place: Place): void => {
    const { waiting } = place;
    place.waiting = [];
    place.size = 0;
    if (waiting.length === 0) return;
    within(name, deadlineMs, (deadline) => send(place, waiting, deadline)).catch((error: unknown) => {
      for (const { reject } of waiting) reject(error);
    });
  };

  const awaited = (group: Group, wait: (waiting: Waiting) => void): Promise<Outcome | undefined> =>
    new Promise((resolve, reject) => wait({ group, resolve, reject }));

  return {
    now(place, groups, deadline) {
      const all: Waiting[] = [];
      const answers = groups.map((group) => awaited(group, (waiting) => all.push(waiting)));
      void send(place, all, deadline);
      return Promise.all(answers);
    },

    together: (place, group) =>
      awaited(group, (waiting) => {
        const charges = place.size + group.counters.length;
        if (place.waiting.length === mostTogether.callers || charges > mostTogether.charges) flush(place);
        if (place.waiting.length === 0) queueMicrotask(() => flush(place));
        place.waiting.push(waiting);
        place.size += group.counters.length;
      }),
  };
}
