/** One limit within a limiter: its counter, and the gate that all keys of its name share. */

import { type Identity, largestCost, type Policy } from "@sluice/core/engine";

/** What holds a limit while it is paused, and tells for how long its rate still grows afterwards. */
export interface Gate extends Identity {
  readonly shard: string;
  /** Names it among the gates of its backend. */
  readonly id: string;
  readonly limit: string;
  /** Its size: a unit comes back every millisecond, so that what remains of it tells how long ago the pause ended. */
  readonly rampMs: number;
}

export interface Member extends Identity {
  readonly policy: Policy;
  /** The shard it belongs to; what is charged may go without it, where one process holds all of them. */
  readonly home: string;
  /** Units of its counter that one unit of cost is. */
  readonly times: number;
  /** The most units of its counter that fit at once, as its limit is now. */
  readonly most: number;
  /** The largest cost that ever fits. */
  readonly capacity: number;
  /** Whether slots ahead can be booked. */
  readonly delays: boolean;
  /** How late a start may be; undefined where windows are no slots'. */
  readonly toleranceMs: number | undefined;
  /** Absent where the backend cannot block. */
  readonly gate: Gate | undefined;
}

export function member(
  identity: {
    readonly policy: Policy;
    readonly key: string;
    readonly shard: string | undefined;
    readonly home: string;
  },
  toleranceMs: number | undefined,
  gate: Gate | undefined,
  times = 1,
): Member {
  const { policy, key, shard, home } = identity;
  const delays = policy.algorithm === "token-bucket" || policy.algorithm === "sliding-log";
  const most = largestCost(policy);
  const capacity = most / times;
  return { policy, key, shard, home, times, most, capacity, delays, toleranceMs: lateOf(toleranceMs), gate };
}

/** What a call of this cost takes of a limit: of one that was lowered below the cost all that it holds. */
export function unitsOf({ times, most, capacity }: Member, cost: number): number {
  return cost > capacity ? cost * times : Math.min(cost * times, most);
}

/** No timer and no round trip is quicker for sure: who counted that as late would never start. */
const leastLateMs = 5;

function lateOf(toleranceMs: number | undefined): number | undefined {
  return toleranceMs === undefined ? undefined : Math.max(leastLateMs, toleranceMs);
}

/**
 * The gate of a name in a shard, or of one of its keys alone. A token bucket, since only that can be blocked; see
 * docs/decisions/0015-gate-and-ramp.md.
 */
export function gateOf(name: string, shard: string, rampMs: number, key = ""): Gate {
  const size = Math.max(1, rampMs);
  const policy: Policy = { name: `${name}.pause`, algorithm: "token-bucket", limit: 1, windowMs: 1, burst: size };
  // No name has a line break.
  const id = `${shard.length}:${shard}/${name}${key === "" ? "" : `\n${key}`}`;
  return { policy, key, shard, id, limit: name, rampMs: size };
}
