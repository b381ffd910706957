/** Runs what a document shows: each block of code under its heading, and what it prints beside what the document says it does. */

import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { format } from "node:util";
import { runInThisContext } from "node:vm";
import * as outbound from "../src/index.ts";

/** A block of code of a document. */
export interface Block {
  /** The `##` heading above it. */
  readonly walk: string;
  /** The `###` heading above it. */
  readonly step: string;
  /** What the block of text after it says that it prints. */
  readonly prints: string;
  /** Runs it where its names mean these; what it has printed. */
  run(names: Readonly<Record<string, unknown>>, now: () => number): Promise<string>;
}

/** Every `ts` block under a `###` heading of a document, by its path from the repository's root. */
export function blocksOf(path: string): readonly Block[] {
  const text = readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
  const blocks: Block[] = [];
  let [walk, step] = ["", ""];
  const parts = /^(##+) (.+)$|^```ts\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$|^```ts$/gm;
  for (const { 0: whole, 1: level, 2: title = "", 3: code, 4: prints = "" } of text.matchAll(parts)) {
    if (level === "##") walk = title;
    else if (level === "###") step = title;
    else if (code === undefined) throw new Error(`${path}: a block of "${step}" does not say what it prints: ${whole}`);
    else blocks.push({ walk, step, prints: prints.trimEnd(), run: (names, now) => run(code, names, now) });
  }
  return blocks;
}

async function run(code: string, names: Readonly<Record<string, unknown>>, now: () => number): Promise<string> {
  const printed: string[] = [];
  class Clock extends Date {
    static override now(): number {
      return now();
    }
  }
  const known = { ...names, Date: Clock, console: { log: (...words: unknown[]) => printed.push(format(...words)) } };
  const imported = /^import \{([^}]*)\} from "@sluice\/outbound";$/gm;
  const plain = stripTypeScriptTypes(code).replaceAll(imported, "const {$1} = outbound;");
  const source = `(async (outbound, { ${Object.keys(known).join(", ")} }) => {\n${plain}\n})`;
  const body = runInThisContext(source) as (...given: readonly unknown[]) => Promise<void>;
  await body(outbound, known);
  return printed.join("\n");
}
