/** Bundles the Node app into one file and puts its migrations next to it: `node apps/docker/build.mjs <folder>`. */

import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("Say where to: node apps/docker/build.mjs <folder>");

const apps = fileURLToPath(new URL("..", import.meta.url));

await build({
  entryPoints: [join(apps, "node/src/main.ts")],
  outfile: join(folder, "main.mjs"),
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  // What the console takes from whoever mounts it, here the app.
  nodePaths: [join(apps, "feeds/node_modules")],
  // What is bundled asks for Node's own modules by require, too, which a module does not have.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});
const migrations = join(apps, "feeds/migrations");
mkdirSync(join(folder, "migrations"));
for (const name of readdirSync(migrations).filter((file) => file.endsWith(".sql"))) {
  copyFileSync(join(migrations, name), join(folder, "migrations", name));
}
