import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { httpDate } from "./http-date.ts";

const now = Date.UTC(2027, 4, 12, 9, 30);
const example = Date.UTC(1994, 10, 6, 8, 49, 37);

describe("httpDate", () => {
  const dates: readonly (readonly [string, number])[] = [
    ["Sun, 06 Nov 1994 08:49:37 GMT", example],
    ["Sunday, 06-Nov-94 08:49:37 GMT", example],
    ["Sun Nov  6 08:49:37 1994", example],
    ["Wed Nov 16 08:49:37 1994", Date.UTC(1994, 10, 16, 8, 49, 37)],
    // The weekday is nobody's concern.
    ["Mon, 06 Nov 1994 08:49:37 GMT", example],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Sun, 29 Feb 2032 23:59:59 GMT", Date.UTC(2032, 1, 29, 23, 59, 59)],
    ["Sat, 31 Dec 2016 23:59:60 GMT", Date.UTC(2017, 0, 1)],
    ["Sat, 01 Jan 0099 00:00:00 GMT", Date.parse("0099-01-01T00:00:00Z")],
    // Of two digits, at most 50 years ahead.
    ["Tuesday, 12-May-77 09:30:00 GMT", Date.UTC(2077, 4, 12, 9, 30)],
    ["Wednesday, 12-May-78 09:30:00 GMT", Date.UTC(1978, 4, 12, 9, 30)],
    ["Wednesday, 12-May-27 09:30:00 GMT", now],
  ];
  it.each(dates)("reads %s", (text, at) => {
    expect(httpDate(text, now)).toBe(at);
  });

  it("knows the century when a year begins another", () => {
    expect(httpDate("Friday, 01-Jan-10 00:00:00 GMT", Date.UTC(1995, 0))).toBe(Date.UTC(2010, 0));
    expect(httpDate("Friday, 01-Jan-99 00:00:00 GMT", Date.UTC(2001, 0))).toBe(Date.UTC(1999, 0));
  });

  const none = [
    "",
    "120",
    "-1",
    "1.5",
    "2027-05-12T09:30:00Z",
    "Wed, 12 May 2027 09:30:00 UTC",
    "Wed, 12 May 2027 09:30:00 +0000",
    "Wed, 12 May 2027 09:30:00",
    "wed, 12 may 2027 09:30:00 gmt",
    "Wed, 12 May 27 09:30:00 GMT",
    "Wed, 2 May 2027 09:30:00 GMT",
    "Wed, 12 Mai 2027 09:30:00 GMT",
    "Sun, 30 Feb 2027 09:30:00 GMT",
    "Mon, 29 Feb 2027 09:30:00 GMT",
    "Wed, 00 May 2027 09:30:00 GMT",
    "Wed, 12 May 2027 24:00:00 GMT",
    "Wed, 12 May 2027 09:60:00 GMT",
    "Wed, 12 May 2027 09:30:61 GMT",
    "Wed, 12 May 2027 9:30:00 GMT",
    " Wed, 12 May 2027 09:30:00 GMT",
    "Wed, 12 May 2027 09:30:00 GMT, 5",
    "Sun Nov 6 08:49:37 1994",
    "Sun-day, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
  ];
  it.each(none)("does not read %j", (text) => {
    expect(httpDate(text, now)).toBeUndefined();
  });

  it("reads what every clock writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (second) => {
        expect(httpDate(new Date(second * 1000).toUTCString(), now)).toBe(second * 1000);
      }),
    );
  });
});
