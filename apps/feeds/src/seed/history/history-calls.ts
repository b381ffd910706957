/** Two days of calls to the services that prospects are looked up with: some refused, most repeated with success. */

import type { Chance } from "./chance.ts";
import { daylight } from "./chance.ts";
import { minuteMs, minutes } from "./ledger.ts";

/** By the names of their clients; the last is the limit on all of them. */
const apis = [
  { name: "duckduckgo", latencyMs: 420, isStrict: true },
  { name: "grok", latencyMs: 1_650, isStrict: false },
  { name: "millionverifier", latencyMs: 310, isStrict: false },
] as const;

export type CallRow = readonly (number | string)[];

/** Rows of `sluice_outbound_minutes` in the order of its columns: a run of the job each quarter of an hour. */
export function callRows(startMs: number, chance: Chance): readonly CallRow[] {
  const rows: CallRow[] = [];
  for (let minute = 0; minute < minutes; minute += 15) {
    const minuteStartMs = startMs + minute * minuteMs;
    let places = 0;
    for (const { name, latencyMs, isStrict } of apis) {
      const calls = chance.times(6 * daylight(minuteStartMs));
      if (calls === 0) continue;
      const throttled = isStrict && chance.next() < 0.12 ? 1 + chance.times(1) : 0;
      const failures = chance.next() < 0.03 ? 1 : 0;
      const attempts = calls + throttled + failures;
      const answers = calls + throttled;
      const waits = Math.max(0, calls - 2);
      const took = Math.round(answers * latencyMs * (0.8 + 0.5 * chance.next()));
      rows.push([
        ...[minuteStartMs, "api", name, calls, attempts, throttled + failures, throttled, failures, answers, took],
        ...[waits, waits * 1_900],
      ]);
      places += attempts;
    }
    if (places > 0) rows.push([minuteStartMs, "limit", "enrichment", places, 0, 0, 0, 0, 0, 0, 0, 0]);
  }
  return rows;
}
