/** A feed as a document: RSS 2.0, Atom or JSON Feed, the same bytes from every instance, with its validators. */

import { Feed, type Item } from "feed";
import type { Validators } from "./conditional.ts";
import { sha256 } from "./digest.ts";
import type { EntryRecord } from "./entry-records.ts";
import type { FeedFormat } from "./feed-format.ts";
import type { PublicFeedRecord } from "./feed-records.ts";
import { asHtml, plain, utf8 } from "./text.ts";

/** How long a reader may keep a feed, which is what most readers poll by. */
export const freshMinutes = 60;

/** How many entries a reader gets, the newest; older ones are in the API, those from elsewhere for a month. */
export const mostEntries = 50;

export interface FeedDocument extends Validators {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Writes the document; `address` is the feed's own, without a suffix. */
export async function feedDocument(
  format: FeedFormat,
  feed: PublicFeedRecord,
  entries: readonly EntryRecord[],
  address: string,
): Promise<FeedDocument> {
  const lastModifiedMs = entries[0]?.publishedAtMs ?? feed.createdAtMs;
  const text = format === "json" ? plain : xmlText;
  const document = new Feed({
    id: address,
    title: text(feed.title),
    description: text(feed.description),
    link: webAddress(feed.homepage) ?? address,
    feedLinks: { [format]: `${address}.${format}` },
    author: { name: text(feed.ownerName) },
    // Without this the library writes the present instant, and no two answers are the same.
    updated: new Date(lastModifiedMs),
    generator: "Sluice feeds",
    ttl: freshMinutes,
  });
  for (const entry of entries) document.addItem(item(format, entry, address));
  const bytes = utf8(written(format, document));
  // 128 bits of the content's hash: a strong tag that every instance computes alike.
  return { bytes, lastModifiedMs, etag: `"${(await sha256(bytes)).slice(0, 32)}"` };
}

function item(format: FeedFormat, entry: EntryRecord, address: string): Item {
  const date = new Date(entry.publishedAtMs);
  const summary = format === "json" ? plain(entry.summary) : cdata(asHtml(entry.summary));
  return {
    id: `urn:uuid:${entry.id}`,
    // Atom says that titles are HTML, RSS leaves it open and readers show the text, JSON Feed says plain text.
    title: format === "json" ? plain(entry.title) : cdata(format === "atom" ? asHtml(entry.title) : entry.title),
    link: webAddress(entry.url) ?? address,
    date,
    published: date,
    content: format === "json" ? plain(entry.content) : cdata(entry.content),
    ...(summary === "" ? {} : { description: summary }),
  };
}

/** The library unescapes `&amp;` before it escapes, which would turn a written `&amp;lt;` into markup. */
function xmlText(text: string): string {
  return plain(text).replaceAll("&", "&amp;");
}

/** The library splits only the first `]]>` in a section; in HTML the reference says the same. */
function cdata(html: string): string {
  return plain(html).replaceAll("]]>", "]]&gt;");
}

function webAddress(address: string | null): string | undefined {
  return address !== null && URL.canParse(address) ? address : undefined;
}

function written(format: FeedFormat, document: Feed): string {
  switch (format) {
    case "rss":
      return document.rss2();
    case "atom":
      return document.atom1();
    case "json":
      return document.json1();
  }
}
