/** Texts of strangers as this app keeps them: plain, within bounds, and as HTML only what is escaped by ourselves. */

import { plainText } from "../jobs/plain-text.ts";
import { asHtml, plain } from "../text.ts";
import { feedDateMs } from "./feed-dates.ts";
import type { FoundEntry, WrittenEntry } from "./found-feed.ts";

const longest = { title: 200, summary: 1_000, content: 100_000, url: 2_048 } as const;

/** As much of a text is looked at: markup may be longer than what it marks up. */
const longestMarkup = 4 * longest.content;

const unseen = /<!--[\s\S]*?(?:-->|$)|<(script|style|template)\b[\s\S]*?(?:<\/\1\s*>|$)/gi;
const between =
  /<\/?(?:address|article|aside|blockquote|br|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|td|th|tr|ul)\b[^<>]*>/i;

/** What is kept of an entry; undefined if there is nothing in it. `base` is what its addresses are relative to. */
export function foundEntry(written: WrittenEntry, base: string): FoundEntry | undefined {
  const { permalink, summary, updated, published = updated } = written;
  const address = /^\s*https?:\/\//.test(permalink ?? "") ? permalink : undefined;
  const url = webAddress(written.url ?? address, base);
  const paragraphs = textsOf(written.content ?? summary ?? "");
  const [first = ""] = paragraphs;
  const named = oneLine(written.title ?? "", longest.title);
  const title = named || cut(first, 80) || cut(url ?? "", longest.title);
  const id = (permalink ?? written.id)?.trim() || url || [written.title, published, first].join("\n").trim();
  if (title === "" || id === "") return undefined;
  return {
    id,
    title,
    summary: written.content === undefined ? "" : oneLine(summary ?? "", longest.summary),
    content: asParagraphs(paragraphs.length > 0 ? paragraphs : [title]),
    url,
    publishedAtMs: feedDateMs(published),
  };
}

/** HTML as plain text on one line, cut at the end. */
export function oneLine(html: string, most: number): string {
  return cut(plain(plainText(html.slice(0, longestMarkup))), most);
}

function textsOf(html: string): string[] {
  const seen = html.slice(0, longestMarkup).replaceAll(unseen, " ");
  return seen.split(between).flatMap((part) => plain(plainText(part ?? "")).trim() || []);
}

function asParagraphs(texts: readonly string[]): string {
  let html = "";
  for (const text of texts) {
    const paragraph = `<p>${asHtml(cut(text, longest.content / 10))}</p>`;
    if (html.length + paragraph.length > longest.content) break;
    html += paragraph;
  }
  return html;
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

function webAddress(given: string | undefined, base: string): string | null {
  const url = given === undefined || given.trim() === "" ? null : URL.parse(given.trim(), base);
  if (url === null || !/^https?:$/.test(url.protocol) || url.href.length > longest.url) return null;
  return isPlainAddress(url) ? url.href : null;
}

/** Nobody is to be signed in somewhere by a link of a stranger's. */
function isPlainAddress({ username, password }: URL): boolean {
  return username === "" && password === "";
}
