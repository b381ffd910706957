/** Decisions as data points of Workers Analytics Engine. */

import { aCount, checkOptions, type Rules } from "@sluice/core/engine";
import type { DecisionRow, RecordedRows } from "../recording/recorded-rows.ts";

/** What is asked of a binding `analytics_engine_datasets`. */
export interface AnalyticsDataset {
  writeDataPoint(point: { readonly indexes?: [string]; readonly blobs?: string[]; readonly doubles?: number[] }): void;
}

export interface AnalyticsEngineOptions {
  /**
   * Points of one writing at most. Cloudflare takes 250 of one invocation of a Worker, whoever writes them.
   * @default 200
   */
  readonly pointsPerWriting?: number | undefined;
}

/** A sink for the recorder. */
export interface AnalyticsSink {
  record(rows: Pick<RecordedRows, "decisions">): void;
  /** Decisions that are in no point, because there were too many kinds of them in one writing. */
  leftOut(): number;
}

const rules: Rules = { pointsPerWriting: aCount };

/**
 * Hand it to `recorder({ sinks: [analyticsEngine(env.DECISIONS)] })`. A point is what one limiter decided in one way for one plan
 * since the last writing: index limiter; blobs limiter, plan, outcome; doubles count, the minute's first millisecond.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`.
 */
export function analyticsEngine(dataset: AnalyticsDataset, options: AnalyticsEngineOptions = {}): AnalyticsSink {
  checkOptions("analyticsEngine()", options, rules);
  const { pointsPerWriting = 200 } = options;
  let leftOut = 0;
  return {
    record({ decisions }) {
      const many = decisions.length > pointsPerWriting;
      // The rarest are left out.
      const rows = many ? decisions.toSorted((a, b) => b.count - a.count) : decisions;
      for (const row of rows.slice(0, pointsPerWriting)) dataset.writeDataPoint(pointOf(row));
      for (const { count } of rows.slice(pointsPerWriting)) leftOut += count;
    },
    leftOut: () => leftOut,
  };
}

function pointOf({ minuteMs, limiter, plan, outcome, count }: DecisionRow): {
  indexes: [string];
  blobs: string[];
  doubles: number[];
} {
  // An index has 96 bytes at most; names of policies are ASCII and shorter.
  return { indexes: [limiter], blobs: [limiter, plan, outcome], doubles: [count, minuteMs] };
}
