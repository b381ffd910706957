/** Counts a vitest run for the closing line that scripts/run.mjs prints, and shows what was proven of which backend and target. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Reporter, SerializedError, TestModule, TestSuite } from "vitest/node";
import { type Tally, table } from "../packages/core/src/testing/report.ts";
import { type Fared, type Noticed, type Put, targetTable } from "../test/runtimes/report.ts";
import { failures, passedLater, told } from "./failures.ts";

/** Where to write the counts; a run without scripts/run.mjs needs none. */
const file = process.env["SLUICE_TOTALS"];

export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const failed = failures(modules, unhandled);
    const totals = { passed: 0, failed: failed.length, skipped: 0 };
    const tallies: Tally[] = [];
    const targets: Fared[] = [];
    const planted = new Map<string, Noticed>();
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed" || state === "skipped") totals[state] += 1;
        tallies.push(...((test.meta() as { readonly tallies?: readonly Tally[] }).tallies ?? []));
      }
      for (const suite of module.children.suites()) {
        const { put, plantedIn } = suite.meta() as { readonly put?: Put; readonly plantedIn?: string };
        const one = put && fared(suite, put);
        if (one) targets.push(one);
        if (plantedIn !== undefined) planted.set(plantedIn, noticed(suite));
      }
    }
    if (tallies.length > 0) console.log(`\n${table(tallies)}\n`);
    const all = targets.map((one) => ({ ...one, noticed: planted.get(`${one.target} · ${one.backend}`) }));
    if (all.length > 0) console.log(`\n${targetTable(all)}\n`);
    if (!file) return;
    mkdirSync(dirname(file), { recursive: true });
    const ending = `${told("Passed at the second attempt:", passedLater(modules))}${told("Failed:", failed)}`;
    writeFileSync(file, JSON.stringify({ ...totals, ending }));
  }
}

/** A file that cannot be imported or a hook that throws is one failure, beside the tests it kept from running. */
function failedAround(collection: TestModule | TestSuite): number {
  return collection.errors().length > 0 ? 1 : 0;
}

/** How a target fared; undefined where a filter has left it out. */
function fared(suite: TestSuite, put: Put): Fared | undefined {
  const counted = { passed: 0, failed: failedAround(suite) };
  const unasked = [...put.unasked];
  for (const inner of suite.children.allSuites()) counted.failed += failedAround(inner);
  for (const test of suite.children.allTests()) {
    const result = test.result();
    if (result.state === "passed") counted.passed += 1;
    else if (result.state !== "skipped") counted.failed += 1;
    // A case that gave its reason only when it ran is one that was not put to the target.
    else if (put.missing === undefined && result.note) unasked.push({ name: test.name, reason: result.note });
  }
  const isSelected = counted.passed + counted.failed > 0 || put.missing !== undefined;
  return isSelected ? { ...put, ...counted, unasked } : undefined;
}

/** How many of the mistakes that were planted made a case fail; one that cannot be asked of a backend is none of them. */
function noticed(suite: TestSuite): Noticed {
  const states = [...suite.children.allTests()].map((test) => test.result().state);
  const planted = states.filter((state) => state !== "skipped");
  return { noticed: planted.filter((state) => state === "passed").length, planted: planted.length };
}
