/** Changing a limit while others wait for places under it. */

import { type Outcome, type Policy, sameCounter } from "@sluice/core/engine";
import type { Limits } from "./limits.ts";
import { changeSlots, type Slot } from "./line.ts";
import type { Member } from "./member.ts";
import { asTuned, keepTuned, type TunedLimit } from "./tuned.ts";

/**
 * Keeps the first of these limits, of which so much is `known`, at `limit` units from now on, or whole again. Where that is less than before, the slots of
 * those who wait in this process are too near to each other.
 */
export function retune(limits: Limits, known: TunedLimit, limit: number | undefined): void | Promise<void> {
  const { tuned, lines, time, configured } = limits;
  const [own] = configured as readonly [Member];
  keepTuned(tuned, own, known);
  if (known.limit === limit) return undefined;
  const before = asTuned(own, known).policy;
  known.limit = limit;
  known.policies.clear();
  tuned.epoch++;
  const { policy } = asTuned(own, known);
  if (policy.limit >= before.limit) return undefined;
  const now = time.now();
  const isWaiting = ({ atMs, outcome }: Slot): boolean => atMs > now && isOf(outcome, own);
  // A bucket takes back no slot on which others stand, and drains them more slowly now: that much later everybody has his turn.
  const later = policy.algorithm === "token-bucket" ? slower(before, policy, now) : undefined;
  const given = changeSlots(lines, ({ slot, untilMs }) => {
    if (!isWaiting(slot)) return slot;
    const moved = later?.(slot);
    // A log knows every slot and takes them all back. Who has no time for his new one hears so when he wakes.
    return moved !== undefined && moved.atMs <= untilMs ? moved : undefined;
  });
  return quietly(() => limits.giveBack({ allowed: true, decisions: given.flatMap(({ decisions }) => decisions) }));
}

function isOf({ decisions }: Outcome, { policy, key, shard }: Member): boolean {
  return decisions.some((booked) => booked.charged > 0 && sameCounter(booked, { policy, key, shard }));
}

/** Where a slot of a bucket comes to lie when it drains more slowly: behind the same debt. */
function slower(before: Policy, after: Policy, now: number): (slot: Slot) => Slot {
  const [was, is] = [drainOf(before), drainOf(after)];
  return (slot) => {
    const { outcome, atMs } = slot;
    const movedMs = Math.ceil(now + ((atMs - now) * was.perMs + was.size - is.size) / is.perMs);
    const { delayMs = 0 } = outcome;
    return { ...slot, atMs: movedMs, outcome: { ...outcome, delayMs: delayMs + movedMs - atMs } };
  };
}

/** How many units a bucket holds, and how many come back in a millisecond. */
function drainOf(policy: Policy): { readonly size: number; readonly perMs: number } {
  if (policy.algorithm !== "token-bucket") return { size: 0, perMs: 1 };
  const { limit, burst: size = limit, strict, windowMs } = policy;
  return { size, perMs: (strict ? limit - size : limit) / windowMs };
}

/** What a failing backend does not take back stays spent; the limit is lower all the same. */
function quietly(give: () => void | Promise<void>): void | Promise<void> {
  try {
    return give()?.catch(() => {});
  } catch {
    return undefined;
  }
}
