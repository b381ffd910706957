/** The app with a mistake planted in it, as one file that runs in the place of a target's own entry. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { type Fault, faults, type Planted } from "./faults.ts";
import { ownCache } from "./own-cache.ts";

/** The entries of the targets; the container runs that of Node. */
export type Entry = "node" | "bun" | "deno" | "workers";

const root = fileURLToPath(new URL("../../", import.meta.url));

const onServers: BuildOptions = {
  platform: "node",
  target: "node24",
  // Some of what is bundled still asks for Node's modules by require, which a module does not have.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
};

const builds: Readonly<Record<Entry, BuildOptions>> = {
  node: { ...onServers, entryPoints: [`${root}apps/node/src/main.ts`] },
  bun: { ...onServers, entryPoints: [`${root}apps/node/src/bun.ts`] },
  deno: { ...onServers, entryPoints: [`${root}apps/node/src/deno.ts`] },
  workers: {
    entryPoints: [`${root}apps/workers/src/main.ts`],
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser", "import"],
    target: "es2024",
    external: ["cloudflare:*", "node:*"],
  },
};

/** One build of an entry and a fault for everybody in this process. */
const built = new Map<string, Promise<string>>();

/**
 * Gives the path of the bundle.
 *
 * @throws Error where what the fault replaces is not there exactly once: then the fault has to follow the code.
 */
export function faultyBundle(entry: Entry, fault: Planted): Promise<string> {
  const outfile = `${ownCache("faults")}/${entry}-${fault.replaceAll(" ", "-")}.mjs`;
  const known = built.get(outfile);
  if (known !== undefined && existsSync(outfile)) return known;
  const { file, ...change } = faults[fault];
  const planted = { done: false };
  const path = build({
    ...builds[entry],
    outfile,
    bundle: true,
    format: "esm",
    logLevel: "silent",
    plugins: [planting(root + file, change, planted)],
  }).then(() => {
    if (!planted.done) throw new Error(`${fault}: ${file} is no part of ${entry}`);
    return outfile;
  });
  built.set(outfile, path);
  return path;
}

function planting(path: string, { find, put }: Omit<Fault, "file">, planted: { done: boolean }): Plugin {
  return {
    name: "planting",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async (file) => {
        if (file.path !== path) return undefined;
        const parts = (await readFile(path, "utf8")).split(find);
        if (parts.length !== 2)
          throw new Error(`${path} has ${parts.length - 1} times what the fault replaces: ${find}`);
        planted.done = true;
        return { contents: parts.join(put), loader: "ts" };
      });
    },
  };
}
