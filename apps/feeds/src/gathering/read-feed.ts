/** A feed read from the bytes that came: RSS, RSS 1.0, Atom or JSON Feed, whichever it is. */

import { plain } from "../text.ts";
import { foundEntry, oneLine } from "./entry-text.ts";
import { feedDateMs } from "./feed-dates.ts";
import { type FoundFeed, NotAFeedError, type WrittenEntry } from "./found-feed.ts";
import { jsonFeed } from "./json-feed.ts";
import { xmlFeed } from "./xml-feed.ts";

/** So many of an answer are kept, the newest. */
const mostEntries = 100;

const longestTitle = 200;

/**
 * Reads a document; `base` is where it came from, `contentType` what it came as, of which only the encoding counts.
 *
 * @throws NotAFeedError, and nothing else, whatever the bytes.
 */
export function readFeed(bytes: Uint8Array, contentType: string | null, base: string): FoundFeed {
  const document = decoded(bytes, contentType).trimStart();
  if (document === "") throw new NotAFeedError("There is nothing in it.");
  const written = document.startsWith("{") ? jsonFeed(document) : xmlFeed(document);
  const entries = newest(written.entries).flatMap((entry) => foundEntry(entry, base) ?? []);
  return { title: oneLine(written.title, longestTitle), refreshMs: written.refreshMs, entries };
}

/** Those without a date may be as new as any. */
function newest(entries: readonly WrittenEntry[]): readonly WrittenEntry[] {
  if (entries.length <= mostEntries) return entries;
  const dated = entries.map((entry, place) => {
    return { entry, place, ms: feedDateMs(entry.published ?? entry.updated) ?? Number.POSITIVE_INFINITY };
  });
  // Infinity less itself is no number, and then their places decide.
  const kept = dated.sort((a, b) => b.ms - a.ms || a.place - b.place).slice(0, mostEntries);
  return kept.sort((a, b) => a.place - b.place).map(({ entry }) => entry);
}

/** As the first bytes, the answer's header or the document itself says, in this order; UTF-8 if none does, or nothing known. */
function decoded(bytes: Uint8Array, contentType: string | null): string {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 200));
  const said =
    /charset\s*=\s*"?([\w.:-]{1,40})/i.exec(contentType ?? "")?.[1] ??
    /^\s*<\?xml[^>]{0,100}\sencoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(head)?.[1];
  return plain(decoder(marked(bytes) ?? said ?? "utf-8").decode(bytes));
}

function marked([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  return a === 0xff && b === 0xfe ? "utf-16le" : undefined;
}

function decoder(label: string) {
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}
