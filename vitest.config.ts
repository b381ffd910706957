/** All test projects: `npm run check` runs unit, apps, conformance and repository, `npm test` runs everything. */

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Left to itself vitest keeps a core free, which on two is half the machine.
    maxWorkers: "100%",
    reporters: ["default", "./scripts/totals-reporter.ts"],
    projects: [
      { test: { name: "unit", include: ["packages/*/src/**/*.test.ts"] } },
      { test: { name: "apps", include: ["apps/*/{src,test}/**/*.test.ts"] } },
      { test: { name: "conformance", include: ["test/conformance/**/*.test.ts"] } },
      { test: { name: "repository", include: ["test/repository/*.test.ts"], testTimeout: 60_000 } },
      { test: { name: "release", include: ["test/repository/release/**/*.test.ts"], testTimeout: 120_000 } },
    ],
  },
});
