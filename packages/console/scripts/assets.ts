/** Bundles what browsers get (style, script, uPlot) into text modules, so that users build nothing and workerd needs no files. */

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const from = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const sheets = ["base", "layout", "parts", "forms", "tables", "charts"];

/** One module: its path and what has to be in it. */
export interface Bundled {
  readonly path: string;
  readonly text: string;
}

/** All modules as they have to be. */
export async function bundle(): Promise<readonly Bundled[]> {
  const css = sheets.map((name) => `@import "./${name}.css";`).join("\n");
  const style = await bundled({ stdin: { contents: css, loader: "css", resolveDir: from("src/assets/style") } });
  const script = await bundled({ entryPoints: [from("src/assets/browser/main.ts")], format: "iife" });
  // Minified by its authors, with their licence line on top.
  const uplot = readFileSync(from("node_modules/uplot/dist/uPlot.iife.min.js"), "utf8").trim();
  return [
    moduleOf("style", "The style sheet of all pages", style),
    moduleOf("script", "The script of all pages", script),
    moduleOf("charts", "uPlot, © Leon Sorokin, MIT licence: the script of pages with charts", uplot),
  ];
}

async function bundled(options: Parameters<typeof build>[0]): Promise<string> {
  const { outputFiles } = await build({
    ...options,
    bundle: true,
    minify: true,
    write: false,
    charset: "utf8",
    legalComments: "none",
    // What every browser of the last two years can.
    target: ["chrome123", "firefox121", "safari17.5"],
    logLevel: "error",
    // The same bytes whoever runs it, wherever.
    tsconfigRaw: {},
  });
  return outputFiles?.[0]?.text.trim() ?? "";
}

function moduleOf(name: string, about: string, text: string): Bundled {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
  const lines = [
    `/** ${about}: made by scripts/assets.ts, not to be edited. */`,
    "",
    `export const ${name} = { hash: "${hash}", text: ${JSON.stringify(text)} } as const;`,
  ];
  return { path: from(`src/assets/bundled/${name}.ts`), text: `${lines.join("\n")}\n` };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, text } of await bundle()) writeFileSync(path, text);
}
