/** How the app is started in each runtime: one entry each, and for Deno what it may do. */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Runtime {
  readonly name: "node" | "bun" | "deno";
  /** Why it cannot be run on this machine, and the cure. */
  readonly missing: string | undefined;
  /** The program and its arguments. */
  command(options?: StartOptions): readonly [string, ...string[]];
}

export interface StartOptions {
  /**
   * A file that is run in the place of the entry, with everything it needs in it.
   * @default the entry
   */
  readonly bundle?: string | undefined;
  /**
   * Folders for databases and records, beside the app's own; where the runtime asks for permission, no others can be used.
   * @default none
   */
  readonly folders?: readonly string[];
}

const folder = fileURLToPath(new URL("..", import.meta.url));
const entry = (name: string): string => join(folder, "src", name);
const { resolve } = createRequire(import.meta.url);

/** A program that an npm package brings, or fetches when it is installed. */
function programOf(
  name: "bun" | "deno",
  file: string,
): { readonly path: string; readonly missing: string | undefined } {
  const path = join(dirname(resolve(`${name}/package.json`)), file);
  const isThere = existsSync(path) || existsSync(`${path}.exe`);
  return { path, missing: isThere ? undefined : `${name} has not been fetched: npm run exec pnpm rebuild ${name}` };
}

const bun = programOf("bun", "bin/bun.exe");
const deno = programOf("deno", "deno");

/** Without this, Deno calls a request aborted once it is answered, and warns whoever looks whether it was. */
const denoFlags = [
  "run",
  "--no-prompt",
  "--unstable-no-legacy-abort",
  "--allow-env",
  "--allow-net",
  "--allow-sys=hostname",
];

export const runtimes: Readonly<Record<Runtime["name"], Runtime>> = {
  node: {
    name: "node",
    missing: undefined,
    command: ({ bundle } = {}) => [process.execPath, ...(bundle ? [bundle] : ["--import", "tsx", entry("main.ts")])],
  },
  bun: {
    name: "bun",
    missing: bun.missing,
    command: ({ bundle = entry("bun.ts") } = {}) => [bun.path, bundle],
  },
  deno: {
    name: "deno",
    missing: deno.missing,
    command({ bundle = entry("deno.ts"), folders = [] } = {}) {
      const [data, migrations] = [join(folder, "data"), join(folder, "../feeds/migrations")];
      const reads = `--allow-read=${[data, migrations, ...folders].join(",")}`;
      const writes = `--allow-write=${[data, ...folders].join(",")}`;
      return [deno.path, ...denoFlags, reads, writes, bundle];
    },
  },
};
