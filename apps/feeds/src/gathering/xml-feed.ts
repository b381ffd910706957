/** RSS 2.0 and 0.9x, RSS 1.0 and Atom, read in one pass: no entity but XML's own is resolved, and no document type is heeded. */

import { SaxesParser, type SaxesTagNS } from "saxes";
import { asHtml } from "../text.ts";
import { mostWritten, NotAFeedError, type WrittenEntry, type WrittenFeed } from "./found-feed.ts";
import { type Field, fieldOf, isEntry, isFeed, rootFormat } from "./xml-fields.ts";

/** Articles nest less; a parser that looks a prefix up walks through all that are open. */
const deepest = 100;

/** Names that nothing declares are many in a feed that has them at all; each costs the parser an error. */
const mostUndeclared = 5_000;

/** What is being read: a field of the entry or of the feed, with the markup within it. */
interface Reading {
  readonly field: Field;
  readonly depth: number;
  text: string;
}

/** @throws NotAFeedError */
export function xmlFeed(text: string): WrittenFeed {
  if (/^<(?:!doctype\s+html|html)\b/i.test(text)) throw new NotAFeedError("It is a page, and no feed.");
  // A prefix that nothing binds is a mistake that many feeds make, and means nothing that is looked for.
  const resolvePrefix = (prefix: string) => (prefix === "" ? undefined : `unknown:${prefix}`);
  const parser = new SaxesParser({ xmlns: true, position: false, resolvePrefix });
  const entries: WrittenEntry[] = [];
  const feed: Record<string, string> = {};
  let depth = 0;
  let feedDepth = 0;
  let hasRoot = false;
  let undeclared = 0;
  let entry: { readonly fields: WrittenEntry; readonly depth: number } | undefined;
  let reading: Reading | undefined;

  parser.on("error", (error) => {
    // `&nbsp;` and the like, which a document type would have to declare: they stay as they are, and are read with the HTML.
    if (/undefined entity/.test(error.message) && undeclared++ < mostUndeclared) return;
    throw new NotAFeedError(`It is not well-formed XML: ${error.message.slice(0, 100)}.`);
  });
  parser.on("opentag", (tag: SaxesTagNS) => {
    depth++;
    if (depth > deepest) throw new NotAFeedError(`Its elements nest more than ${deepest} deep.`);
    if (depth === 1) {
      if (rootFormat(tag) === undefined)
        throw new NotAFeedError(`It is no feed: its root is <${tag.name.slice(0, 40)}>.`);
      hasRoot = true;
    }
    if (reading !== undefined) {
      // Markup in the midst of a text is a tag of it again, so that words do not run together.
      reading.text += `<${tag.local}>`;
    } else if (entry === undefined && isEntry(tag)) {
      const about = tag.attributes["rdf:about"]?.value;
      entry = { fields: about === undefined ? {} : { id: about }, depth };
    } else if (isFeed(tag)) {
      feedDepth = depth;
    } else {
      const isField = depth === (entry?.depth ?? feedDepth) + 1;
      const field = isField ? fieldOf(tag, entry !== undefined) : undefined;
      if (field !== undefined) reading = { field, depth, text: field.value ?? "" };
    }
  });
  const add = (chunk: string): void => {
    if (reading !== undefined && reading.field.value === undefined) {
      // Within markup, and where it is said to be plain, text is no HTML yet.
      const isHtml = reading.field.isHtml && depth === reading.depth;
      reading.text += isHtml ? chunk : asHtml(chunk);
    }
  };
  parser.on("text", add);
  parser.on("cdata", add);
  parser.on("closetag", (tag: SaxesTagNS) => {
    if (reading !== undefined && depth > reading.depth) reading.text += `</${tag.local}>`;
    if (reading?.depth === depth) {
      const { name, isBetter } = reading.field;
      const fields = (entry?.fields ?? feed) as Record<string, string>;
      // The first of a name counts, unless another is better by what it says of itself.
      if (reading.text.trim() !== "" && (fields[name] === undefined || isBetter)) fields[name] = reading.text;
      reading = undefined;
    } else if (entry?.depth === depth) {
      if (entries.length < mostWritten) entries.push(entry.fields);
      entry = undefined;
    }
    depth--;
  });
  parser.write(text).close();
  if (!hasRoot) throw new NotAFeedError("There is nothing in it.");
  return { title: feed["title"] ?? "", refreshMs: refreshMs(feed), entries };
}

const periodMs: Readonly<Record<string, number>> = {
  hourly: 3_600_000,
  daily: 86_400_000,
  weekly: 7 * 86_400_000,
  monthly: 30 * 86_400_000,
  yearly: 365 * 86_400_000,
};

/** What RSS says in minutes, or the syndication module in so many times a period. */
function refreshMs({ ttl, updatePeriod, updateFrequency }: Readonly<Record<string, string>>): number | undefined {
  if (ttl !== undefined && /^\s*\d{1,6}\s*$/.test(ttl)) return Number(ttl) * 60_000;
  const period = periodMs[updatePeriod?.trim() ?? ""];
  const times = /^\s*\d{1,4}\s*$/.test(updateFrequency ?? "1") ? Number(updateFrequency ?? 1) : 1;
  return period && Math.ceil(period / Math.max(1, times));
}
