/** Sources of metrics for tests: a recorder's counts, two backends, and outbound's counters, counted for real. */

import { metrics } from "@sluice/outbound";
import type { BackendStanding } from "../src/admin/standing.ts";
import type { RecorderCounters } from "../src/recording/recorder.ts";
import type { MetricsSources } from "../src/telemetry/measures.ts";

export const recorded: RecorderCounters = {
  decisions: [
    { limiter: "public-feed", plan: "pro", outcome: "denied", count: 3 },
    { limiter: "api", plan: 'gold "plus"\\\nx', outcome: "allowed", count: 41 },
    { limiter: "api", plan: "", outcome: "closed", count: 1 },
  ],
  dropped: { accesses: 0, keys: 7, denials: 0, writes: 0 },
  failed: 2,
};

export const standings: readonly BackendStanding[] = [
  { title: "Quotas", limiters: ["api"], isEnabled: true, backend: "redis", scope: "global", exact: true },
  {
    title: "Protection",
    limiters: ["ip"],
    isEnabled: true,
    backend: "memory",
    scope: "process",
    exact: true,
    failing: { sinceMs: 1, code: "SLUICE_BACKEND_TIMEOUT" },
  },
];

/** Outbound's own counters, after some calls. */
export function countedOutbound(): ReturnType<typeof metrics> {
  const counted = metrics({ time: { now: () => 0, sleep: async () => {} } });
  const grok = counted.api("grok");
  for (const ms of [1, 3, 3, 40, 70_000]) {
    grok.call();
    grok.attempt(false);
    grok.answer(ms === 40 ? 503 : 200, ms);
  }
  grok.attempt(true);
  grok.throttled();
  grok.failure("timeout");
  grok.breaker("half-open");
  grok.waits();
  counted.api("a").call();
  counted.count({ type: "delayed", limit: "grok", key: "all", waitMs: 250 });
  return counted;
}

export function sources(): MetricsSources {
  const outbound = countedOutbound();
  return { recorder: { counters: () => recorded }, standings: () => standings, outbound };
}
