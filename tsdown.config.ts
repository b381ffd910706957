/** Builds a package of this workspace to dist: one ES module and one declaration per entry of its `exports`. */

import { readFileSync } from "node:fs";
import { defineConfig } from "tsdown";

const manifest: { name: string; exports: Record<string, string> } = JSON.parse(readFileSync("package.json", "utf8"));
const sources = Object.values(manifest.exports).filter((file) => file.endsWith(".ts"));

export default defineConfig({
  entry: Object.fromEntries(sources.map((file) => [file.replace(/^\.\/src\/|\.ts$/g, ""), file])),
  cwd: process.cwd(),
  format: "esm",
  platform: "neutral",
  target: "es2022",
  // Modules that the platform has built in.
  deps: { neverBundle: [/^(cloudflare|node):/] },
  fixedExtension: false,
  // The types of drizzle's tables are inferred, which takes a compiler; everything else is annotated, for which oxc is faster.
  dts: manifest.name === "@sluice/console" ? { tsgo: true } : { oxc: true },
  publint: true,
  attw: { profile: "esm-only", level: "error" },
});
