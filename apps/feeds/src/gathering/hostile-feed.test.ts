import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { atom, json, rss1, rss2 } from "./documents-fixture.ts";
import { NotAFeedError } from "./found-feed.ts";
import { readFeed } from "./read-feed.ts";

const base = "https://news.example/feeds/all.xml";
const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string, contentType: string | null = null) => readFeed(bytes(text), contentType, base);

describe("hostile input costs no more than its size", () => {
  const size = 2_000_000;
  const full = (part: string, head = "", tail = "") =>
    head + part.repeat((size - head.length - tail.length) / part.length) + tail;
  const item = ["<rss><channel><item><title>x</title><description>", "</description></item></channel></rss>"] as const;
  test.each([
    [
      "entities that grow",
      `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><rss><channel><title>&b;</title>${full("&b;")}</channel></rss>`,
    ],
    [
      "an outside entity",
      '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&a;</title></item></channel></rss>',
    ],
    ["deep elements", full("<a>", "<rss>")],
    ["attributes", full(' a:b="c"', "<rss", "/>")],
    ["namespaces", full('<a xmlns:b="c"/>', "<rss>", "</rss>")],
    ["prefixes that nothing binds", full("<a:b/>", "<rss>", "</rss>")],
    ["empty entries", full("<item/>", "<rss><channel>", "</channel></rss>")],
    ["comments that never end", full("&lt;!--", ...item)],
    ["scripts that never end", full("&lt;script&gt;", ...item)],
    ["tags that never end", full("&lt;p ", ...item)],
    ["ends of scripts that never end", full("&lt;/script    ", `${item[0]}&lt;script&gt;`, item[1])],
    ["ampersands", full("&amp;", ...item)],
    ["one long word", full("x", ...item)],
    ["blanks", full(" ", ...item)],
    ["line ends", full("&lt;br&gt;", ...item)],
    ["brackets", full("[", '{"version":"https://jsonfeed.org/version/1","items":')],
    ["an open CDATA", full("<![CDATA[", "<rss><channel><item><title>")],
    ["processing instructions", full("<?a b?>", "<rss>", "</rss>")],
    ["an endless doctype", full("<!ENTITY a 'b'>", "<!DOCTYPE x [")],
    ["bytes above ASCII", full("é", ...item)],
  ])("%s", (_, text) => {
    const started = performance.now();
    try {
      const found = read(text);
      expect(JSON.stringify(found).length).toBeLessThan(3 * size);
      expect(JSON.stringify(found)).not.toMatch(/root:|aaaaaaaaaa/);
    } catch (error) {
      expect(error).toBeInstanceOf(NotAFeedError);
    }
    // Far from what it takes, and as far from what it took if time grew with the square of the size.
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  test("names that nothing declares are read up to a number", () => {
    const named = (count: number) =>
      `<rss><channel><item><title>x${"&a;".repeat(count)}</title></item></channel></rss>`;
    expect(read(named(5_000)).entries).toHaveLength(1);
    expect(() => read(named(5_001))).toThrow(NotAFeedError);
  });

  test("nothing but its own error is thrown, whatever comes", () => {
    const known = fc.constantFrom(rss2, rss1, atom, json);
    const cut = fc.tuple(known, fc.nat(3_000), fc.nat(3_000), fc.string({ unit: "binary" }));
    const broken = cut.map(([text, from, length, other]) => text.slice(0, from) + other + text.slice(from + length));
    const markup = fc.constantFrom(
      "<",
      ">",
      "</",
      "/>",
      "&",
      ";",
      "]]>",
      "<![CDATA[",
      "<!--",
      "-->",
      "<?",
      "?>",
      '"',
      "'",
      "rss",
      "item",
      " xmlns=",
      "\0",
      "é",
    );
    const soup = fc
      .array(fc.oneof(markup, fc.string({ maxLength: 5 })), { maxLength: 40 })
      .map((parts) => `<rss><channel><item>${parts.join("")}`);
    const typed = fc.tuple(
      fc.oneof(broken.map(bytes), soup.map(bytes), fc.uint8Array({ maxLength: 500 })),
      fc.option(fc.string()),
    );
    fc.assert(
      fc.property(typed, ([document, contentType]) => {
        try {
          for (const { id, title, summary, content, url, publishedAtMs } of readFeed(document, contentType, base)
            .entries) {
            expect(id.length * title.length * content.length).toBeGreaterThan(0);
            expect(title.length).toBeLessThanOrEqual(200);
            expect(summary.length).toBeLessThanOrEqual(1_000);
            expect(content.replaceAll(/<\/?p>/g, "")).not.toMatch(/[<>]/);
            expect(url === null || /^https?:/.test(url)).toBe(true);
            expect(publishedAtMs === undefined || Number.isSafeInteger(publishedAtMs)).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(NotAFeedError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
