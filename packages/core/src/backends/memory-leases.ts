/** Leases in this process: a bounded number of names, none of which is forgotten before its time. */

import { type LeaseState, leaseStep } from "../algorithms/lease.ts";
import { BackendError } from "../engine/backend-error.ts";
import { keptAfterEndMs, type LeaseAnswer, type LeaseRequest } from "../engine/lease.ts";

/** Decides a checked request at an instant. */
export type Leases = (request: LeaseRequest, now: number) => LeaseAnswer;

/** Leases of at most so many names at a time, those included that ended within {@link keptAfterEndMs}. */
export function memoryLeases(maxNames: number): Leases {
  const names = new Map<string, LeaseState>();
  /** No name is idle before this instant. */
  let soonest = Number.POSITIVE_INFINITY;

  const dropIdle = (now: number): void => {
    if (now < soonest) return;
    soonest = Number.POSITIVE_INFINITY;
    for (const [name, { until }] of names) {
      if (until + keptAfterEndMs <= now) names.delete(name);
      else soonest = Math.min(soonest, until + keptAfterEndMs);
    }
  };

  return (request, now) => {
    const { name } = request;
    const stored = names.get(name);
    const { state, answer } = leaseStep(stored, request, now);
    if (state === undefined || state === stored) return answer;
    if (stored === undefined && names.size >= maxNames) dropIdle(now);
    if (stored === undefined && names.size >= maxNames) {
      // Whoever would forget a name that is held, or its last fence and note, would grant what was granted before.
      const problem = `keeps the leases of ${maxNames} names, and none of them is idle`;
      throw new BackendError("SLUICE_BACKEND_OVERLOADED", "memory", problem);
    }
    names.set(name, state);
    soonest = Math.min(soonest, state.until + keptAfterEndMs);
    return answer;
  };
}
