import { describe, expect, it } from "vitest";
import type { Advice, Announced } from "./advice.ts";
import { adviceOf } from "./advice-of.ts";

const now = Date.UTC(2027, 4, 12, 9, 30);
const of = (fields: Record<string, string>): Advice => adviceOf(new Headers(fields), now, 200);
const left = (fields: Record<string, string>) => {
  const { remaining, remainingForMs } = of(fields);
  return remaining === undefined ? undefined : [remaining, remainingForMs];
};

describe("RateLimit of drafts 8 to 11", () => {
  const cases: readonly (readonly [string, readonly [number, number | undefined] | undefined])[] = [
    ['"default";r=50;t=30', [50, 30_000]],
    ["default;r=50;t=30", [50, 30_000]],
    ['"5-in-1min"; r=4; t=60', [4, 60_000]],
    ['"a";t=30;r=50;acme-burst="x";pk=:QXBwLTk5OQ==:', [50, 30_000]],
    ['"a";r=50', [50, undefined]],
    ['"a";r=0;t=0', [0, 0]],
    ['"a";r=5;t=601', [5, 600_000]],
    ['"a";r=999999999999999;t=999999999999999', [999_999_999_999_999, 600_000]],
    // Of several the most exhausted, of those as exhausted the one that is so for longer.
    ['"second";r=50;t=1, "hour";r=7;t=590', [7, 590_000]],
    ['"a";r=0;t=1, "b";r=0;t=30, "c";r=0', [0, 30_000]],
    ['"";r=1;t=1', [1, 1_000]],
    // An item that is none is ignored by itself …
    ['"a";r=-1;t=30', undefined],
    ['"a";r=1.5;t=30', undefined],
    ['"a";r="1";t=30', undefined],
    ['"a";r;t=30', undefined],
    ['"a";t=30', undefined],
    ['"a";r=1;t=-1', undefined],
    ['"a";r=1;t=soon', undefined],
    ["1;r=5;t=30", undefined],
    ["(a b);r=5;t=30", undefined],
    ['"a";r=1;t=?1, "b";r=9;t=2', [9, 2_000]],
    // … and everything, where the field is no list.
    ['"a";r=1;t=2,', undefined],
    ['"a;r=1;t=2', undefined],
    ['"a" ;r=1;t=2', undefined],
    ['"é";r=1;t=2', undefined],
    ['"b";r=9;t=2, "a";r=', undefined],
    ['"a";r=1000000000000000;t=1', undefined],
    ["", undefined],
  ];
  it.each(cases)("%j leaves %j", (ratelimit, expected) => {
    expect(left({ ratelimit })).toEqual(expected);
  });

  it("come in several lines, too", () => {
    const headers = new Headers([
      ["ratelimit", '"a";r=9;t=2'],
      ["ratelimit", '"b";r=3;t=4'],
    ]);
    expect(adviceOf(headers, now, 200)).toEqual({ remaining: 3, remainingForMs: 4_000, announced: [] });
  });

  it("ask for a wait where nothing is left, and it is said for how long", () => {
    expect(of({ ratelimit: '"a";r=0;t=7' })).toMatchObject({ waitMs: 7_000, waitBy: "ratelimit" });
    expect(of({ ratelimit: '"a";r=0' })).toEqual({ remaining: 0, announced: [] });
    expect(of({ ratelimit: '"a";r=1;t=7' }).waitMs).toBeUndefined();
  });

  it("leave requests: of other units only that there are none", () => {
    const policy = { "ratelimit-policy": '"a";q=100;w=60, "bytes";q=9000;w=60;qu="content-bytes"' };
    expect(left({ ...policy, ratelimit: '"bytes";r=3;t=9, "a";r=50;t=30' })).toEqual([50, 30_000]);
    expect(left({ ...policy, ratelimit: '"bytes";r=0;t=9, "a";r=50;t=30' })).toEqual([0, 9_000]);
  });
});

describe("RateLimit of draft 7", () => {
  const cases: readonly (readonly [string, readonly [number, number] | undefined])[] = [
    ["limit=100, remaining=50, reset=30", [50, 30_000]],
    ["reset=60,remaining=4,limit=5", [4, 60_000]],
    ["limit=5, remaining=9, remaining=4, reset=60", [4, 60_000]],
    ["limit=5;x=1, remaining=0;y, reset=60", [0, 60_000]],
    ["limit=5, remaining=4", undefined],
    ["limit=5, reset=60", undefined],
    ["limit=5, remaining=-1, reset=60", undefined],
    ["limit=5, remaining=4.5, reset=60", undefined],
    ["limit=5, remaining=4, reset=60,", undefined],
    ["limit=5; remaining=4; reset=60", undefined],
    ["Limit=5, Remaining=4, Reset=60", undefined],
  ];
  it.each(cases)("%j leaves %j", (ratelimit, expected) => {
    expect(left({ ratelimit })).toEqual(expected);
  });
});

describe("RateLimit-Remaining of draft 6", () => {
  const epoch = now / 1000;
  const cases: readonly (readonly [string, string | undefined, readonly [number, number] | undefined])[] = [
    ["50", "50", [50, 50_000]],
    ["0;x=1", "3;y", [0, 3_000]],
    // As some send it, against the draft.
    ["50", `${epoch + 50}`, [50, 50_000]],
    ["50", undefined, undefined],
    ["-1", "50", undefined],
    ["1.5", "50", undefined],
    ["50", "soon", undefined],
    ["50, 40", "50", undefined],
    ["50", "50, 40", undefined],
    ["", "", undefined],
  ];
  it.each(cases)("%j until %j leaves %j", (remaining, reset, expected) => {
    const fields = { "ratelimit-limit": "100", "ratelimit-remaining": remaining };
    expect(left(reset === undefined ? fields : { ...fields, "ratelimit-reset": reset })).toEqual(expected);
  });
});

describe("RateLimit-Policy", () => {
  const cases: readonly (readonly [string, readonly Announced[]])[] = [
    ['"a";q=100;w=60', [{ limit: 100, windowMs: 60_000 }]],
    [
      'a;w=60;q=100;qu="requests", "b";q=5;w=1;qu=request',
      [
        { limit: 100, windowMs: 60_000 },
        { limit: 5, windowMs: 1_000 },
      ],
    ],
    ['"5-in-1min"; q=5; w=60; pk=:ZGVmYXVsdGtleQ==:', [{ limit: 5, windowMs: 60_000 }]],
    [
      "100;w=60, 5000;w=3600",
      [
        { limit: 100, windowMs: 60_000 },
        { limit: 5_000, windowMs: 3_600_000 },
      ],
    ],
    ["10;w=31622400", [{ limit: 10, windowMs: 31_622_400_000 }]],
    // Without a limit and a window of requests it says nothing to us; each by itself.
    ...["100", '"a";q=100', '"a";w=60', '"a";q=0;w=60', '"a";q=10;w=0', '"a";q=-1;w=60', '"a";q=1.5;w=60'].map(
      (text) => [text, []] as const,
    ),
    ...['"a";q=10;w=1.5', '"a";q="10";w=60', "0;w=60", "1.5;w=60", "?1;w=60", "10;w=31622401"].map(
      (text) => [text, []] as const,
    ),
    ['"a";q=1000;w=1;qu="content-bytes", "b";q=2;w=1', [{ limit: 2, windowMs: 1_000 }]],
    ['"a";q=1000;w=1;qu=7, "b";q=2;w=1', [{ limit: 2, windowMs: 1_000 }]],
    // No list at all.
    ...['"a";q=10;w=60,', "100 per minute", '"a"; q=10, w=60;', "{}", ""].map((text) => [text, []] as const),
  ];
  it.each(cases)("%j announces %j", (policy, announced) => {
    expect(of({ "ratelimit-policy": policy })).toEqual({ announced });
  });
});
