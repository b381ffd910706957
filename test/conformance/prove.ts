/** Puts a backend to all cases and to random histories as vitest tests, and hands the tallies to the table at the end. */

import { conformance, type HistoryOptions, histories, type Subject, type Tally } from "@sluice/core/testing";
import { integer, sample } from "fast-check";
import { describe, expect, it } from "vitest";
import { keptSeeds } from "./kept-seeds.ts";

declare module "vitest" {
  interface TaskMeta {
    /** What scripts/totals-reporter.ts puts into the table of backends. */
    tallies?: readonly Tally[];
  }
}

/** What is expected of a backend beside keeping what it claims. */
export interface Expectations extends HistoryOptions {
  /** Every reason for which a case may not be claimed; any other is a failure. */
  readonly notClaimed: readonly string[];
  /**
   * Runs a case; where time is real and cannot be held, a case that met a bad moment may be run again.
   * @default once
   */
  readonly attempt?: (run: () => Promise<void>) => Promise<void>;
}

/** These seeds, and some that are new in every run; one that fails is named, and belongs into kept-seeds.ts. */
export function withNewSeeds(seeds: readonly number[], count: number): readonly number[] {
  // Each once: the second time it would find its counters used.
  return [...new Set([...seeds, ...sample(integer({ min: 1_000, max: 2 ** 31 - 1 }), count)])];
}

/** Declares the tests. Await it at the top of a test file. */
export async function prove(subject: Subject, expectations: Expectations): Promise<void> {
  const { notClaimed, attempt = (run) => run(), ...options } = expectations;
  const suite = await conformance(subject);
  const seeds = withNewSeeds(keptSeeds, 5);
  const random = await histories(subject, { seeds, ...options });
  describe(suite.backend, () => {
    // What is not claimed is named under the table at the end.
    const claimed = [...suite.entries, ...random].filter(({ skip }) => skip === undefined);
    for (const { name, run } of claimed) it(name, () => attempt(run));

    it("leaves unclaimed only what it says", ({ task }) => {
      const tallies = suite.tallies();
      task.meta.tallies = tallies;
      const reasons = tallies.flatMap((tally) => tally.notClaimed.map(({ reason }) => reason));
      expect([...new Set(reasons)].toSorted()).toEqual([...notClaimed].toSorted());
    });
  });
}
