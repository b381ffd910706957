/** A record of every decision: a backend that writes down what it was asked and answered, so that others can check it. */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { Backend, Charge, Clock, Decision, Identity, Outcome, Settlement } from "@sluice/core";

/** A clock that remembers the last instant it told. */
export interface RememberingClock extends Clock {
  /** The last instant told, in whole milliseconds. */
  toldMs(): number;
}

export function rememberingClock(clock: Clock = { now: () => Date.now() }): RememberingClock {
  let told = 0;
  return {
    now() {
      told = Math.floor(clock.now());
      return told;
    },
    toldMs: () => told,
  };
}

/** A backend that answers at once, as `memory()` does: only then is the last instant told the one that was used. */
export interface ImmediateBackend extends Backend {
  consume(charges: readonly Charge[]): Outcome;
  settle(entries: readonly Settlement[]): void;
  reset(identity: Identity): void;
}

/**
 * Records a backend as JSON lines, numbered from 1 by `n`; `at` is the instant by `clock`, which has to be the backend's.
 *
 * - `{ n, at, charges, outcome }` for every consume,
 * - `{ n, at, settle: [{ n, index, cost }] }`, where `n` and `index` name the decision that is settled (0: none of ours),
 * - `{ n, at, reset }` with the counter that was reset.
 */
export function recorded(
  backend: ImmediateBackend,
  clock: RememberingClock,
  write: (line: string) => void,
): ImmediateBackend {
  const places = new WeakMap<Decision, { readonly n: number; readonly index: number }>();
  let n = 0;

  const consume = (charges: readonly Charge[]): Outcome => {
    const outcome = backend.consume(charges);
    n++;
    for (const [index, decision] of outcome.decisions.entries()) places.set(decision, { n, index });
    write(JSON.stringify({ n, at: clock.toldMs(), charges: charges.map(asked), outcome: answered(outcome) }));
    return outcome;
  };

  return {
    ...backend,
    consume,
    consumeEach: (groups) => groups.map(consume),
    settle(entries) {
      backend.settle(entries);
      n++;
      const settle = entries.map(({ decision, cost }) => ({ ...(places.get(decision) ?? { n: 0, index: 0 }), cost }));
      write(JSON.stringify({ n, at: clock.toldMs(), settle }));
    },
    reset(identity) {
      backend.reset(identity);
      n++;
      const { policy, key, shard } = identity;
      write(JSON.stringify({ n, at: clock.toldMs(), reset: { policy, key, shard } }));
    },
  };
}

function asked({ policy, key, shard, cost, mode, minCost, maxDelayMs }: Charge) {
  return { policy, key, shard, cost, mode, minCost, maxDelayMs };
}

function answered({ allowed, retryAfterMs, decisions }: Outcome) {
  return {
    allowed,
    retryAfterMs,
    decisions: decisions.map((decision) => {
      const { allowed, charged, remaining, retryAfterMs } = decision;
      return { allowed, charged, remaining, retryAfterMs };
    }),
  };
}

/** Where the lines go. */
export interface RecordFile {
  write(line: string): void;
  /** Ends the file with `{ "lines": … }` once everything is on disk, so that a reader knows it has all of it. */
  close(): Promise<void>;
}

/** When the disk is this far behind, lines are left out; their missing numbers tell. */
const mostWaitingBytes = 64 * 1024 * 1024;

/**
 * Begins the file anew, as counts in memory begin anew with the process. Writing never holds a request up; when it fails
 * later on, `onTrouble` hears of it once.
 *
 * @throws Error with a sentence that names the path.
 */
export async function recordFile(path: string, onTrouble: (error: unknown) => void): Promise<RecordFile> {
  const stream = createWriteStream(path);
  await once(stream, "open").catch((cause: Error) => {
    const cure = "Name a file in a folder that exists";
    throw new Error(`RECORD_DECISIONS=${JSON.stringify(path)} cannot be written: ${cause.message}. ${cure}.`, {
      cause,
    });
  });
  stream.once("error", onTrouble);
  let lines = 0;
  return {
    write(line) {
      if (stream.destroyed || stream.writableLength > mostWaitingBytes) return;
      lines++;
      stream.write(`${line}\n`);
    },
    async close() {
      if (stream.destroyed) return;
      stream.end(`${JSON.stringify({ lines })}\n`);
      await once(stream, "close").catch(() => {});
    },
  };
}
