/** Puts every case to a backend, in whatever test framework: a list of names and functions to run. */

import type { Case, Subject } from "./case.ts";
import { cases as all } from "./cases.ts";
import { notClaimed } from "./claims.ts";
import { fakeStartMs } from "./clock.ts";
import { ConformanceError } from "./conformance-error.ts";
import type { Tally } from "./report.ts";
import { type Algorithm, algorithms } from "./shape.ts";
import { policiesOf, prefixOf, trial } from "./trial.ts";

/** A case for one algorithm, ready to run. */
export interface Entry {
  /** The algorithm and the case, unique within the suite. */
  readonly name: string;
  readonly algorithm: Algorithm;
  /** Why it is not run: what the backend does not claim. */
  readonly skip?: string;
  /** Rejects with a {@link ConformanceError} when the promise is broken. */
  run(): Promise<void>;
}

/** Every case for one backend. */
export interface Suite {
  readonly backend: string;
  readonly entries: readonly Entry[];
  /** What has passed, failed or not been claimed so far, algorithm by algorithm. */
  tallies(): readonly Tally[];
}

/**
 * The cases that prove a backend: `for (const { name, run } of (await conformance(subject)).entries) test(name, run)`.
 *
 * One backend is made here to read its features. Run the entries one after the other: they share the subject's clock.
 */
export async function conformance(subject: Subject, cases: readonly Case[] = all): Promise<Suite> {
  const probe = await subject.make();
  const results = new Map<string, boolean>();

  const entry = (test: Case, algorithm: Algorithm, index: number): Entry => {
    const name = `${algorithm}: ${test.name}`;
    const prefix = prefixOf(algorithm, index);
    const policies = policiesOf(test, algorithm, prefix);
    const reason = notClaimed(test, probe, subject, policies.values());
    const run = async (): Promise<void> => {
      results.set(name, false);
      if (reason !== undefined) throw new Error(`${probe.name} ${reason}; "${name}" is not to be run`);
      await subject.clock?.set(fakeStartMs);
      const backend = await subject.make();
      try {
        await test.run(trial(subject, backend, algorithm, policies, prefix));
      } catch (error) {
        throw broken(backend.name, name, test.promise, error);
      } finally {
        await subject.close?.(backend);
      }
      results.set(name, true);
    };
    return { name, algorithm, ...(reason !== undefined && { skip: reason }), run };
  };

  const entries = (subject.algorithms ?? algorithms).flatMap((algorithm) =>
    cases.flatMap((test, index) => {
      const applies = test.algorithms === undefined || test.algorithms.includes(algorithm);
      return applies ? [entry(test, algorithm, index)] : [];
    }),
  );
  await subject.close?.(probe);
  const backend = subject.name ?? probe.name;

  return {
    backend,
    entries,
    tallies: () =>
      (subject.algorithms ?? algorithms).map((algorithm) => {
        const own = entries.filter((each) => each.algorithm === algorithm);
        return {
          backend,
          algorithm,
          passed: own.filter(({ name }) => results.get(name) === true).length,
          failed: own.filter(({ name }) => results.get(name) === false).length,
          notClaimed: own.flatMap(({ name, skip }) => (skip === undefined ? [] : [{ name, reason: skip }])),
        };
      }),
  };
}

function broken(backend: string, name: string, promise: number, error: unknown): ConformanceError {
  const detail = error instanceof Error ? error.message : String(error);
  return new ConformanceError(`${backend}, ${name}: ${detail} (promise ${promise})`, promise, { cause: error });
}
