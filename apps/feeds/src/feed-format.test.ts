import { describe, expect, test } from "vitest";
import { documentName, type FeedFormat, negotiated } from "./feed-format.ts";

describe("the format a reader gets", () => {
  test.each<[accept: string | undefined, format: FeedFormat]>([
    [undefined, "rss"],
    ["", "rss"],
    ["*/*", "rss"],
    ["application/*", "rss"],
    ["text/*", "rss"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "rss"],
    ["application/rss+xml, application/rdf+xml;q=0.8, application/atom+xml;q=0.6, application/xml;q=0.4", "rss"],
    ["application/atom+xml", "atom"],
    ["APPLICATION/ATOM+XML", "atom"],
    ["application/atom+xml,application/rss+xml;q=0.9", "atom"],
    ["application/rss+xml;q=0.5, application/atom+xml;q=0.7, */*;q=0.1", "atom"],
    ["application/feed+json", "json"],
    ["application/json", "json"],
    ["application/json, text/plain, */*", "rss"],
    ["application/feed+json, application/atom+xml;q=0.9, */*;q=0.1", "json"],
    ["*/*, application/rss+xml;q=0, application/xml;q=0, text/xml;q=0", "atom"],
    ["image/png", "rss"],
    ["application/rss+xml;q=0", "rss"],
    ["application/atom+xml;q=banana", "atom"],
    [",;=,;q", "rss"],
  ])("%s → %s", (accept, format) => {
    expect(negotiated(accept)).toBe(format);
  });

  test.each([
    ["news", "news", undefined],
    ["news.rss", "news", "rss"],
    ["news.atom", "news", "atom"],
    ["news.json", "news", "json"],
    ["news.xml", "news.xml", undefined],
    ["news.rss.json", "news.rss", "json"],
    [".rss", ".rss", undefined],
    ["", "", undefined],
  ])("%j is the feed %j as %j", (file, slug, format) => {
    expect(documentName(file)).toEqual({ slug, format });
  });
});
