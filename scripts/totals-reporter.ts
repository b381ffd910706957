/** Counts a vitest run for the closing line that scripts/run.mjs prints, and shows what was proven of which backend. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Reporter, SerializedError, TestModule, TestSuite } from "vitest/node";
import { type Tally, table } from "../packages/core/src/testing/report.ts";

/** Where to write the counts; a run without scripts/run.mjs needs none. */
const file = process.env["SLUICE_TOTALS"];

export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const totals = { passed: 0, failed: unhandled.length, skipped: 0 };
    const tallies: Tally[] = [];
    for (const module of modules) {
      totals.failed += failedAround(module);
      for (const suite of module.children.allSuites()) totals.failed += failedAround(suite);
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        totals[state === "pending" ? "failed" : state] += 1;
        tallies.push(...((test.meta() as { readonly tallies?: readonly Tally[] }).tallies ?? []));
      }
    }
    if (tallies.length > 0) console.log(`\n${table(tallies)}\n`);
    if (!file) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(totals));
  }
}

/** A file that cannot be imported or a hook that throws is one failure, beside the tests it kept from running. */
function failedAround(collection: TestModule | TestSuite): number {
  return collection.errors().length > 0 ? 1 : 0;
}
