/** The measures of what goes out: calls of APIs, and places on limits of ours. */

import type { ApiCounters, BreakerPhase, LimitCounters, MetricsSnapshot } from "@sluice/outbound";
import type { Distribution, Measure, Sample } from "./measures.ts";

/** What outbound has counted. */
export type OutboundSnapshot = MetricsSnapshot;

type Numbers<Counters> = { [Name in keyof Counters]-?: Counters[Name] extends number ? Name : never }[keyof Counters];

const phases: readonly BreakerPhase[] = ["closed", "open", "half-open", "isolated"];

function ofApis(
  sampled: (counters: ApiCounters) => number | undefined,
): (readings: { readonly outbound?: OutboundSnapshot | undefined }) => readonly Sample[] {
  return ({ outbound }) =>
    Object.entries(outbound?.apis ?? {}).flatMap(([api, counters]) => {
      const value = sampled(counters);
      return value === undefined ? [] : [{ labels: { api }, value }];
    });
}

function apiCounter(name: string, member: Numbers<ApiCounters>, help: string): Measure {
  return { name: `sluice.api.${name}`, kind: "counter", help, read: ofApis((counters) => counters[member]) };
}

function limitCounter(name: string, member: Numbers<LimitCounters>, help: string): Measure {
  return {
    name: `sluice.outbound.${name}`,
    kind: "counter",
    help,
    read: ({ outbound }) =>
      Object.entries(outbound?.limits ?? {}).map(([limit, counters]) => ({
        labels: { limit },
        value: counters[member],
      })),
  };
}

/** Latencies are counted up to 1, 2, 4, … 32,768 ms, and longer: the last bucket has no bound. */
function latenciesOf(api: string, { latencies, latencyMs }: ApiCounters): Distribution {
  let count = 0;
  const within = latencies.map((answers, i) => {
    count += answers;
    return { bound: 2 ** i / 1_000, count };
  });
  return { labels: { api }, within: within.slice(0, -1), sum: latencyMs / 1_000, count };
}

export const outboundMeasures: readonly Measure[] = [
  apiCounter("calls", "calls", "Calls of an API, whatever became of them."),
  apiCounter("attempts", "attempts", "Requests that were sent to an API, retries included."),
  apiCounter("retries", "retries", "Requests that were sent to an API again."),
  apiCounter("throttled", "throttled", "Answers of an API that said that there were too many calls."),
  apiCounter("failures", "failures", "Answers of an API of 500 and above, and requests without an answer."),
  apiCounter("timeouts", "timeouts", "Requests to an API that were not answered in time."),
  apiCounter("refused", "refused", "Calls that were not sent: their turn was too far ahead, or the breaker open."),
  apiCounter("fallbacks", "fallbacks", "Calls that the backup was asked."),
  apiCounter("breaker.changes", "breakerChanges", "Changes of an API's breaker."),
  apiCounter("waits", "waits", "Waits for a turn that have ended."),
  {
    ...{ name: "sluice.api.wait", kind: "counter", unit: "seconds" },
    help: "How long waits for a turn have taken together.",
    read: ofApis(({ waitMs }) => waitMs / 1_000),
  },
  {
    ...{ name: "sluice.api.queue", kind: "gauge" },
    help: "Calls that wait for their turn now.",
    read: ofApis(({ queue }) => queue),
  },
  {
    ...{ name: "sluice.api.breaker", kind: "gauge" },
    help: "1 for the state in which this process last saw an API's breaker, 0 for the others.",
    read: ({ outbound }) =>
      Object.entries(outbound?.apis ?? {}).flatMap(([api, { breaker }]) =>
        breaker === undefined
          ? []
          : phases.map((state) => ({ labels: { api, state }, value: Number(state === breaker) })),
      ),
  },
  {
    ...{ name: "sluice.api.latency", kind: "histogram", unit: "seconds" },
    help: "From sending a request to its answer's headers.",
    read: ({ outbound }) => Object.entries(outbound?.apis ?? {}).map(([api, counters]) => latenciesOf(api, counters)),
  },
  limitCounter("granted", "granted", "Places taken on an outbound limit, delayed ones included."),
  limitCounter("delayed", "delayed", "Places taken on an outbound limit ahead of their time."),
  limitCounter("denied", "denied", "Places that an outbound limit did not have."),
  limitCounter("refunded", "refunded", "Places given back to an outbound limit."),
  limitCounter("pauses", "pauses", "Pauses of an outbound limit."),
  limitCounter("resumes", "resumes", "Pauses of an outbound limit that somebody ended."),
];
