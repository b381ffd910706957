/** What a batch can be told, and how it is checked. */

import { aCount, aFunction, ConfigError, checkOptions, oneOf, type Rule, type Rules } from "@sluice/core/engine";
import type { Limiter } from "../limits/limiter.ts";
import type { Reservation } from "../limits/reservation.ts";
import type { LocalTime } from "../time/local-time.ts";
import { aLocalTime, aMaxWait, aSignal } from "../time/rules.ts";
import type { BatchResult } from "./batch.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Progress } from "./progress.ts";

/** What a worker is told beside its item. */
export interface ItemContext {
  /** The item's place in the source, from 0. */
  readonly index: number;
  /** Aborted with the batch. */
  readonly signal: AbortSignal;
  /**
   * The place that the limiter gave. A worker may commit another cost or, where nothing went out, refund it; otherwise it is
   * committed as it is, also when the worker fails.
   */
  readonly reservation?: Reservation | undefined;
}

export type ItemWorker<Item, Value> = (item: Item, context: ItemContext) => Value | Promise<Value>;

export interface BatchOptions<Item = unknown, Value = unknown> {
  /**
   * How many items are worked on at the same time.
   * @default 1
   */
  readonly concurrency?: number | undefined;
  /**
   * The least time between two starts, in milliseconds.
   * @default 0
   */
  readonly spacingMs?: number | undefined;
  /** Items are started in groups of so many; needs `pauseMs`. */
  readonly batchSize?: number | undefined;
  /** From the end of a group's last item to the start of the next group, in milliseconds; needs `batchSize`. */
  readonly pauseMs?: number | undefined;
  /** A place is acquired before each start; one limit or `all(...)`. */
  readonly limiter?: Pick<Limiter, "acquire"> | undefined;
  /**
   * What an item costs on the limiter.
   * @default 1
   */
  readonly cost?: number | ((item: Item, index: number) => number) | undefined;
  /**
   * The longest wait for one place, in milliseconds; where it is further ahead the batch stops.
   * @default a day
   */
  readonly maxWaitMs?: number | undefined;
  /** Stops the batch. */
  readonly signal?: AbortSignal | undefined;
  /** Called at the start, after each item, and at the end. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called with each result as it comes, and waited for, before the item counts as done. What it throws stops the batch. */
  readonly onResult?: ((result: BatchResult<Value>) => void | Promise<void>) | undefined;
  /**
   * Which results are kept for the end. A source without end, or one too large for memory, has `failed` or `none`.
   * @default "all"
   */
  readonly keep?: "all" | "failed" | "none" | undefined;
  /**
   * How many items there are, for progress.
   * @default the source's length or size, if it has one
   */
  readonly total?: number | undefined;
  readonly checkpoint?: Checkpoint | undefined;
  /** @default the machine's own */
  readonly time?: LocalTime | undefined;
}

const aWait: Rule = [
  (ms: unknown) => typeof ms === "number" && ms >= 0 && ms < Number.POSITIVE_INFINITY,
  "a number of milliseconds of at least 0",
];

const rules: Rules = {
  concurrency: aCount,
  spacingMs: aWait,
  batchSize: aCount,
  pauseMs: aWait,
  limiter: [(value: Partial<Limiter> | null) => typeof value?.acquire === "function", "made by limiter() or all()"],
  cost: [
    (cost: unknown) => typeof cost === "number" || typeof cost === "function",
    "a number, or a function of the item",
  ],
  maxWaitMs: aMaxWait,
  signal: aSignal,
  onProgress: aFunction(),
  onResult: aFunction(),
  keep: oneOf("all", "failed", "none"),
  total: [(total: number) => Number.isSafeInteger(total) && total >= 0, "a whole number of at least 0"],
  checkpoint: [
    (value: Partial<Checkpoint> | null) => typeof value?.load === "function" && typeof value.save === "function",
    "an object with load() and save()",
  ],
  time: aLocalTime,
};

/** Throws ConfigError `SLUICE_OPTION_UNKNOWN`, `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_MISSING`. */
export function checkBatch(items: unknown, worker: unknown, options: BatchOptions<never, never>): void {
  const source = items as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
  if (source?.[Symbol.iterator] === undefined && source?.[Symbol.asyncIterator] === undefined) {
    throw new ConfigError(
      "SLUICE_OPTION_TYPE",
      "the items of batch() have to be iterable",
      items,
      "Pass an array or a generator.",
    );
  }
  checkOptions("batch()", { worker }, { worker: aFunction("a function of an item") }, ["worker"]);
  checkOptions("batch()", options, rules);
  const { batchSize, pauseMs, limiter, cost, maxWaitMs, checkpoint } = options;
  const needs = (option: string, other: string, value: unknown): void => {
    throw new ConfigError(
      "SLUICE_OPTION_MISSING",
      `${option} of batch() needs ${other}`,
      value,
      `Give it ${other}, too.`,
    );
  };
  if (batchSize !== undefined && pauseMs === undefined) needs("batchSize", "pauseMs", pauseMs);
  if (pauseMs !== undefined && batchSize === undefined) needs("pauseMs", "batchSize", batchSize);
  if (limiter === undefined && cost !== undefined) needs("cost", "a limiter", limiter);
  if (limiter === undefined && maxWaitMs !== undefined) needs("maxWaitMs", "a limiter", limiter);
  if (checkpoint !== undefined)
    checkOptions("the checkpoint of batch()", { everyMs: checkpoint.everyMs }, { everyMs: aWait });
}
