/**
 * All test projects: `npm run check` runs unit, apps, conformance and repository; `npm test` runs everything: services,
 * processes, targets and workerd included.
 */

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const fixture = (name: string): string => fileURLToPath(new URL(`test/repository/fixtures/${name}`, import.meta.url));

/** The projects that a run names; none means all. */
const named = process.argv.flatMap((word, i, words) => {
  if (word === "--project") return words[i + 1] ?? [];
  return word.startsWith("--project=") ? word.slice("--project=".length) : [];
});

/** Only a run that comes to workerd waits for its plugin to be loaded. */
const workers = named.length === 0 || named.some((name) => name === "workers" || /[!*]/.test(name));

/**
 * Processes, browsers and containers share the gate's cores with whatever else runs there, so that a test of them gets a
 * second attempt, which the end of the log tells: docs/decisions/0022.
 */
const ofProcesses = { retry: process.env["CI"] === "true" ? 1 : 0 };

/** Random histories that the gate and whoever repeats it play alike: docs/decisions/0022. */
const random = { setupFiles: [fileURLToPath(new URL("scripts/gate-seed.ts", import.meta.url))] };

/** Begins with the files that take long, which are short: left to the end, they would keep one core waiting for the other. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ project }: TestSpecification): boolean => project.name === "runtimes";
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    // Left to itself vitest keeps a core free, which on two is half the machine. A third of the time is spent on waiting.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    sequence: { sequencer: LongFirst },
    reporters: ["default", "./scripts/totals-reporter.ts"],
    projects: [
      { test: { ...random, name: "unit", include: ["packages/*/src/**/*.test.{ts,tsx}"], testTimeout: 30_000 } },
      {
        resolve: { alias: { "cloudflare:workers": fixture("cloudflare-workers.ts") } },
        test: {
          ...random,
          name: "apps",
          include: ["apps/*/src/**/*.test.ts", "apps/*/test/*.test.ts"],
          testTimeout: 30_000,
        },
      },
      { test: { ...ofProcesses, name: "faults", include: ["test/faults/*.test.ts"], testTimeout: 60_000 } },
      { test: { ...random, name: "conformance", include: ["test/conformance/*.test.ts"], testTimeout: 30_000 } },
      {
        test: {
          ...ofProcesses,
          ...random,
          name: "services",
          include: ["test/{services,conformance/services}/*.test.ts", "apps/*/test/{services,processes}/*.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        resolve: { alias: { "cloudflare:workers": fixture("cloudflare-workers.ts") } },
        test: {
          ...ofProcesses,
          name: "runtimes",
          include: ["test/runtimes/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        resolve: { alias: { "cloudflare:workers": fixture("cloudflare-workers.ts") } },
        test: {
          ...ofProcesses,
          name: "console",
          include: ["test/console/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      ...(workers ? ["test/conformance/workers/vitest.config.ts"] : []),
      {
        resolve: { alias: { "cloudflare:workers": fixture("cloudflare-workers.ts") } },
        test: { name: "repository", include: ["test/repository/*.test.ts"], testTimeout: 60_000 },
      },
      {
        resolve: { alias: { "cloudflare:workers": fixture("cloudflare-workers.ts") } },
        test: {
          ...ofProcesses,
          name: "release",
          include: ["test/repository/release/**/*.test.ts"],
          testTimeout: 120_000,
        },
      },
    ],
  },
});
