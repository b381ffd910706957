/** JSON Feed 1 and 1.1, read. */

import { asHtml } from "../text.ts";
import { mostWritten, NotAFeedError, type WrittenEntry, type WrittenFeed } from "./found-feed.ts";

/** @throws NotAFeedError */
export function jsonFeed(text: string): WrittenFeed {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new NotAFeedError("It is not JSON, although it begins as if it were.");
  }
  const { version, title, items } = Object(document) as Readonly<Record<string, unknown>>;
  if (typeof version !== "string" || !/^https?:\/\/jsonfeed\.org\/version\//.test(version)) {
    throw new NotAFeedError("It is JSON, but no JSON Feed.");
  }
  const found = Array.isArray(items) ? items.slice(0, mostWritten).map(entryOf) : [];
  return { title: asHtml(textOf(title) ?? ""), refreshMs: undefined, entries: found };
}

function entryOf(item: unknown): WrittenEntry {
  const given = Object(item) as Readonly<Record<string, unknown>>;
  const html = textOf(given["content_html"]);
  const text = textOf(given["content_text"]);
  const summary = textOf(given["summary"]);
  const title = textOf(given["title"]);
  const id = typeof given["id"] === "number" ? String(given["id"]) : textOf(given["id"]);
  const fields: { [Field in keyof WrittenEntry]: string | undefined } = {
    id,
    url: textOf(given["url"]) ?? textOf(given["external_url"]),
    title: title && asHtml(title),
    summary: summary && asHtml(summary),
    content: html ?? (text && asHtml(text).replaceAll(/\n{2,}/g, "<p>")),
    published: textOf(given["date_published"]),
    updated: textOf(given["date_modified"]),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
