/** Which element of which feed format means what. */

import type { SaxesTagNS } from "saxes";

const atom = "http://www.w3.org/2005/Atom";
const rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const dublinCore = "http://purl.org/dc/elements/1.1/";
const contentModule = "http://purl.org/rss/1.0/modules/content/";
const syndication = "http://purl.org/rss/1.0/modules/syndication/";
/** RSS 2.0 has no namespace; the others are those of RSS 1.0, 0.90 and of some that say so. */
const rss = [
  "",
  "http://purl.org/rss/1.0/",
  "http://my.netscape.com/rdf/simple/0.9/",
  "http://backend.userland.com/rss2",
];

/** A text that is kept, and how. */
export interface Field {
  readonly name: string;
  /** Its text is HTML, written so that XML lets it pass; else it is plain, or real markup. */
  readonly isHtml: boolean;
  /** It replaces one that was read before. */
  readonly isBetter: boolean;
  /** What an attribute says, where that counts instead of the text. */
  readonly value?: string | undefined;
}

export type XmlFormat = "rss" | "rdf" | "atom";

/** The format of a document that begins so; undefined if it is no feed. */
export function rootFormat({ local, uri }: SaxesTagNS): XmlFormat | undefined {
  if (local === "feed" && uri === atom) return "atom";
  if (local === "RDF" && uri === rdf) return "rdf";
  return local === "rss" && rss.includes(uri) ? "rss" : undefined;
}

export function isFeed({ local, uri }: SaxesTagNS): boolean {
  return (local === "feed" && uri === atom) || (local === "channel" && rss.includes(uri));
}

export function isEntry({ local, uri }: SaxesTagNS): boolean {
  return (local === "entry" && uri === atom) || (local === "item" && rss.includes(uri));
}

/** What an element is that stands in an entry or in the feed itself; undefined if nothing of it is kept. */
export function fieldOf(tag: SaxesTagNS, inEntry: boolean): Field | undefined {
  const { local, uri } = tag;
  if (!inEntry) {
    const isKept =
      uri === syndication ? /^update(?:Period|Frequency)$/.test(local) : local === "title" || local === "ttl";
    return isKept && (uri === syndication || uri === atom || rss.includes(uri)) ? text(local, tag) : undefined;
  }
  if (uri === atom) return atomField(tag);
  if (uri === contentModule) return local === "encoded" ? { ...html("content"), isBetter: true } : undefined;
  if (uri === dublinCore) return local === "date" ? text("published", tag) : undefined;
  return rss.includes(uri) ? rssField(tag) : undefined;
}

function rssField(tag: SaxesTagNS): Field | undefined {
  switch (tag.local) {
    case "title":
      return html("title");
    case "description":
      return html("summary");
    case "link":
      return plainField("url");
    case "guid":
      return { ...plainField(tag.attributes["isPermaLink"]?.value === "false" ? "id" : "permalink"), isBetter: true };
    case "pubDate":
      return { ...plainField("published"), isBetter: true };
    default:
      return undefined;
  }
}

function atomField(tag: SaxesTagNS): Field | undefined {
  switch (tag.local) {
    case "title":
    case "summary":
    case "content":
      return text(tag.local, tag);
    case "id":
    case "published":
    case "updated":
      return plainField(tag.local);
    case "link": {
      const rel = tag.attributes["rel"]?.value ?? "alternate";
      const value = tag.attributes["href"]?.value;
      return rel === "alternate" && value !== undefined ? { ...plainField("url"), value } : undefined;
    }
    default:
      return undefined;
  }
}

/** Atom says of each text what it is; RSS says nothing, and means HTML. */
function text(name: string, { uri, attributes }: SaxesTagNS): Field {
  const type = attributes["type"]?.value ?? "text";
  return { name, isHtml: uri !== atom || /^(?:html|text\/html)$/i.test(type), isBetter: false };
}

function html(name: string): Field {
  return { name, isHtml: true, isBetter: false };
}

/** Addresses, names and dates: nothing in them is markup. */
function plainField(name: string): Field {
  return { name, isHtml: true, isBetter: false };
}
