/** The three formats of a public feed, and which of them a reader gets: by suffix, else by its Accept header. */

import { parseAccept } from "hono/utils/accept";

export type FeedFormat = "rss" | "atom" | "json";

/** What each format is sent as. */
export const contentTypes: Readonly<Record<FeedFormat, string>> = {
  rss: "application/rss+xml; charset=utf-8",
  atom: "application/atom+xml; charset=utf-8",
  json: "application/feed+json; charset=utf-8",
};

// In our order of preference, which settles ties; readers that ask for plain XML mean RSS.
const offers: readonly (readonly [type: string, format: FeedFormat])[] = [
  ["application/rss+xml", "rss"],
  ["application/xml", "rss"],
  ["text/xml", "rss"],
  ["application/atom+xml", "atom"],
  ["application/feed+json", "json"],
  ["application/json", "json"],
];

/** `news.atom` is the feed `news` as Atom; `news` is that feed in whatever format the reader likes best. */
export function documentName(file: string): { readonly slug: string; readonly format: FeedFormat | undefined } {
  const [, slug, suffix] = /^(.+)\.(rss|atom|json)$/.exec(file) ?? [];
  return slug === undefined ? { slug: file, format: undefined } : { slug, format: suffix as FeedFormat };
}

/** The offer with the highest quality; RSS for a reader that accepts none of them, since a 406 helps nobody. */
export function negotiated(accept: string | undefined): FeedFormat {
  if (accept === undefined) return "rss";
  const ranges = parseAccept(accept).map(({ type, q }) => ({ type: type.toLowerCase(), q }));
  let best: FeedFormat = "rss";
  let bestQuality = 0;
  for (const [type, format] of offers) {
    const group = `${type.slice(0, type.indexOf("/"))}/*`;
    // The most specific range decides, so that `*/*;q=0.1` does not lift what `text/xml;q=0` ruled out.
    const range = [type, group, "*/*"]
      .map((wanted) => ranges.find((candidate) => candidate.type === wanted))
      .find(Boolean);
    if (range !== undefined && range.q > bestQuality) {
      best = format;
      bestQuality = range.q;
    }
  }
  return best;
}
