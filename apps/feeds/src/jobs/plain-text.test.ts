import { describe, expect, test } from "vitest";
import { enrichment, plainText } from "./plain-text.ts";

describe("plain text", () => {
  test.each<[html: string, text: string]>([
    ["<p>One</p><p>two</p>", "One two"],
    ["wo<b>r</b>d", "word"],
    ["a<br>b<hr/>c", "a b c"],
    ["&amp;lt; &lt;b&gt; &#8211; &#x2014; &nope; &#0; &#1114112;", "&lt; <b> – — &nope;"],
    ["<!-- no --><script>let a = '<p>no</p>';</script>yes<style>no", "yes"],
    ["<!-- never closed <p>no</p>", ""],
    ["2 < 3 and 4 > 1", "2 < 3 and 4 > 1"],
    ["<p title='a>b'>c", "b'>c"],
    ["&#xd800;", "\ufffd"],
    ["", ""],
  ])("of %j is %j", (html, text) => expect(plainText(html)).toBe(text));

  test.each(["<", "<!--", "<script", "<a ", "&#", "</", "<p>a"])("of much %j takes no time", (part) => {
    const started = performance.now();
    enrichment(part.repeat(100_000 / part.length));
    expect(performance.now() - started).toBeLessThan(500);
  });
});

test("words are counted in any script, and an excerpt ends with one", () => {
  expect(enrichment("<p>L’été, c’est 2 mots — не один</p>")).toMatchObject({ words: 6 });
  const { excerpt, words, readingMs } = enrichment(`<p>${"word ".repeat(240)}</p>`);
  expect([words, readingMs]).toEqual([240, 60_000]);
  expect(excerpt).toMatch(/word…$/);
  expect(excerpt.length).toBeLessThanOrEqual(280);
});
