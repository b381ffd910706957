/** What the tests of upkeep share: a database at a certain noon, and the upkeep of it. */

import { onTestFinished } from "vitest";
import type { PlanLimits } from "../src/plans/limits.ts";
import { userLimit } from "../src/plans/usual-limits.ts";
import { type Upkeep, type UpkeepOptions, upkeep } from "../src/upkeep/upkeep.ts";
import { type TestDatabase, testDatabase } from "./database.ts";

export const hourMs = 3_600_000;
export const dayMs: number = 24 * hourMs;
export const nowMs: number = Date.UTC(2026, 10, 22, 12);

export const limits: PlanLimits = { api: userLimit() };

export interface Prepared extends TestDatabase {
  /** Moves the upkeep's clock. */
  readonly at: { nowMs: number };
  readonly run: Upkeep;
  /** The rows that a statement gives. */
  all<Row>(text: string): Row[];
}

/** Opens a database that closes when the running test ends. */
export function openedAtNoon(path?: string): Prepared {
  const test = prepared(path);
  onTestFinished(() => test.close());
  return test;
}

/** Opens a database; whoever asks closes it. */
export function prepared(path?: string, options: Partial<UpkeepOptions> = {}): Prepared {
  const test = testDatabase(path);
  const at = { nowMs };
  const run = upkeep({ db: test.db, limits, now: () => at.nowMs, ...options });
  const all = <Row>(text: string): Row[] => {
    const rows = test.sqlite.prepare(text).all();
    return rows.map((row) => ({ ...row })) as Row[];
  };
  return { ...test, at, run, all };
}
