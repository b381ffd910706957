/** For how long what was recorded is kept. */

import { checkOptions, type Rule, type Rules } from "@sluice/core/engine";
import type { PrunedTable } from "../records/pruning.ts";

/** For how long the rows of each table are kept, in milliseconds. */
export type Retention = Readonly<Record<PrunedTable, number>>;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const defaultRetention: Retention = {
  feedAccess: 30 * dayMs,
  decisionMinutes: 14 * dayMs,
  keyCounts: 2 * dayMs,
  deniedKeys: 2 * dayMs,
  userDenials: 30 * dayMs,
  outboundMinutes: 14 * dayMs,
  audit: 400 * dayMs,
};

// Whoever writes 30 and means days would lose everything by the first run.
const aRetention: Rule = [
  (ms: number) => Number.isSafeInteger(ms) && ms >= hourMs,
  "a whole number of milliseconds, an hour (3600000) at least",
];

const rules: Rules = Object.fromEntries(Object.keys(defaultRetention).map((table) => [table, aRetention]));

/**
 * The retention of every table.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`.
 */
export function retentionOf(given: Partial<Retention> = {}): Retention {
  checkOptions("upkeep({ retention })", given, rules);
  const named = Object.entries(given).filter(([, ms]) => ms !== undefined);
  return { ...defaultRetention, ...Object.fromEntries(named) };
}
