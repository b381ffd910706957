import fc from "fast-check";
import { SaxesParser } from "saxes";
import { describe, expect, test } from "vitest";
import type { EntryRecord } from "./entry-records.ts";
import { feedDocument } from "./feed-document.ts";
import type { FeedFormat } from "./feed-format.ts";
import type { PublicFeedRecord } from "./feed-records.ts";
import { plain } from "./text.ts";

const address = "https://feeds.example/public/ada/news";
const feed: PublicFeedRecord = {
  id: "f",
  ownerId: "u",
  ownerName: "ada",
  slug: "news",
  title: "News",
  description: "",
  homepage: null,
  createdAtMs: Date.UTC(2026, 0, 1),
};
const entry: EntryRecord = {
  id: "5eed0000-0000-8000-8000-000000000002",
  title: "One",
  summary: "First",
  content: "<p>First</p>",
  url: null,
  publishedAtMs: Date.UTC(2026, 1, 1),
};

async function written(format: FeedFormat, some: Partial<EntryRecord>, about: Partial<PublicFeedRecord> = {}) {
  const { bytes } = await feedDocument(format, { ...feed, ...about }, [{ ...entry, ...some }], address);
  return new TextDecoder().decode(bytes);
}

/** Every text in the document by its element's path; a conforming parser refuses what is not well-formed. */
function textsOf(xml: string): Map<string, string> {
  const texts = new Map<string, string>();
  const path: string[] = [];
  const parser = new SaxesParser();
  const add = (text: string) => texts.set(path.join("/"), (texts.get(path.join("/")) ?? "") + text);
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name }) => path.push(name));
  parser.on("closetag", () => path.pop());
  parser.on("text", add);
  parser.on("cdata", add);
  parser.write(xml).close();
  return texts;
}

describe("texts come out as they went in", () => {
  const nasty = `a & b &amp; c &lt;b&gt; <i>"x"</i> ]]> ]]> 'z'\u0000\u000b\uffff é 🌱 \ud800`;

  test("RSS", async () => {
    const texts = textsOf(await written("rss", { title: nasty, content: nasty }, { title: nasty, description: nasty }));
    expect(texts.get("rss/channel/title")).toBe(plain(nasty));
    expect(texts.get("rss/channel/description")).toBe(plain(nasty));
    expect(texts.get("rss/channel/item/title")).toBe(plain(nasty).replaceAll("]]>", "]]&gt;"));
    expect(texts.get("rss/channel/item/content:encoded")).toBe(plain(nasty).replaceAll("]]>", "]]&gt;"));
    expect(texts.get("rss/channel/item/guid")).toBe(`urn:uuid:${entry.id}`);
    expect(texts.get("rss/channel/ttl")).toBe("60");
  });

  test("Atom, whose titles and summaries are HTML", async () => {
    const some = { title: "1 < 2 & 3", summary: "<script>alert(1)</script>" };
    const texts = textsOf(await written("atom", some, { title: nasty, description: nasty }));
    expect(texts.get("feed/title")).toBe(plain(nasty));
    expect(texts.get("feed/subtitle")).toBe(plain(nasty));
    expect(texts.get("feed/author/name")).toBe("ada");
    expect(texts.get("feed/entry/title")).toBe("1 &lt; 2 &amp; 3");
    expect(texts.get("feed/entry/summary")).toBe("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(texts.get("feed/entry/updated")).toBe("2026-02-01T00:00:00.000Z");
  });

  test("JSON Feed", async () => {
    const json = JSON.parse(await written("json", { title: nasty, content: nasty }, { title: nasty }));
    expect(json).toMatchObject({ version: "https://jsonfeed.org/version/1", title: plain(nasty) });
    expect(json.feed_url).toBe(`${address}.json`);
    expect(json.items[0]).toMatchObject({ title: plain(nasty), content_html: plain(nasty), summary: "First" });
  });

  test("any text at all leaves XML well-formed and JSON readable", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.stringMatching(/^[\]&><;amplt"'/!C[-]{0,20}$/),
    );
    await fc.assert(
      fc.asyncProperty(text, text, fc.oneof(text, fc.webUrl()), async (title, content, url) => {
        for (const format of ["rss", "atom"] as const) {
          const about = { title: content, description: title, homepage: url };
          textsOf(await written(format, { title, content, summary: content, url }, about));
        }
        JSON.parse(await written("json", { title, content, url }, { title }));
      }),
      { numRuns: 150 },
    );
  });
});

describe("a document", () => {
  test("is the same bytes under the same tag each time, and another tag for each format", async () => {
    const tags = new Set<string>();
    for (const format of ["rss", "atom", "json"] as const) {
      const first = await feedDocument(format, feed, [entry], address);
      const second = await feedDocument(format, feed, [entry], address);
      expect(second).toEqual(first);
      expect(first.etag).toMatch(/^"[0-9a-f]{32}"$/);
      tags.add(first.etag);
    }
    expect(tags.size).toBe(3);
  });

  test("has another tag once anything in it changes", async () => {
    const { etag } = await feedDocument("rss", feed, [entry], address);
    const changed = await feedDocument("rss", feed, [{ ...entry, title: "Two" }], address);
    expect(changed.etag).not.toBe(etag);
  });

  test("was last modified when its newest entry was published, or when the feed was made", async () => {
    expect((await feedDocument("rss", feed, [entry], address)).lastModifiedMs).toBe(entry.publishedAtMs);
    const empty = await feedDocument("rss", feed, [], address);
    expect(empty.lastModifiedMs).toBe(feed.createdAtMs);
    expect(textsOf(new TextDecoder().decode(empty.bytes)).get("rss/channel/title")).toBe("News");
  });
});
