/** What the tests of recording share: limits as the example app has them, decisions made by hand, and rows read back. */

import { type Decision, type Policy, perMinute } from "@sluice/core";
import type { PlanLimits } from "../src/plans/limits.ts";
import { feedOwnerLimit, userLimit } from "../src/plans/usual-limits.ts";
import { recorder } from "../src/recording/make-recorder.ts";
import type { Recorder } from "../src/recording/recorder.ts";
import type { RecorderOptions } from "../src/recording/recorder-options.ts";
import type { TestDatabase } from "./database.ts";

export const limits: PlanLimits = { api: userLimit(), publicFeed: feedOwnerLimit({ label: "Feed reads" }) };

const policies = new Map<string, Policy>();

/** A decision of a limiter of 60 a minute. */
export function decided(limiter: string, key: string, more: Partial<Decision> = {}): Decision {
  const policy = policies.get(limiter) ?? { name: limiter, ...perMinute(60) };
  policies.set(limiter, policy);
  const { allowed = true, cost = 1 } = more;
  const numbers = allowed ? { charged: cost } : { charged: 0, retryAfterMs: 1_000 };
  return { policy, key, cost, allowed, ...numbers, ...more };
}

/** A recorder whose tasks stand in `tasks`, and whose clock is `clock.ms`. It writes when it is told to. */
export function recording(
  { db }: TestDatabase,
  more: Partial<RecorderOptions> = {},
): { recorder: Recorder; clock: { ms: number }; tasks: Promise<void>[]; heard: string[] } {
  const clock = { ms: Date.UTC(2026, 10, 22, 12, 0, 30) };
  const tasks: Promise<void>[] = [];
  const heard: string[] = [];
  const made = recorder({
    db,
    background: (task) => void tasks.push(task()),
    limits,
    planOf: (userId) => (userId.startsWith("p") ? "pro" : "free"),
    now: () => clock.ms,
    flushMs: 10_000,
    onError: (error) => void heard.push(error instanceof Error ? error.message : String(error)),
    ...more,
  });
  return { recorder: made, clock, tasks, heard };
}

/** All rows of a statement, as objects. */
export function rows({ sqlite }: TestDatabase, statement: string): Record<string, unknown>[] {
  return sqlite
    .prepare(statement)
    .all()
    .map((row) => ({ ...row }));
}

/** The histogram as the database has it: minute, limiter, plan, bucket, keys, hundredths. Buckets without keys are left out. */
export function histogram(database: TestDatabase): Record<string, unknown>[] {
  return rows(
    database,
    "select minute_ms, limiter, plan, bucket, keys, hundredths from sluice_key_counts where keys <> 0 or hundredths <> 0 order by 1, 2, 3, 4",
  );
}

/** The counts as the database has them. */
export function counts(database: TestDatabase): Record<string, unknown>[] {
  return rows(
    database,
    "select minute_ms, limiter, plan, outcome, count from sluice_decision_minutes where count <> 0 order by 1, 2, 3, 4",
  );
}
