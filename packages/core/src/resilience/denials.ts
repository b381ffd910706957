/** Denials as they were heard: a bounded number of them, each for as long as it holds. */

import { type Charge, counterName, type Decision, type Identity, sameNumbers } from "../engine/charge.ts";
import type { Policy } from "../engine/policy.ts";

/** A denial that a backend gave, and when. */
export interface Heard {
  readonly decision: Decision;
  /** The turn in which it was asked for, and the instant: what is remembered must not outlast the truth. */
  readonly turn: number;
  readonly askedAt: number;
  /** When the answer came: a wait that is told must not end before the truth. */
  readonly heardAt: number;
}

/** What is known against counters. */
export interface Denials {
  /** Nothing is known against anybody. */
  isEmpty(): boolean;
  /** Begins a question at this instant, and gives it its turn. */
  ask(now: number): number;
  /** What is known against a charge now, if it is a plain one. */
  recall(charge: Charge, now: number): Decision | undefined;
  /** Something happens to this counter: what was denied under other numbers holds no longer. */
  notice(identity: Identity): void;
  /** Keeps a denial, unless what is said of its counter was forgotten since it was asked for. */
  remember(heard: Heard): void;
  /** Something was settled, blocked or reset here: what was said of this counter until now holds no longer. */
  forget(identity: Identity): void;
}

/** What is known against one counter under one plan: the denial of each cost, the one heard last at the end. */
interface Known {
  readonly policy: Policy;
  readonly denials: readonly Heard[];
}

/** So many costs are told apart: that of a whole read and that of a conditional one, for instance. */
const costs = 4;

/** Nothing is remembered of longer keys: what is held must be bounded, not only how many. */
const longest = 1_000;

/** Remembers denials of `maxKeys` counters, for `maxMs` each at most. */
export function denials(maxKeys: number, maxMs: number): Denials {
  const known = new Map<string, Known>();
  /** Up to which turn what was said of a counter is to be forgotten, and of all that are not listed. */
  const forgotten = new Map<string, number>();
  const prefixes = new WeakMap<Policy, string>();
  let turns = 0;
  let allForgotten = 0;
  let last = Number.NEGATIVE_INFINITY;

  const nameOf = ({ policy, key, shard }: Identity): string | undefined => {
    if (!isShort(key) || (shard !== undefined && !isShort(shard))) return undefined;
    let prefix = prefixes.get(policy);
    if (prefix === undefined) {
      const counter = counterName(policy);
      prefix = `${counter.length}:${counter}`;
      prefixes.set(policy, prefix);
    }
    return shard === undefined ? `${prefix}#${key}` : `${prefix}${shard.length}:${shard}#${key}`;
  };

  const endOf = ({ decision: { retryAfterMs = 0 }, askedAt }: Heard): number => askedAt + Math.min(retryAfterMs, maxMs);

  /** Drops what has ended, which is in front as far as denials last equally long, and the oldest if there is no room. */
  const makeRoom = (now: number): void => {
    for (const [name, { denials }] of known) {
      if (known.size < maxKeys && now < endOf(denials.at(-1) as Heard)) return;
      known.delete(name);
    }
  };

  const knownOf = (identity: Identity): Known | undefined => {
    const name = known.size === 0 ? undefined : nameOf(identity);
    const found = name === undefined ? undefined : known.get(name);
    if (name === undefined || found === undefined || sameNumbers(found.policy, identity.policy)) return found;
    // Under other numbers time may return more, and what it has returned is there for both.
    known.delete(name);
    return undefined;
  };

  return {
    isEmpty: () => known.size === 0,

    ask(now) {
      // Instants from before a step back cannot be compared with those after it.
      if (now < last) {
        known.clear();
        allForgotten = turns;
      }
      last = now;
      return ++turns;
    },

    recall(charge, now) {
      const found = knownOf(charge);
      if (found === undefined || !isPlain(charge)) return undefined;
      // A smaller cost may fit, and a larger one waits longer.
      const denial = found.denials.find(({ decision }) => decision.cost === charge.cost);
      return denial !== undefined && now < endOf(denial) ? aged(denial, charge, now) : undefined;
    },

    notice(identity) {
      knownOf(identity);
    },

    remember(heard) {
      const { decision, turn, heardAt } = heard;
      const name = nameOf(decision);
      if (name === undefined || turn <= Math.max(allForgotten, forgotten.get(name) ?? 0)) return;
      const before = known.get(name);
      const others = before?.denials.filter((one) => one.decision.cost !== decision.cost) ?? [];
      const kept = before !== undefined && sameNumbers(before.policy, decision.policy) ? others.slice(1 - costs) : [];
      // Taken out first, so that it moves to the end.
      known.delete(name);
      makeRoom(heardAt);
      known.set(name, { policy: decision.policy, denials: [...kept, heard] });
    },

    forget(identity) {
      const name = nameOf(identity);
      if (name === undefined) return;
      known.delete(name);
      if (forgotten.size >= maxKeys) {
        forgotten.clear();
        allForgotten = turns;
      }
      forgotten.set(name, turns);
    },
  };
}

/** Whether this charge asks for units now and in earnest, all of them or none. */
export function isPlain({ mode, minCost, maxDelayMs = 0 }: Charge): boolean {
  return (mode === undefined || mode === "charge") && minCost === undefined && maxDelayMs === 0;
}

function isShort(part: unknown): boolean {
  return typeof part === "string" && part.length <= longest;
}

/** The denial as it reads now. */
function aged({ decision, heardAt }: Heard, { policy }: Charge, now: number): Decision {
  const { resetAfterMs, windowAfterMs, retryAfterMs = 0 } = decision;
  const left = (ms: number | undefined): number | undefined => ms && Math.max(0, ms - (now - heardAt));
  return {
    ...decision,
    policy,
    resetAfterMs: left(resetAfterMs),
    windowAfterMs: left(windowAfterMs),
    retryAfterMs: Math.max(1, Math.ceil(retryAfterMs - (now - heardAt))),
    via: "cache",
  };
}
