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
  test: { name: "workers", include: ["*.test.ts"], testTimeout: 30_000 },
});
