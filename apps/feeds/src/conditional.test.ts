import { describe, expect, test } from "vitest";
import { isNotModified } from "./conditional.ts";

const etag = '"abc"';
const lastModifiedMs = Date.UTC(1994, 10, 6, 8, 49, 37, 250);
const imf = "Sun, 06 Nov 1994 08:49:37 GMT";

describe("a reader has the document already", () => {
  test.each<[title: string, headers: Record<string, string>, notModified: boolean]>([
    ["no condition", {}, false],
    ["the tag", { "If-None-Match": '"abc"' }, true],
    ["the tag made weak by a proxy", { "If-None-Match": 'W/"abc"' }, true],
    ["another tag", { "If-None-Match": '"abd"' }, false],
    ["the tag in a list", { "If-None-Match": '"x", W/"abc" ,"y"' }, true],
    ["a list with empty items", { "If-None-Match": ',, "abc",' }, true],
    ["a tag that holds a comma", { "If-None-Match": '"x,y", "abc"' }, true],
    ["tags of which none fits", { "If-None-Match": '"x", "y"' }, false],
    ["anything", { "If-None-Match": "*" }, true],
    ["a star inside a tag", { "If-None-Match": '"*"' }, false],
    ["the tag without its quotes", { "If-None-Match": "abc" }, false],
    ["an empty header", { "If-None-Match": "" }, false],
    ["an unclosed tag", { "If-None-Match": '"abc' }, false],
    ["the tag's bytes inside another", { "If-None-Match": '"xabc"' }, false],
    ["another tag wins over a date that would fit", { "If-None-Match": '"x"', "If-Modified-Since": imf }, false],
    [
      "the tag wins over a date that would not",
      { "If-None-Match": etag, "If-Modified-Since": "Sat, 05 Nov 1994 08:49:37 GMT" },
      true,
    ],
    ["the very second", { "If-Modified-Since": imf }, true],
    ["a second earlier", { "If-Modified-Since": "Sun, 06 Nov 1994 08:49:36 GMT" }, false],
    ["later", { "If-Modified-Since": "Mon, 07 Nov 1994 08:49:36 GMT" }, true],
    ["the date as RFC 850 wrote it", { "If-Modified-Since": "Sunday, 06-Nov-94 08:49:37 GMT" }, true],
    ["the date as asctime writes it", { "If-Modified-Since": "Sun Nov  6 08:49:37 1994" }, true],
    ["asctime, a second earlier", { "If-Modified-Since": "Sun Nov  6 08:49:36 1994" }, false],
    ["a date of another kind", { "If-Modified-Since": "2030-01-01T00:00:00Z" }, false],
    ["a date that does not exist", { "If-Modified-Since": "Sun, 99 Nov 2094 08:49:37 GMT" }, false],
    ["no date", { "If-Modified-Since": "yesterday" }, false],
  ])("%s", (_, headers, notModified) => {
    expect(isNotModified(new Headers(headers), { etag, lastModifiedMs })).toBe(notModified);
  });
});
