/** The short way through the script: for plain charges on token buckets, if all groups of a call are alike. */

import type { BucketState } from "../algorithms/token-bucket.ts";
import type { Outcome } from "../engine/charge.ts";
import { agreed, type Call, decided, numbersIn, parsed } from "./scripted-call.ts";
import type { Consumption, Group } from "./scripted-groups.ts";

/** A call for groups that go the short way, or undefined where one of them does not; see lua/plain-buckets.lua. */
export function shortCallFor(backend: string, groups: readonly Group[]): Call | undefined {
  const [first] = groups as readonly Partial<Consumption>[];
  const plain = first?.plain;
  if (plain === undefined) return undefined;
  const keys: string[] = [];
  for (const group of groups as readonly Partial<Consumption>[]) {
    if (!isAlike(group.plain, plain)) return undefined;
    for (const { name } of group.counters ?? []) keys.push(name);
  }
  if (keys.length > 1 && new Set(keys).size < keys.length) return undefined;
  const size = plain.length;

  return {
    keys,
    args: plain.flat().map(String),
    hear(reply) {
      const whole = Array.isArray(reply) ? reply : lengthened(reply);
      const { instant, verdicts, stored } = parsed(backend, whole, groups.length, keys.length);
      const results: (Outcome | Error)[] = [];
      for (let g = 0; g < groups.length; g++) {
        const group = groups[g] as Consumption;
        const verdict = verdicts[g] as number;
        const states: BucketState[] = [];
        for (let c = 0; c < size; c++) {
          const cost = verdict === 0 ? (plain[c]?.[0] as number) : 0;
          states.push(bucketIn(stored[g * size + c], cost));
        }
        results.push(agreed(backend, decided(group, states, instant), verdict));
      }
      return { now: instant, results };
    },
  };
}

function isAlike(a: Consumption["plain"], b: readonly (readonly number[])[]): boolean {
  return a?.length === b.length && a.every((own, c) => own === b[c] || own.every((number, i) => number === b[c]?.[i]));
}

/** A single charge that fits is answered with what is stored now, and that says when. */
function lengthened(reply: unknown): readonly unknown[] {
  const [, now] = /^\d+:(\d+)$/.exec(String(reply)) ?? [];
  return [now, 0, reply];
}

/** The bucket as it is stored, without a cost that was booked last. */
function bucketIn(stored: unknown, cost: number): BucketState {
  const [debt = 0, at = 0, slot = 0] = numbersIn(stored) ?? [];
  return { debt: debt - cost, at, slot };
}
