/** Where counters live: the key of each, and of a Cluster the slot. */

import { checkIdentity, type Identity } from "../engine/charge.ts";
import type { Policy } from "../engine/policy.ts";
import { isPromise } from "../engine/waiting.ts";
import { escaped, joined, shortened } from "./counter-key.ts";
import { newPlace, type Place } from "./scripted-batch.ts";
import type { Counter } from "./scripted-groups.ts";
import { type BoundPolicy, boundPolicy } from "./scripted-policy.ts";
import { slotOf } from "./slot.ts";

/** Finds counters and their places. */
export interface Places {
  /** A promise where a part of the name is so long that it is hashed. Throws ConfigErrors of identity and policy. */
  counterOf(identity: Identity): Counter | Promise<Counter>;
  placeOf(counter: Counter): Place;
}

export function places(prefix: string, cluster: boolean): Places {
  const bindings = new WeakMap<Policy, BoundPolicy>();
  const slots = new Map<number, Place>();

  const bind = (policy: Policy): BoundPolicy => {
    const bound = boundPolicy(policy);
    bindings.set(policy, bound);
    return bound;
  };

  return {
    counterOf(identity) {
      checkIdentity(identity);
      const { policy, key, shard } = identity;
      const bound = bindings.get(policy) ?? bind(policy);
      // Without a shard the key is its own: charges of one key share a slot, whatever their policies.
      const tag = shortened(joined(escaped(shard ?? key)));
      const rest = shard === undefined ? bound.name : shortened(bound.name + joined(escaped(key)));
      if (!isPromise(tag) && !isPromise(rest)) return { bound, name: `${prefix}{${tag}}${rest}` };
      return Promise.all([tag, rest]).then(([before, behind]) => ({ bound, name: `${prefix}{${before}}${behind}` }));
    },

    placeOf({ name }) {
      const slot = cluster ? slotOf(name) : 0;
      const place = slots.get(slot) ?? newPlace();
      slots.set(slot, place);
      return place;
    },
  };
}
