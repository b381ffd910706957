import { describe, expect, test } from "vitest";
import { atom, json, rss1, rss2 } from "./documents-fixture.ts";
import { NotAFeedError } from "./found-feed.ts";
import { readFeed } from "./read-feed.ts";

const base = "https://news.example/feeds/all.xml";
const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string, contentType: string | null = null) => readFeed(bytes(text), contentType, base);

describe("a feed is read", () => {
  test("from RSS 2.0", () => {
    expect(read(rss2, "text/xml")).toEqual({
      title: "Harbour & Sea",
      refreshMs: 45 * 60_000,
      entries: [
        {
          id: "tag:news.example,2026:fish",
          title: "Fish & chips again",
          summary: "In short: fish.",
          content: "<p>One paragraph.</p><p>Two here &lt;script&gt;.</p>",
          url: "https://news.example/2026/fish?a=1&b=2",
          publishedAtMs: Date.UTC(2026, 10, 21, 8, 30),
        },
        {
          id: "https://news.example/2026/plain",
          title: "Only a description",
          summary: "",
          content: "<p>Only a description</p>",
          url: "https://news.example/2026/plain",
          publishedAtMs: Date.UTC(2026, 10, 20, 8),
        },
      ],
    });
  });

  test("from RSS 1.0, in the encoding that it names", () => {
    const latin = Uint8Array.from(rss1, (letter) => letter.charCodeAt(0));
    expect(readFeed(latin, "application/rdf+xml", base)).toEqual({
      title: "Café",
      refreshMs: 30 * 60_000,
      entries: [
        {
          id: "https://news.example/1",
          title: "Thé",
          summary: "",
          content: "<p>Tea</p>",
          url: "https://news.example/1",
          publishedAtMs: Date.UTC(2026, 10, 19),
        },
      ],
    });
    expect(readFeed(latin, "application/rdf+xml; charset=windows-1252", base).title).toBe("Café");
    expect(readFeed(latin, "application/rdf+xml; charset=nonsense", base).title).toBe("Caf\ufffd");
  });

  test("from Atom", () => {
    expect(read(atom)).toEqual({
      title: "A <b> title",
      refreshMs: undefined,
      entries: [
        {
          id: "urn:uuid:2",
          title: "Bread & butter",
          summary: "a < b",
          content: "<p>One bold &lt;word&gt;</p><p>Two</p>",
          url: "https://news.example/2026/bread",
          publishedAtMs: Date.UTC(2026, 10, 20, 22),
        },
        {
          id: "Without an id\nyesterday\nPlain & simple",
          title: "Without an id",
          summary: "",
          content: "<p>Plain &amp; simple</p>",
          url: null,
          publishedAtMs: undefined,
        },
      ],
    });
  });

  test("from JSON Feed", () => {
    expect(read(json)).toEqual({
      title: "Tom & <Jerry>",
      refreshMs: undefined,
      entries: [
        {
          id: "7",
          title: "1 < 2",
          summary: "",
          content: "<p>Seven</p>",
          url: "https://news.example/7",
          publishedAtMs: Date.UTC(2026, 10, 21, 18),
        },
        {
          id: "8",
          title: "First.",
          summary: "In short",
          content: "<p>First.</p><p>Second &lt;b&gt;</p>",
          url: null,
          publishedAtMs: Date.UTC(2026, 10, 20),
        },
      ],
    });
  });

  test("in UTF-16, and after a mark and blanks", () => {
    const wide = new Uint8Array([
      0xff,
      0xfe,
      ...new Uint8Array(Uint16Array.from(atom, (letter) => letter.charCodeAt(0)).buffer),
    ]);
    expect(readFeed(wide, "application/atom+xml", base).entries).toHaveLength(2);
    expect(read(`\ufeff\n\n ${rss2}`).entries).toHaveLength(2);
  });

  test("with names that no document type declares, and prefixes that nothing binds", () => {
    const { entries } = read("<rss><channel><item><title>a&nbsp;b &hellip;</title><x:y>z</x:y></item></channel></rss>");
    expect(entries).toMatchObject([{ title: "a b …" }]);
  });

  test("up to the newest hundred entries", () => {
    const item = (n: number) =>
      `<item><guid>${n}</guid><title>${n}</title><pubDate>2026-01-01T00:00:${n % 60}0Z</pubDate></item>`;
    const old = Array.from({ length: 300 }, (_, n) => item(n).replace("2026", "1999").replace(/:\d+Z/, ":00Z")).join(
      "",
    );
    const fresh = Array.from({ length: 60 }, (_, n) => `<item><guid>f${n}</guid><title>f</title></item>`).join("");
    const { entries } = read(`<rss><channel>${old}${fresh}</channel></rss>`);
    expect(entries).toHaveLength(100);
    expect(entries.filter(({ id }) => id.startsWith("f"))).toHaveLength(60);
  });

  test("within bounds", () => {
    const long = "\u{1f331} ".repeat(300_000);
    const { title, entries } = read(
      `<rss><channel><title>${long}</title><item><title>${long}</title><link>https://x.example/${"y".repeat(3_000)}</link><description>${long}</description></item></channel></rss>`,
    );
    const [entry] = entries;
    for (const text of [title, entry?.title ?? ""]) {
      expect(text.length).toBeLessThanOrEqual(200);
      expect(text.isWellFormed()).toBe(true);
    }
    expect(entry?.url).toBeNull();
    expect(entry?.content.length).toBeLessThanOrEqual(100_000);
  });

  test.each([
    ["javascript:alert(1)", null],
    ["data:text/html,x", null],
    ["https://user:pass@bank.example/", null],
    ["http://[", null],
    ["  https://ok.example/a b  ", "https://ok.example/a%20b"],
  ])("whose address is %s", (link, url) => {
    expect(
      read(`<rss><channel><item><title>x</title><link>${link}</link></item></channel></rss>`).entries,
    ).toMatchObject([{ url }]);
  });
});

describe("what is no feed is said to be none", () => {
  test.each([
    ["nothing", "", /nothing in it/],
    ["blanks", " \n ", /nothing in it/],
    ["a page", "<!doctype html><html><head></head></html>", /is a page/],
    ["a picture", "<svg/>", /root is <svg>/],
    ["text", "Not found", /not well-formed/],
    ["half a feed", rss2.slice(0, 900), /not well-formed/],
    ["tags that cross", "<rss><channel></rss></channel>", /not well-formed/],
    ["JSON", "{}", /no JSON Feed/],
    ["half of JSON", '{"version":', /not JSON/],
    ["Atom of another namespace", '<feed xmlns="http://purl.org/atom/ns#"/>', /root is <feed>/],
    ["what nests too deep", `<rss>${"<a>".repeat(200)}`, /nest more than 100/],
    ["bytes", "\u0000\u0001\u0002", /nothing in it/],
  ])("%s", (_, text, message) => {
    expect(() => read(text)).toThrow(NotAFeedError);
    expect(() => read(text)).toThrow(message);
  });
});
