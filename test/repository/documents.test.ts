import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "./command.ts";
import { codeBlocks, headings } from "./documents.ts";
import { exists, isTest, paths, read, root, sources } from "./workspace.ts";

const documents = [...paths("README.md"), ...paths("docs/**/*.md"), ...paths("packages/*/README.md")];
const folder = "test/repository/.cache/documents";

/** A Worker knows its bindings from types that wrangler makes; documents name them as they like. */
const platform =
  'declare module "cloudflare:workers" {\n  export const env: any;\n  export function waitUntil(task: Promise<unknown>): void;\n}\n';

/** Type-checks every block as a module of its own whose lines are those of its document. */
async function compile(texts: readonly (readonly [path: string, markdown: string])[]): Promise<string> {
  rmSync(root + folder, { recursive: true, force: true });
  mkdirSync(`${root}${folder}/node_modules`, { recursive: true });
  // Whoever mounts the console has its peer; it is the one that the package is checked with.
  symlinkSync(`${root}packages/console/node_modules/drizzle-orm`, `${root}${folder}/node_modules/drizzle-orm`);
  for (const [path, markdown] of texts) {
    for (const { line, code } of codeBlocks(markdown)) {
      writeFileSync(`${root}${folder}/${path.replaceAll("/", "--")}.${line}.ts`, "\n".repeat(line - 1) + code);
    }
  }
  const compilerOptions = {
    lib: ["ES2024", "WebWorker"],
    types: ["node"],
    moduleDetection: "force",
    isolatedDeclarations: false,
    declaration: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
  writeFileSync(`${root}${folder}/cloudflare.d.ts`, platform);
  const include = ["*.ts", "../../../../packages/core/src/backends/durable-object-platform.d.ts"];
  const config = { extends: "../../../../tsconfig.base.json", compilerOptions, include };
  writeFileSync(`${root}${folder}/tsconfig.json`, JSON.stringify(config));
  return (await run("tsc", ["-p", folder])).output;
}

/** Targets of links and pictures in this repository. */
function linksOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^ *```.*?^ *```/gms, "");
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset)="([^"]+)"/g)].map(
    ([, link, src]) => link ?? src ?? "",
  );
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

function isBroken([from, link]: readonly [path: string, link: string]): boolean {
  const [file = "", anchor] = link.split("#");
  const path = file === "" ? from : posix.join(posix.dirname(from), file);
  if (!exists(path)) return true;
  return anchor !== undefined && path.endsWith(".md") && !headings(read(path)).map(anchorOf).includes(anchor);
}

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
}

describe("the documents", () => {
  it("have code that compiles", async () => {
    const texts = documents.map((path) => [path, read(path)] as const);
    const blocks = texts.flatMap(([, markdown]) => codeBlocks(markdown));
    expect(blocks.length, "README.md shows code").toBeGreaterThan(0);
    expect(await compile(texts)).toBe("");
  });

  it("link to files and headings that there are", () => {
    const broken = documents
      .flatMap((path) => linksOf(read(path)).map((link) => [path, link] as const))
      .filter(isBroken);
    expect(broken).toEqual([]);
  });

  it("explain every error code, and no other", () => {
    const code = /"(SLUICE_[A-Z_]+)"/g;
    const thrown = sources("packages/*/src/**/*.{ts,tsx}")
      .filter(({ path }) => !isTest(path))
      .flatMap(({ text }) => [...text.matchAll(code)].map((match) => match[1]));
    const explained = exists("docs/errors.md") ? headings(read("docs/errors.md")) : [];
    expect(explained.filter((heading) => heading.startsWith("SLUICE_")).sort()).toEqual([...new Set(thrown)].sort());
  });
});

describe("a code block", () => {
  it("is found with the line it starts on", () => {
    const markdown =
      "# Title\n\n```ts\nconst a = 1;\n```\n\n```sh\nnpm i\n```\n\n- item\n\n  ```ts title\n  b();\n  ```\n";
    expect(codeBlocks(markdown)).toEqual([
      { line: 4, code: "const a = 1;\n" },
      { line: 14, code: "b();\n" },
    ]);
  });
});
