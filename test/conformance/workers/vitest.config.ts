/** The tests that run inside workerd: Durable Objects and the ratelimit binding are the real ones. */

import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.jsonc" },
      remoteBindings: false,
    }),
  ],
  // As for every test of a process: vitest.config.ts in the root.
  test: { name: "workers", include: ["*.test.ts"], testTimeout: 30_000, retry: process.env["CI"] === "true" ? 1 : 0 },
});
