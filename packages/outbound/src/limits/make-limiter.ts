/** `limiter()`: one limit that calls wait for. */

import { ConfigError, checkIdentity, type Policy } from "@sluice/core/engine";
import { systemTime } from "../time/system-time.ts";
import { Handle } from "./handle.ts";
import type { NamedLimiter } from "./limiter.ts";
import { checkLimiter, type LimiterOptions, policyOf, withLimit } from "./limiter-options.ts";
import { type Surroundings, surroundingsOf } from "./limits.ts";
import { gateOf, type Member, member } from "./member.ts";

/** What the keys of one name have in common. */
interface Family {
  readonly name: string;
  readonly surroundings: Surroundings;
  readonly configured: Policy;
  /** Policies by their limit: backends know counters by the object. */
  readonly policies: Map<number, Policy>;
}

/** So many limits of one name are remembered; a warm-up has some dozens. */
const keptPolicies = 256;

/** One key of one name. */
class Named extends Handle implements NamedLimiter {
  readonly name: string;
  readonly key: string;
  readonly policy: Policy;
  readonly #family: Family;
  readonly #member: Member;

  constructor(family: Family, own: Member) {
    super([own], family.surroundings);
    this.name = family.name;
    this.key = own.key;
    this.policy = own.policy;
    this.#family = family;
    this.#member = own;
  }

  for(key: string): NamedLimiter {
    checkIdentity({ policy: this.policy, key });
    const { policy, shard, home, times, most, capacity, delays, toleranceMs, gate } = this.#member;
    return new Named(this.#family, { policy, key, shard, home, times, most, capacity, delays, toleranceMs, gate });
  }

  withLimit(limit: number): NamedLimiter {
    const { configured, policies } = this.#family;
    let policy = policies.get(limit);
    if (policy === undefined) {
      policy = withLimit(configured, limit);
      if (policies.size >= keptPolicies) policies.clear();
      policies.set(limit, policy);
    }
    const { key, shard, home, times, toleranceMs, gate } = this.#member;
    return new Named(this.#family, member({ policy, key, shard, home }, toleranceMs, gate, times));
  }

  times(units: number): NamedLimiter {
    if (!(Number.isFinite(units) && units > 0)) {
      throw new ConfigError("SLUICE_COST", "times() takes a number above 0", units, "Count one call as 1.");
    }
    const { policy, key, shard, home, times, toleranceMs, gate } = this.#member;
    return new Named(this.#family, member({ policy, key, shard, home }, toleranceMs, gate, times * units));
  }
}

/**
 * A limit that calls wait for: never more than it in any window, first come, first served, in every process on the backend.
 *
 * Does nothing yet: the first verb is the first round trip.
 *
 * @throws ConfigError `SLUICE_OPTION_…`, `SLUICE_POLICY_…` or `SLUICE_BACKEND_UNSUPPORTED`.
 */
export function limiter(options: LimiterOptions): NamedLimiter {
  return made(options, "");
}

/** The same for one key, whose pauses are its own: what one account or host is told concerns no other of the name. */
export function limiterOfKey(options: LimiterOptions): NamedLimiter {
  return made(options, options.key ?? "");
}

function made(options: LimiterOptions, pausedKey: string): NamedLimiter {
  checkLimiter(options);
  const { name, backend, key = "", shard: home = name, rampMs = 30_000, expiresAfterMs = 600_000 } = options;
  const { time = systemTime, metrics } = options;
  const { policy, toleranceMs } = policyOf(options);
  // All that it takes to pause a limit: what blocks and keeps no reason is held by each process for itself.
  const pauses = backend.block !== undefined && backend.lease !== undefined && backend.reset !== undefined;
  const gate = pauses ? gateOf(name, home, rampMs, pausedKey) : undefined;
  // Absent where it is the default and one process holds all shards: to tell them apart costs a third of an answer.
  const shard = home === name && backend.features.scope === "process" ? undefined : home;
  const surroundings = surroundingsOf(backend, time, metrics, expiresAfterMs);
  const family = { name, surroundings, configured: policy, policies: new Map([[policy.limit, policy]]) };
  return new Named(family, member({ policy, key, shard, home }, toleranceMs, gate));
}
