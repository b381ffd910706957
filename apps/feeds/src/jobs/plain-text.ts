/** What can be told of an article from its HTML: its text, how many words it has, how long they take. */

/** An article in short. */
export interface Enrichment {
  readonly excerpt: string;
  readonly words: number;
  readonly readingMs: number;
}

/** An adult reads some 240 words of plain prose in a minute. */
const msPerWord = 60_000 / 240;

const longestExcerpt = 280;

/** Reads an article. */
export function enrichment(html: string): Enrichment {
  const text = plainText(html);
  const words = text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu)?.length ?? 0;
  return { excerpt: cut(text), words, readingMs: Math.round(words * msPerWord) };
}

/** The text that HTML shows, on one line. */
export function plainText(html: string): string {
  return html
    .replaceAll(/<!--[\s\S]*?(?:-->|$)|<(script|style|template)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, " ")
    .replaceAll(/<\/?[a-z][^<>]*>/gi, (tag) => (inline.test(tag) ? "" : " "))
    .replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi, (entity, decimal, hexadecimal, name) => {
      if (name !== undefined) return named[name as string] ?? entity;
      const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number.parseInt(decimal, 10);
      return code > 31 && code <= 0x10_ff_ff ? String.fromCodePoint(code).toWellFormed() : " ";
    })
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Tags within a word. */
const inline =
  /^<\/?(?:a|abbr|b|bdi|bdo|cite|code|data|del|dfn|em|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|time|u|var|wbr)\b/i;

const named: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  ndash: "–",
  mdash: "—",
  hellip: "…",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
};

/** Up to the last word that fits. */
function cut(text: string): string {
  if (text.length <= longestExcerpt) return text;
  const start = text.slice(0, longestExcerpt - 1).replace(/[\ud800-\udbff]$/, "");
  return `${start.replace(/\s+\S*$/, "")}…`;
}
