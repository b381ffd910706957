/** What a bundle grows by, minified and gzipped, all bundled alike by esbuild. */

import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Measure } from "../measure.ts";

const budget = 8_000;
const aim = 5_000;

const bundles = {
  "Sluice, middleware, limiters and memory": `export { rateLimit, byIp, byUser, byFeedOwner, byKey } from "@sluice/core"; export { memory } from "@sluice/core/memory"`,
  "Sluice, all that @sluice/core exports, with memory": `export * from "@sluice/core"; export * from "@sluice/core/memory"`,
  "Sluice, one byIp limiter on memory": `export { byIp, perMinute, rateLimit, socket } from "@sluice/core"`,
  "hono-rate-limiter": `export * from "hono-rate-limiter"`,
  "hono-rate-limiter, its middleware alone": `export { rateLimiter } from "hono-rate-limiter"`,
  "express-rate-limit": `export * from "express-rate-limit"`,
} as const;

export const size: Measure = async () => {
  const sizes = new Map<string, number>();
  for (const [name, contents] of Object.entries(bundles)) sizes.set(name, await gzipped(contents));
  const of = (name: keyof typeof bundles): number => sizes.get(name) ?? Number.NaN;
  const own = of("Sluice, middleware, limiters and memory");
  const against = `hono-rate-limiter ${kilobytes(of("hono-rate-limiter"))}, express-rate-limit ${kilobytes(of("express-rate-limit"))}`;
  return {
    rows: [
      {
        measure: "bundle: middleware, limiters, memory, min+gzip",
        against,
        measured: kilobytes(own),
        reach: `≤ ${budget / 1_000} kB, aim ${aim / 1_000}`,
        met: own <= budget,
      },
    ],
    raw: [...sizes].map(([name, bytes]) => `bundle, ${name}: ${bytes} B`),
  };
};

/** Bytes of a bundle, minified and gzipped. What it takes from Hono or from `external` is not counted. */
export async function gzipped(contents: string, external: readonly string[] = []): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    external: ["hono", "hono/*", ...external],
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
}

export function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(2)} kB`;
}
