/** Many groups of charges at once: one call for each object, as far as their order allows. */

import { type Charge, type Merged, mergeCharges, type Outcome, unmergedOutcome } from "../engine/charge.ts";
import type { ChargeCheck } from "./durable-object-check.ts";

/** A group whose charges are distinct. */
export interface DistinctGroup {
  readonly asked: readonly Charge[];
  readonly merged: Merged | undefined;
  readonly charges: readonly Charge[];
}

/** Merges the charges of each group and checks them all, so that a mistake in one books nothing in another. */
export function distinctGroups(groups: readonly (readonly Charge[])[], check: ChargeCheck): readonly DistinctGroup[] {
  return groups.map((asked) => {
    const merged = asked.length > 1 ? mergeCharges(asked) : undefined;
    const charges = merged?.charges ?? asked;
    check(charges);
    return { asked, merged, charges };
  });
}

/** What is done with the objects that groups live in, by name. */
export interface Objects {
  decide(name: string, groups: readonly (readonly Charge[])[]): Promise<readonly Outcome[]>;
  /** Decides charges of several objects, `names[i]` being that of `charges[i]`. */
  decideApart(names: readonly string[], charges: readonly Charge[]): Promise<Outcome>;
}

/**
 * Decides each group by itself, `names[i]` being the objects of its charges. Groups of one object go to it together, all
 * objects at once; a group that spans several objects waits for those before it, so that each finds what a list of single
 * calls would have found.
 *
 * Where an object fails, what others have decided by then stays booked: nobody gets more than his quota by it.
 */
export async function groupByGroup(
  groups: readonly DistinctGroup[],
  names: readonly (readonly string[])[],
  objects: Objects,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const batches = new Map<string, number[]>();

  const sendBatches = async (): Promise<void> => {
    const answers = [...batches].map(async ([name, indexes]) => {
      const batch = indexes.map((index) => (groups[index] as DistinctGroup).charges);
      const decided = await objects.decide(name, batch);
      for (const [at, index] of indexes.entries()) outcomes[index] = decided[at] as Outcome;
    });
    batches.clear();
    await Promise.all(answers);
  };

  for (const [index, { charges }] of groups.entries()) {
    const own = names[index] as readonly string[];
    const [name] = own;
    if (name === undefined) {
      outcomes[index] = { allowed: true, decisions: [] };
    } else if (own.every((each) => each === name)) {
      const batch = batches.get(name) ?? [];
      batches.set(name, batch);
      batch.push(index);
    } else {
      await sendBatches();
      outcomes[index] = await objects.decideApart(own, charges);
    }
  }
  await sendBatches();
  return groups.map(({ asked, merged }, index) => {
    const outcome = outcomes[index] as Outcome;
    return merged ? unmergedOutcome(asked, merged, outcome) : outcome;
  });
}
