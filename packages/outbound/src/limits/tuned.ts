/** What this process knows of limits that turned out to be lower than configured: all who ask them here follow. */

import { type Backend, counterName, type Identity, largestCost, type Policy } from "@sluice/core/engine";
import type { Held } from "./held.ts";
import type { Pause } from "./limiter.ts";
import { withLimit } from "./limiter-options.ts";
import type { Member } from "./member.ts";

/** One limit that is tuned in this process. */
export interface TunedLimit {
  /** Units in the window that are used at most; undefined for as many as configured. */
  limit: number | undefined;
  /** The same limit lowered, by what it was: backends know counters by the object. */
  readonly policies: Map<Policy, Policy>;
  /** Looks whether another process has changed it; absent where there is no other. */
  look: (() => void | Promise<void>) | undefined;
  /** When this process looked last, and what it knew of the limit's gate then. */
  lookedAtMs: number;
  lookedUnder: Held | undefined;
  /** A hold that is known in this process alone, where the backend can hold nothing. */
  hold: (Pause & { readonly untilMs: number }) | undefined;
}

/** The tuned limits of a backend. */
export interface TunedLimits {
  /** Counts changes, so that to see that there was none takes a comparison. */
  epoch: number;
  readonly byCounter: Map<string, TunedLimit>;
}

// By backend, since limiters of one counter are often made in several places of one process.
const byBackend = new WeakMap<Backend, TunedLimits>();

export function tunedOn(backend: Backend): TunedLimits {
  let tuned = byBackend.get(backend);
  if (tuned === undefined) {
    tuned = { epoch: 0, byCounter: new Map() };
    byBackend.set(backend, tuned);
  }
  return tuned;
}

/** Names the counter of a limit among those of its backend. */
export function tunedName({ policy, key, home }: Identity & { readonly home: string }): string {
  return `${home.length}:${home}/${counterName(policy)}/${key}`;
}

/** What is known of a limit, from now on shared by all who ask it in this process. */
export function tunedLimit(tuned: TunedLimits, member: Member): TunedLimit {
  const known = tuned.byCounter.get(tunedName(member));
  if (known !== undefined) return known;
  const made: TunedLimit = {
    limit: undefined,
    policies: new Map(),
    look: undefined,
    lookedAtMs: Number.NEGATIVE_INFINITY,
    lookedUnder: undefined,
    hold: undefined,
  };
  keepTuned(tuned, member, made);
  return made;
}

/** So many are known at once; those that nobody has asked for the longest are forgotten, as where every host is a key. */
const mostTuned = 10_000;

/** Puts what is known of a limit where all who ask it find it, unless it is there. */
export function keepTuned(tuned: TunedLimits, member: Member, known: TunedLimit): void {
  const { byCounter } = tuned;
  const name = tunedName(member);
  if (byCounter.get(name) === known) return;
  byCounter.set(name, known);
  tuned.epoch++;
  const [oldest] = byCounter.keys();
  if (byCounter.size > mostTuned && oldest !== undefined) byCounter.delete(oldest);
}

/** What is known of a limit that somebody asks, if it is tuned. */
export function askedTuned({ byCounter }: TunedLimits, member: Member): TunedLimit | undefined {
  const name = tunedName(member);
  const known = byCounter.get(name);
  if (known === undefined) return undefined;
  byCounter.delete(name);
  byCounter.set(name, known);
  return known;
}

/** The member as its limit is now: its counter, gate and largest cost stay. */
export function asTuned(own: Member, known: TunedLimit | undefined): Member {
  if (known?.limit === undefined || known.limit >= own.policy.limit) return own;
  let policy = known.policies.get(own.policy);
  if (policy === undefined) {
    policy = withLimit(own.policy, known.limit);
    known.policies.set(own.policy, policy);
  }
  return { ...own, policy, most: largestCost(policy) };
}
