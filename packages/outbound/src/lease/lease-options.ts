/** How leases check what they are told. */

import { aFunction, ConfigError, checkOptions, oneOf, type Rule, type Rules } from "@sluice/core/engine";
import { aMaxWait, aSignal } from "../time/rules.ts";
import type { LeaseOptions } from "./job.ts";

/** Shorter ones leave no time to renew, longer ones hold a dead process's name for ever. */
const [shortestMs, longestMs] = [100, 30 * 86_400_000];

const anInstant: Rule = [Number.isSafeInteger, "an instant in whole milliseconds since 1970"];
export const overlapRule: Rule = oneOf("skip", "queue-one", "cancel-previous");

const rules: Rules = {
  overlap: overlapRule,
  instantMs: anInstant,
  by: [(by: unknown) => typeof by === "string" && by.length <= 100, "a string of at most 100 characters"],
  maxWaitMs: aMaxWait,
  signal: aSignal,
};

/** Throws ConfigError `SLUICE_LEASE`, or one of the options' own. */
export function checkLeaseOptions(name: string, ttlMs: number, job: unknown, options: LeaseOptions): void {
  checkName(name);
  checkTtl(ttlMs);
  checkOptions("withLease()", { job }, { job: aFunction("a function that does the work") }, ["job"]);
  checkOptions("withLease()", options, rules);
  const { maxWaitMs, overlap } = options;
  if (maxWaitMs !== undefined && overlap !== "queue-one") {
    const cure = 'Choose overlap: "queue-one", or leave it out.';
    throw new ConfigError("SLUICE_LEASE", "maxWaitMs is for a call that waits for its turn", maxWaitMs, cure);
  }
}

/** Throws ConfigError `SLUICE_LEASE`. */
export function checkName(name: string): void {
  if (typeof name === "string" && name !== "") return;
  throw new ConfigError("SLUICE_LEASE", "the name of a job is a string that is not empty", name, "Give it a name.");
}

/** Throws ConfigError `SLUICE_LEASE`. */
export function checkTtl(ttlMs: number): void {
  if (Number.isSafeInteger(ttlMs) && ttlMs >= shortestMs && ttlMs <= longestMs) return;
  const problem = `the ttlMs of a lease is a whole number of milliseconds from ${shortestMs} to ${longestMs}`;
  throw new ConfigError("SLUICE_LEASE", problem, ttlMs, "30_000 suits most jobs: it is renewed while the job runs.");
}
