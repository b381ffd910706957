/** Where a counter lives: in its shard's own object, or without a shard in one of a bounded number; and its row in there. */

import { hash } from "../algorithms/counters.ts";
import { counterName, type Identity } from "../engine/charge.ts";
import { isPromise } from "../engine/waiting.ts";
import { escaped, hashed, joined, shortened } from "../remote/counter-key.ts";

/** So many names of objects are remembered, and none of a shard that is long. */
const [keptNames, longestKept] = [2_000, 200];

// Of the isolate, not of a backend, which may be made anew for every request.
const known = new Map<string, string>();

/** The object of a counter, by name: equal shards, and equal keys without a shard, have one. */
export function objectOf({ key, shard }: Identity, anonymousShards: number): string | Promise<string> {
  return shard === undefined ? `anonymous-${spread(key, anonymousShards)}` : (known.get(shard) ?? hashOf(shard));
}

/** The object of a name that is leased, by name: it has no other. */
export async function leaseObjectOf(name: string): Promise<string> {
  return `lease${await hashed(escaped(name))}`;
}

async function hashOf(shard: string): Promise<string> {
  // Escaped first: two lone surrogates are one in UTF-8, and so would be their objects.
  const name = await hashed(escaped(shard));
  if (shard.length > longestKept) return name;
  if (known.size >= keptNames) known.clear();
  known.set(shard, name);
  return name;
}

/** The row of a counter within its object; the shard has no part in it, because it is what the object is named by. */
export function rowOf({ policy, key }: Identity): string | Promise<string> {
  return shortened(joined(counterName(policy), escaped(key)));
}

/** All values, at once where all are there: hardly a name has to be waited for. */
export function allKnown<T>(values: readonly (T | Promise<T>)[]): readonly T[] | Promise<readonly T[]> {
  return values.some(isPromise) ? Promise.all(values) : (values as readonly T[]);
}

/**
 * A number below `count` for any text.
 *
 * It must never change: every counter without a shard would begin anew in another object.
 */
export function spread(text: string, count: number): number {
  return hash(text, 0x811c9dc5) % count;
}
