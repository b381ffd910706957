/** What the documents say in code: the `ts` blocks and the headings of a Markdown text. */

export interface CodeBlock {
  /** The line of the Markdown file on which the code starts, counted from 1. */
  readonly line: number;
  readonly code: string;
}

/** Every block fenced as `ts`, `typescript` or `tsx`, whatever else its opening line says. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const fences = /^([ \t]*)(`{3,}|~{3,})[ \t]*(\S*).*\n([\s\S]*?)^[ \t]*\2[ \t]*$/gm;
  for (const { index, 0: whole, 1: indent = "", 3: language = "", 4: code = "" } of markdown.matchAll(fences)) {
    if (!/^(ts|typescript|tsx)$/.test(language)) continue;
    const line = markdown.slice(0, index + whole.indexOf("\n") + 1).split("\n").length;
    blocks.push({ line, code: code.replaceAll(new RegExp(`^${indent}`, "gm"), "") });
  }
  return blocks;
}

/** The text of every heading, without marks of code. */
export function headings(markdown: string): string[] {
  return [...markdown.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map((match) => (match[1] ?? "").replaceAll("`", ""));
}
