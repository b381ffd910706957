/** Charges of several shards where each shard decides for itself: one after the other, and given back after a denial. */

import { type Charge, type Decision, mergeCharges, type Outcome, unmergedOutcome } from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import type { Due } from "../engine/settle-once.ts";
import type { Deadline } from "../resilience/deadline.ts";

/** Decides and settles charges that live in one place. Sends nothing once the deadline has passed. */
export interface Place {
  consume(charges: readonly Charge[], deadline: Deadline): Promise<Outcome>;
  settle(due: readonly Due[], deadline: Deadline): Promise<void>;
}

/**
 * Decides distinct charges, `places[i]` being where `charges[i]` lives: place by place in the order of the charges, up to
 * the first denial; what earlier places had booked is given back.
 *
 * Not in parallel, or a flood that one limiter denies would hold another's quota meanwhile. Where a place fails, the
 * others' bookings are given back too, unless the deadline has passed.
 *
 * @throws ConfigError `SLUICE_DELAY_UNSUPPORTED` for a delay over several places: they would not agree on a slot.
 */
export async function shardByShard(
  charges: readonly Charge[],
  places: readonly Place[],
  deadline: Deadline,
): Promise<Outcome> {
  const [first] = places;
  if (first === undefined) return { allowed: true, decisions: [] };
  if (places.every((place) => place === first)) return await first.consume(charges, deadline);
  checkDelays(charges);

  const decisions: Decision[] = charges.map(notReached);
  const givenBack = async (): Promise<void> => {
    await settleAll(
      decisions.flatMap((decision, i) => {
        if (decision.charged === 0) return [];
        decisions[i] = { ...decision, charged: 0, receipt: undefined };
        const booked = Math.round(decision.charged * 100);
        return [{ due: { decision, booked, final: 0 }, place: places[i] as Place }];
      }),
      deadline,
    );
  };

  for (const place of new Set(places)) {
    const indexes = places.flatMap((each, index) => (each === place ? [index] : []));
    let outcome: Outcome;
    try {
      outcome = await place.consume(
        indexes.map((index) => charges[index] as Charge),
        deadline,
      );
    } catch (error) {
      // The failure is what is reported, not that giving back failed, too.
      if (!deadline.passed) await givenBack().catch(() => {});
      throw error;
    }
    for (const [at, index] of indexes.entries()) decisions[index] = outcome.decisions[at] as Decision;
    if (outcome.allowed) continue;
    // A place that denied has booked nothing itself. What cannot be given back stays spent: never too much.
    if (!deadline.passed) await givenBack().catch(() => {});
    return { allowed: false, retryAfterMs: outcome.retryAfterMs, decisions };
  }
  return { allowed: true, decisions };
}

/** Settles everywhere at once. */
export async function settleAll(
  entries: readonly { readonly due: Due; readonly place: Place }[],
  deadline: Deadline,
): Promise<void> {
  const byPlace = new Map<Place, Due[]>();
  for (const { due, place } of entries) {
    const own = byPlace.get(place) ?? [];
    byPlace.set(place, own);
    own.push(due);
  }
  await Promise.all([...byPlace].map(([place, due]) => place.settle(due, deadline)));
}

/** Decides charges after merging those of one identity, and gives each its own answer. */
export async function mergedFirst(
  charges: readonly Charge[],
  decideDistinct: (charges: readonly Charge[]) => Promise<Outcome>,
): Promise<Outcome> {
  const merged = charges.length > 1 ? mergeCharges(charges) : undefined;
  if (merged === undefined) return await decideDistinct(charges);
  return unmergedOutcome(charges, merged, await decideDistinct(merged.charges));
}

/** What is said of a charge that was not decided: nothing is known against it. */
export function notReached({ policy, key, shard, cost }: Charge): Decision {
  return { policy, key, shard, cost, allowed: true, charged: 0 };
}

function checkDelays(charges: readonly Charge[]): void {
  for (const { maxDelayMs = 0 } of charges) {
    if (maxDelayMs === 0) continue;
    const cure = "Give them one shard, or ask without maxDelayMs.";
    throw new ConfigError(
      "SLUICE_DELAY_UNSUPPORTED",
      "charges of several shards find no common slot",
      maxDelayMs,
      cure,
    );
  }
}
