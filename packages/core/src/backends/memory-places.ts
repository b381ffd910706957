/** Where counters live in this process, and under which names: a policy's rows are found without making a string. */

import { type State, stepsOf } from "../algorithms/compile.ts";
import { type Counters, counters } from "../algorithms/counters.ts";
import type { Steps } from "../algorithms/steps.ts";
import { checkIdentity, counterName, type Identity } from "../engine/charge.ts";
import type { Policy } from "../engine/policy.ts";

/** A policy's steps, and the counters that its unsharded and its sharded keys live in. */
export interface Bound {
  readonly steps: Steps<State>;
  readonly plain: Counters;
  readonly sharded: Counters;
  /** What a key of a shard is called among the sharded. */
  readonly nameOf: (shard: string, key: string) => string;
}

/** A counter's steps, the counters it lives among, and its name there. */
export interface Place {
  readonly steps: Steps<State>;
  readonly home: Counters;
  readonly name: string;
}

/** All counters of one backend. */
export interface Places {
  bound(policy: Policy): Bound;
  /** Throws ConfigError `SLUICE_CHARGE_KEY` for a key or shard that is no string. */
  locate(identity: Identity): Place;
  /** How many keys are held now, over all policies. */
  size(): number;
}

/** So many names are kept for each policy. */
const keptNames = 4_096;

/** Places of at most `maxKeys` keys for each policy. */
export function memoryPlaces(maxKeys: number): Places {
  const tables = new Map<string, Counters>();
  const bindings = new WeakMap<Policy, Bound>();
  let last: Policy | undefined;
  let lastBound: Bound | undefined;

  const table = (name: string, steps: Steps<State>): Counters => {
    const found = tables.get(name) ?? counters(maxKeys);
    tables.set(name, found);
    found.serve(steps);
    return found;
  };

  const bind = (policy: Policy): Bound => {
    const steps = stepsOf(policy);
    const name = counterName(policy);
    const bound = { steps, plain: table(name, steps), sharded: table(`#${name}`, steps), nameOf: shardedNames() };
    bindings.set(policy, bound);
    return bound;
  };

  const boundOf = (policy: Policy): Bound => {
    if (policy === last) return lastBound as Bound;
    const bound = bindings.get(policy) ?? bind(policy);
    last = policy;
    lastBound = bound;
    return bound;
  };

  return {
    bound: boundOf,

    locate(identity) {
      checkIdentity(identity);
      const { policy, key, shard } = identity;
      const { steps, plain, sharded, nameOf } = boundOf(policy);
      return shard === undefined
        ? { steps, home: plain, name: key }
        : { steps, home: sharded, name: nameOf(shard, key) };
    },

    size() {
      let keys = 0;
      for (const { size } of tables.values()) keys += size();
      return keys;
    },
  };
}

/**
 * One string for shard and key that no other pair gives. Those of the shard asked for last are kept, since to make one
 * takes longer than to decide: whoever has many keys in one shard gains by it, and a shard for each key costs nothing more.
 */
function shardedNames(): (shard: string, key: string) => string {
  const names = new Map<string, string>();
  let last: string | undefined;
  return (shard, key) => {
    const known = shard === last ? names.get(key) : undefined;
    if (known !== undefined) return known;
    const name = `${shard.length}:${shard}${key}`;
    if (names.size >= (shard === last ? keptNames : 1)) names.clear();
    if (shard === last) names.set(key, name);
    last = shard;
    return name;
  };
}
