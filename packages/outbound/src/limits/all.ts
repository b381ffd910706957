/** `all()`: several limits as one, all or nothing, in one step of their backend. */

import { ConfigError, counterName } from "@sluice/core/engine";
import { Handle } from "./handle.ts";
import type { Limiter } from "./limiter.ts";
import { surroundingsOf } from "./limits.ts";
import type { Member } from "./member.ts";

/**
 * Asks every limit at once: all are booked at one slot at which every one fits, or none is. A denial names each that was in
 * the way; the longest wait rules. Waits by the first one's `time`, and counts in the first `metrics` among them.
 *
 * @throws ConfigError `SLUICE_LIMITS_APART` for limits of different backends or shards, which no single step can decide;
 * `SLUICE_CHARGE_CONFLICT` for two limits on one counter; `SLUICE_OPTION_TYPE` for what is no limiter.
 */
export function all(...limiters: readonly Limiter[]): Limiter {
  const handles = limiters.map((limiter) => {
    if (limiter instanceof Handle) return limiter;
    const cure = "Give it what limiter() or all() returned.";
    throw new ConfigError("SLUICE_OPTION_TYPE", "all() takes limiters", limiter, cure);
  });
  const [first] = handles;
  if (first === undefined) {
    throw new ConfigError("SLUICE_OPTION_MISSING", "all() takes at least one limiter", undefined, "Give it one.");
  }
  const members = distinct(handles.flatMap(({ limits }) => limits.configured));
  const names = members.map(({ policy }) => policy.name).join(", ");
  if (handles.some(({ limits }) => limits.backend !== first.limits.backend)) {
    const cure = "Make them on the same backend object.";
    throw new ConfigError("SLUICE_LIMITS_APART", "limits that are asked as one share a backend", names, cure);
  }
  if (members.some(({ home }) => home !== members[0]?.home)) {
    const cure = 'Give all of them one shard, such as shard: "mail".';
    throw new ConfigError("SLUICE_LIMITS_APART", "limits that are asked as one share a shard", names, cure);
  }
  const { backend, time } = first.limits;
  const expiresAfterMs = Math.min(...handles.map(({ limits }) => limits.expiresAfterMs));
  const metrics = handles.find(({ limits }) => limits.metrics !== undefined)?.limits.metrics;
  return new Handle(members, surroundingsOf(backend, time, metrics, expiresAfterMs));
}

/** Each counter once: a limit that is named twice is meant once. */
function distinct(members: readonly Member[]): readonly Member[] {
  const byCounter = new Map<string, Member>();
  for (const member of members) {
    const { policy, key, home, times } = member;
    const counter = JSON.stringify([counterName(policy), key, home]);
    const known = byCounter.get(counter);
    if (known !== undefined && known.times !== times) {
      const cure = "Name it once, with the units of all.";
      throw new ConfigError("SLUICE_CHARGE_CONFLICT", "one limit is asked for two costs", policy.name, cure);
    }
    if (known !== undefined && JSON.stringify(known.policy) !== JSON.stringify(policy)) {
      const cure = "Name one of them, or give one another name.";
      throw new ConfigError("SLUICE_CHARGE_CONFLICT", "two limits are one counter with two limits", policy.name, cure);
    }
    if (known === undefined) byCounter.set(counter, member);
  }
  return [...byCounter.values()];
}
