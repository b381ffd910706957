import fc from "fast-check";
import { parseDictionary, parseList, Token } from "structured-headers";
import { describe, expect, it } from "vitest";
import { type Item, structuredDictionary, structuredList } from "./structured.ts";
import type { Bare } from "./structured-value.ts";

// What both readers found, in one form: theirs has classes, and bytes that are decoded.
function theirs(value: unknown): unknown {
  if (value instanceof Token) return `token ${value}`;
  if (value instanceof ArrayBuffer) return "bytes";
  if (value instanceof Date) return `date ${value.getTime() / 1000}`;
  if (Array.isArray(value)) return "inner list";
  if (typeof value === "object") return `display ${value}`;
  return typeof value === "number" ? value + 0 : value;
}
function ours(value: Bare | undefined): unknown {
  if (value === undefined) return "inner list";
  if (value.is === "bytes") return "bytes";
  if (value.is === "token" || value.is === "date" || value.is === "display") return `${value.is} ${value.value}`;
  return value.value;
}
const ourItem = ({ bare, parameters }: Item) => [
  ours(bare),
  [...parameters].map(([name, value]) => [name, ours(value)]),
];
const theirItem = ([value, parameters]: readonly [unknown, ReadonlyMap<string, unknown>]) => [
  theirs(value),
  [...parameters].map(([name, parameter]) => [name, theirs(parameter)]),
];

function theirList(text: string): unknown {
  try {
    return parseList(text).map((item) => theirItem(item as never));
  } catch {
    return undefined;
  }
}
function theirDictionary(text: string): unknown {
  try {
    return [...parseDictionary(text)].map(([name, item]) => [name, theirItem(item as never)]);
  } catch {
    return undefined;
  }
}
const ourList = (text: string) => structuredList(text)?.map(ourItem);
const ourDictionary = (text: string) => {
  const found = structuredDictionary(text);
  return found === undefined ? undefined : [...found].map(([name, item]) => [name, ourItem(item)]);
};

/** Texts that are nearly fields: pieces of them, put together without regard. Of dates the other reader takes no parameters. */
const pieces = [
  ...'abAB*019-.,;=:?%()"\\ \t/_~!',
  ...[", ", "; ", ";q=", ";w=60", '"default"', '"a\\"b"', "limit=", "100", "1.5", "?1", "?0", ":AA==:"],
  ...[
    '%"caf%c3%a9"',
    '%"%ff"',
    "(1 2)",
    "(a;b)",
    "()",
    "999999999999999",
    "1000000000000000",
    "123456789012.5",
    "é",
    "\0",
  ],
];
const nearly = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(""));

describe("structured fields", () => {
  it("are read as another reader reads them", () => {
    fc.assert(
      fc.property(nearly, (text) => {
        expect(ourList(text)).toEqual(theirList(text));
        expect(ourDictionary(text)).toEqual(theirDictionary(text));
      }),
      { numRuns: 5_000 },
    );
  });

  const lists: readonly (readonly [string, unknown])[] = [
    ["", []],
    [
      '"a";q=1;w=60',
      [
        [
          "a",
          [
            ["q", 1],
            ["w", 60],
          ],
        ],
      ],
    ],
    [
      '  "a" , b ',
      [
        ["a", []],
        ["token b", []],
      ],
    ],
    ['"a";q', [["a", [["q", true]]]]],
    ['"a";q=1;q=2', [["a", [["q", 2]]]]],
    ["-0", [[0, []]]],
    [
      "@1659578233;q=1, @-5",
      [
        ["date 1659578233", [["q", 1]]],
        ["date -5", []],
      ],
    ],
    ['"a";pk=:QXBwLTk5OQ==:', [["a", [["pk", "bytes"]]]]],
    ['("a" "b");q=1', [["inner list", [["q", 1]]]]],
  ];
  it.each(lists)("%j is a list", (text, items) => {
    expect(ourList(text)).toEqual(items);
  });

  const none = [
    "@1.5",
    "@",
    "@1234567890123456",
    '"a',
    '"a",',
    ',"a"',
    '"a";',
    '"a" ;q=1',
    '"a";Q=1',
    '"a";q=',
    '"a";q=1.',
    '"a" "b"',
    '"é"',
    "'a'",
    '("a""b")',
  ];
  it.each(none)("%j is none", (text) => {
    expect(ourList(text)).toBeUndefined();
  });

  it("are not read beyond 8 kB", () => {
    expect(structuredList(`"${"a".repeat(8_190)}"`)).toHaveLength(1);
    expect(structuredList(`"${"a".repeat(8_191)}"`)).toBeUndefined();
  });
});
