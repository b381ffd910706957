import { describe, expect, test } from "vitest";
import { backoffMs, restMs } from "./next-fetch.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const nowMs = Date.UTC(2026, 10, 22, 12);
const date = (ms: number) => new Date(nowMs + ms).toUTCString();

describe("a feed is left alone", () => {
  test.each<[why: string, headers: Record<string, string>, refreshMs: number | undefined, restMs: number]>([
    ["an hour if nobody says anything", {}, undefined, hourMs],
    ["as long as Cache-Control says", { "Cache-Control": "public, max-age=7200" }, undefined, 2 * hourMs],
    ["in whatever letters", { "Cache-Control": 'PUBLIC,MAX-AGE="7200"' }, undefined, 2 * hourMs],
    ["less what it was in caches", { "Cache-Control": "max-age=7200", Age: "3600" }, undefined, hourMs],
    ["not by what only ends like it", { "Cache-Control": "x-max-age=7200, max-age=72x" }, undefined, hourMs],
    ["not by what shared caches are told", { "Cache-Control": "s-maxage=7200" }, undefined, hourMs],
    ["as long as Expires says", { Expires: date(3 * hourMs) }, undefined, 3 * hourMs],
    ["by the publisher's own clock", { Expires: date(5 * hourMs), Date: date(3 * hourMs) }, undefined, 2 * hourMs],
    [
      "by Cache-Control before Expires",
      { Expires: date(5 * hourMs), "Cache-Control": "max-age=7200" },
      undefined,
      2 * hourMs,
    ],
    ["an hour by Expires: 0", { Expires: "0" }, undefined, hourMs],
    ["an hour by Expires in the past", { Expires: date(-hourMs) }, undefined, hourMs],
    ["as long as the feed says", {}, 3 * hourMs, 3 * hourMs],
    ["by the longest of them", { "Cache-Control": "max-age=7200" }, 3 * hourMs, 3 * hourMs],
    ["by the longest of them", { "Cache-Control": "max-age=14400" }, 3 * hourMs, 4 * hourMs],
    ["as long as Retry-After says", { "Retry-After": "10800" }, undefined, 3 * hourMs],
    ["a quarter of an hour at least", { "Cache-Control": "max-age=1" }, minuteMs, 15 * minuteMs],
    ["a day at most", { "Cache-Control": "max-age=31536000" }, undefined, 24 * hourMs],
    ["a day at most", { "Cache-Control": `max-age=${"9".repeat(400)}` }, undefined, 24 * hourMs],
    ["a day at most", {}, 400 * 24 * hourMs, 24 * hourMs],
    [
      "an hour by what makes no sense",
      { "Cache-Control": "max-age=-1", Expires: "never", Age: "x" },
      undefined,
      hourMs,
    ],
  ])("%s: %j", (_, headers, refreshMs, expected) => {
    expect(restMs(new Headers(headers), refreshMs, nowMs)).toBe(expected);
  });

  test("twice as long with every failure, up to a day", () => {
    const minutes = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map((failures) => backoffMs(failures, 0) / minuteMs);
    expect(minutes).toEqual([15, 30, 60, 120, 240, 480, 960, 1_440, 1_440]);
    expect(backoffMs(1, 2 * hourMs)).toBe(2 * hourMs);
    expect(backoffMs(5, 2 * hourMs)).toBe(4 * hourMs);
    expect(backoffMs(1, 48 * hourMs)).toBe(24 * hourMs);
  });
});
