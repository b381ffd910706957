/** Works through many items: so many at a time, so far apart, within limits, and on from where it was after a crash. */

import { isSluiceError } from "@sluice/core/engine";
import type { Reservation } from "../limits/reservation.ts";
import { systemTime } from "../time/system-time.ts";
import { type BatchOptions, checkBatch, type ItemWorker } from "./batch-options.ts";
import { BatchStoppedError } from "./batch-stopped.ts";
import { pace } from "./pace.ts";
import { sizeOf } from "./progress.ts";
import { type Items, source } from "./source.ts";
import { tally } from "./tally.ts";

/** What became of one item. */
export type BatchResult<Value> =
  | { readonly index: number; readonly ok: true; readonly value: Value }
  | { readonly index: number; readonly ok: false; readonly error: unknown };

/** What became of a batch that went through all its items. */
export interface BatchSummary<Value> {
  /** In the order of the items, as far as they are kept. */
  readonly results: readonly BatchResult<Value>[];
  /** Items that this run has done, failed ones included. */
  readonly done: number;
  /** Of these, those whose worker failed. */
  readonly failed: number;
  /** Items that were done in earlier runs; their results are not there again. */
  readonly skipped: number;
}

const dayMs = 86_400_000;

/**
 * Runs `worker` for each item, and resolves when all are done. Items are pulled one at a time, when there is room to work on
 * them. The failure of one is its result, and loses no other.
 *
 * Rejects with the signal's reason when it is aborted, with BatchStoppedError `SLUICE_BATCH_STOPPED` when the limiter has no
 * place within `maxWaitMs`, or the limiter, the source, the checkpoint or a hook fails: always after the workers that run have
 * ended, what is done was saved, and the source was closed. With ConfigError for options that make no sense, and with what the
 * checkpoint's `load()` fails with.
 */
export async function batch<Item, Value>(
  items: Items<Item>,
  worker: ItemWorker<Item, Value>,
  options: BatchOptions<Item, Value> = {},
): Promise<BatchSummary<Value>> {
  checkBatch(items, worker, options as BatchOptions<never, never>);
  const { concurrency = 1, limiter, cost = 1, maxWaitMs = dayMs } = options;
  const { time = systemTime, total = sizeOf(items), signal = new AbortController().signal } = options;
  signal.throwIfAborted();
  const done = await tally(options, total, time);
  const from = source(items);
  const turns = pace(options, time);
  const halt = new AbortController();
  const going = AbortSignal.any([signal, halt.signal]);
  let running = 0;
  let wake: (() => void) | undefined;

  /** Whoever waits to start another item waits no longer; workers that run go on. */
  const stop = (error: unknown): void => halt.abort(error);
  /** Resolves as soon as no more than so many run. */
  const untilRunning = async (most: number): Promise<void> => {
    while (running > most) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };

  const work = async (item: Item, index: number, reservation: Reservation | undefined): Promise<BatchResult<Value>> => {
    try {
      return { index, ok: true, value: await worker(item, { index, signal, reservation }) };
    } catch (error) {
      return { index, ok: false, error };
    } finally {
      // Nobody can tell whether it went out, so it counts; that it could not be told to the backend changes nothing.
      reservation?.commit().catch(() => {});
    }
  };
  const finish = async (result: BatchResult<Value>): Promise<void> => {
    // Broken off in the middle: it is not done, and a later run does it again.
    if (!result.ok && signal.aborted) return;
    await done.add(result);
  };
  const start = async (item: Item, index: number, reservation?: Reservation): Promise<void> => {
    running++;
    turns.started();
    try {
      await finish(await work(item, index, reservation));
    } catch (error) {
      stop(error);
    }
    running--;
    try {
      done.report(running);
    } catch (error) {
      stop(error);
    }
    wake?.();
  };

  /** Waits for a place; undefined when the item can never have one, which is its result. */
  const admit = async (item: Item, index: number): Promise<(() => Promise<void>) | undefined> => {
    await turns.turn(going);
    if (limiter === undefined) return () => start(item, index);
    const units = typeof cost === "function" ? cost(item, index) : cost;
    try {
      const reservation = await limiter.acquire(units, { maxWaitMs, signal: going });
      if (going.aborted) await reservation.refund();
      return () => start(item, index, reservation);
    } catch (error) {
      if (!isSluiceError(error) || error.code !== "SLUICE_COST_NEVER_FITS") throw error;
      await finish({ index, ok: false, error });
      done.report(running);
      return undefined;
    }
  };

  const goThrough = async (): Promise<void> => {
    done.report(running);
    for (let index = 0; ; index++) {
      await untilRunning(concurrency - 1);
      if (turns.isGroupFull()) {
        await untilRunning(0);
        turns.groupEnded();
      }
      going.throwIfAborted();
      const pulled = from.pull(going);
      const next = "then" in pulled ? await pulled : pulled;
      if (next.done === true) return;
      if (done.skip(index)) continue;
      const begin = await admit(next.value, index);
      going.throwIfAborted();
      void begin?.();
    }
  };

  const attempt = async (step: () => Promise<void>): Promise<void> => {
    try {
      await step();
    } catch (error) {
      stop(error);
    }
  };
  await attempt(goThrough);
  await untilRunning(0);
  await attempt(from.close);
  await attempt(done.flush);
  await attempt(async () => done.report(0, true));
  if (signal.aborted) throw signal.reason;
  const summary = done.summary();
  if (halt.signal.aborted) throw new BatchStoppedError(halt.signal.reason, summary);
  return summary;
}
