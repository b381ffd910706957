/** What this process has counted of its calls since it was asked last, as rows to be added to everybody's. */

import type { ApiCounters, LimitCounters, MetricsSnapshot } from "@sluice/outbound";
import { type OutboundMinuteRow, outboundCounts } from "../records/outbound-minutes.ts";

const minuteMs = 60_000;

type Counts = Omit<OutboundMinuteRow, "minuteMs">;

/** Tells what is new. */
export interface OutboundDeltas {
  /**
   * Rows of what was counted since the last call, for the minute that it is now; none for what was not called. A process that
   * begins has counted nothing, so nothing is told twice after a restart. Whoever takes rows writes them, or keeps them until
   * that works.
   */
  take(): OutboundMinuteRow[];
}

/** Differences of the counters that `metrics` tells, such as `metrics().snapshot` of @sluice/outbound. */
export function outboundDeltas(metrics: () => MetricsSnapshot, now: () => number): OutboundDeltas {
  let told = new Map<string, Counts>();
  return {
    take() {
      const { apis, limits } = metrics();
      const minute = Math.floor(now() / minuteMs) * minuteMs;
      const standing = new Map<string, Counts>();
      for (const [name, counters] of Object.entries(apis)) standing.set(`api ${name}`, ofApi(name, counters));
      for (const [name, counters] of Object.entries(limits)) standing.set(`limit ${name}`, ofLimit(name, counters));
      const rows = [...standing].flatMap(([key, counts]) => {
        const row = difference(counts, told.get(key));
        return row === undefined ? [] : [{ minuteMs: minute, ...row }];
      });
      told = standing;
      return rows;
    },
  };
}

function ofApi(name: string, counters: ApiCounters): Counts {
  const { calls, attempts, retries, throttled, failures, answers, latencyMs, waits, waitMs } = counters;
  return {
    ...{ kind: "api", name, calls, attempts, retries, throttled, failures, answers, waits },
    latencyMs: Math.round(latencyMs),
    waitMs: Math.round(waitMs),
  };
}

/** Of a limit: places granted, refusals, and how far ahead those were that had to wait. */
function ofLimit(name: string, { granted, denied, delayed, waitMs }: LimitCounters): Counts {
  const none = { attempts: 0, retries: 0, failures: 0, answers: 0, latencyMs: 0 };
  return {
    kind: "limit",
    name,
    calls: granted,
    throttled: denied,
    waits: delayed,
    waitMs: Math.round(waitMs),
    ...none,
  };
}

/** Undefined where nothing was counted since. */
function difference(counts: Counts, before: Counts | undefined): Counts | undefined {
  const since = { ...counts };
  for (const count of outboundCounts) since[count] -= before?.[count] ?? 0;
  return outboundCounts.some((count) => since[count] > 0) ? since : undefined;
}
