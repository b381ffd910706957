import { describe, expect, it } from "vitest";
import type { Advice } from "./advice.ts";
import { adviceOf } from "./advice-of.ts";

const now = Date.UTC(2027, 4, 12, 9, 30);
const epoch = now / 1000;
const at = (ms: number): string => new Date(now + ms).toUTCString();
const day = 86_400_000;

type Fields = Record<string, string>;
const of = (fields: Fields, status = 429): Advice => adviceOf(new Headers(fields), now, status);

describe("Retry-After", () => {
  const waits: readonly (readonly [string, number])[] = [
    ["120", 120_000],
    ["0", 0],
    ["007", 7_000],
    ["  5 ", 5_000],
    ["86400", day],
    // Longer is asked again then.
    ["86401", day],
    ["172800", day],
    ["9".repeat(400), day],
    [at(60_000), 60_000],
    ["Wednesday, 12-May-27 09:31:00 GMT", 60_000],
    ["Wed May 12 09:31:00 2027", 60_000],
    [at(2 * day), day],
    ["Fri, 31 Dec 9999 23:59:59 GMT", day],
    // What lies behind us asks for no time.
    [at(-1_000), 0],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ];
  it.each(waits)("%j is a wait of %d ms", (value, waitMs) => {
    expect(of({ "retry-after": value })).toEqual({ waitMs, waitBy: "retry-after", announced: [] });
  });

  const ignored = [
    "",
    "-1",
    "-0",
    "+5",
    "1.5",
    "2.0",
    "1e3",
    "0x10",

    "120, 240",
    "120,120",
    "120;q=1",
    "soon",
    "120s",
  ];
  it.each([...ignored, "2027-05-12T09:31:00Z", "May 12 2027", `${at(60_000)}, ${at(60_000)}`, `${at(60_000)}, 5`])(
    "%j is ignored",
    (value) => {
      expect(of({ "retry-after": value })).toEqual({ announced: [] });
    },
  );

  it("is ignored where there are two", () => {
    const headers = new Headers([
      ["retry-after", "5"],
      ["retry-after", "60"],
    ]);
    expect(adviceOf(headers, now, 429)).toEqual({ announced: [] });
  });

  it("is seen from the answer's own Date, however far that is off", () => {
    for (const skewMs of [-3_600_000, -7_000, 0, 7_000, 40 * day]) {
      const fields = { date: at(skewMs), "retry-after": at(skewMs + 90_000) };
      expect(of(fields).waitMs).toBe(90_000);
      expect(of({ ...fields, "retry-after": "90" }).waitMs).toBe(90_000);
    }
    expect(of({ date: "yesterday", "retry-after": at(90_000) }).waitMs).toBe(90_000);
  });

  it("is about everything from status 400 on, and below about one resource", () => {
    const told = [200, 202, 301, 304, 400, 403, 429, 503].map((status) => of({ "retry-after": "5" }, status).waitMs);
    expect(told).toEqual([undefined, undefined, undefined, undefined, 5_000, 5_000, 5_000, 5_000]);
  });

  it("can be told in milliseconds, where it is not told otherwise", () => {
    const told = (fields: Fields) => of(fields).waitMs;
    expect(told({ "retry-after-ms": "1500" })).toBe(1_500);
    expect(told({ "retry-after-ms": "0.2" })).toBe(1);
    expect(told({ "retry-after-ms": "1500", "retry-after": "2" })).toBe(2_000);
    expect(told({ "retry-after-ms": "1500", "retry-after": "1.5" })).toBe(1_500);
    expect(["-1", "soon", "1,5", ""].map((value) => told({ "retry-after-ms": value }))).toEqual(
      Array(4).fill(undefined),
    );
  });

  it("counts from when an answer was made that comes from a cache", () => {
    expect(of({ "retry-after": "120", age: "50" }).waitMs).toBe(70_000);
    expect(of({ "retry-after": "120", age: "500" }).waitMs).toBe(0);
    expect(of({ "retry-after": at(120_000), date: at(0), age: "50" }).waitMs).toBe(70_000);
  });
});

describe("which field counts", () => {
  const exhausted = { ratelimit: '"a";r=0;t=40' };

  it("is Retry-After, if it asks for any time", () => {
    const left = { remaining: 0, remainingForMs: 40_000, announced: [] };
    expect(of({ ...exhausted, "retry-after": "5" })).toEqual({ waitMs: 5_000, waitBy: "retry-after", ...left });
    expect(of({ ...exhausted, "retry-after": "60" })).toEqual({ waitMs: 60_000, waitBy: "retry-after", ...left });
    expect(of({ ...exhausted, "retry-after": "0" })).toEqual({ waitMs: 40_000, waitBy: "ratelimit", ...left });
    expect(of({ ...exhausted, "retry-after": "-1" })).toEqual({ waitMs: 40_000, waitBy: "ratelimit", ...left });
    expect(of({ ...exhausted, "retry-after": "5" }, 200)).toEqual({ waitMs: 40_000, waitBy: "ratelimit", ...left });
  });

  it("is the most standard one of those that can be read", () => {
    const draft6 = { "ratelimit-remaining": "6", "ratelimit-reset": "6" };
    const x = { "x-ratelimit-remaining": "7", "x-ratelimit-reset": "7" };
    const told = (fields: Fields) => of(fields).remaining;
    expect(told({ ratelimit: '"a";r=5;t=5', ...draft6, ...x })).toBe(5);
    expect(told({ ratelimit: "?", ...draft6, ...x })).toBe(6);
    expect(told({ ...draft6, "ratelimit-reset": "soon", ...x })).toBe(7);
    expect(told({ ...x, "x-rate-limit-remaining": "8" })).toBe(7);
    expect(of({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "7" }).waitBy).toBe("x-ratelimit");
  });

  it("is none about limits where the answer comes from a cache", () => {
    const policy = { "ratelimit-policy": '"a";q=10;w=60' };
    const told = { remaining: 0, remainingForMs: 40_000, waitMs: 40_000, waitBy: "ratelimit" };
    const announced = [{ limit: 10, windowMs: 60_000 }];
    expect(of({ ...exhausted, ...policy, age: "1" })).toEqual({ announced: [] });
    expect(of({ ...exhausted, ...policy, age: "60, 0" })).toEqual({ announced: [] });
    for (const age of ["0", "", "-1", "old", "1.5"]) {
      expect(of({ ...exhausted, ...policy, age })).toEqual({ ...told, announced });
    }
  });

  it("is none, where nothing is said", () => {
    expect(of({ "content-type": "text/html", date: at(0), age: "7" }, 200)).toEqual({ announced: [] });
  });
});

describe("X-RateLimit", () => {
  const left = (reset: string | undefined, remaining = "3", more: Fields = {}) => {
    const { remaining: units, remainingForMs } = of(
      { "x-ratelimit-remaining": remaining, ...(reset === undefined ? {} : { "x-ratelimit-reset": reset }), ...more },
      200,
    );
    return [units, remainingForMs];
  };
  const resets: readonly (readonly [string | undefined, number | undefined])[] = [
    ["0", 0],
    ["90", 90_000],
    ["1.25", 1_250],
    // Longer is asked again then.
    ["601", 600_000],
    ["999999999", 600_000],
    [`${epoch + 90}`, 90_000],
    [`${epoch + 90}.5`, 90_500],
    [`${epoch - 90}`, 0],
    [`${now + 1_500}`, 1_500],
    ["999999999999999", 600_000],
    [at(90_000), 90_000],
    ["Wednesday, 12-May-27 09:31:00 GMT", 60_000],
    ["2027-05-12T09:31:00Z", 60_000],
    ["2027-05-12T11:31:00+02:00", 60_000],
    ["2027-05-12T04:01:00.250-05:30", 61_000],
    [undefined, undefined],
    ...["", "-1", "soon", "1e9", "60, 60", "1234567890123456", "2027-05-12 09:31:00", "2027-02-30T00:00:00Z"].map(
      (reset) => [reset, undefined] as const,
    ),
    ["2027-05-12T09:31:00", undefined],
    ["2027-05-12T09:31:00+24:00", undefined],
  ];
  it.each(resets)("leaves until %j", (reset, forMs) => {
    expect(left(reset)).toEqual([3, forMs]);
  });

  it("is seen from the answer's own Date", () => {
    expect(left(`${epoch + 90}`, "3", { date: at(-3_600_000) })).toEqual([3, 600_000]);
    expect(left(`${epoch + 90 - 3_600}`, "3", { date: at(-3_600_000) })).toEqual([3, 90_000]);
  });

  it("leaves units, of which a part is none", () => {
    expect(["0", "0.9", "598.0", "12"].map((remaining) => left("1", remaining)[0])).toEqual([0, 0, 598, 12]);
    expect(["", "-1", "many", "5, 4", "1e3"].map((remaining) => left("1", remaining)[0])).toEqual(
      Array(5).fill(undefined),
    );
  });

  it("goes by either name", () => {
    expect(of({ "x-rate-limit-remaining": "0", "x-rate-limit-reset": "9" }, 200)).toEqual({
      remaining: 0,
      remainingForMs: 9_000,
      waitMs: 9_000,
      waitBy: "x-ratelimit",
      announced: [],
    });
  });
});
