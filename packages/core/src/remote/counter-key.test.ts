/** Names of counters: no two counters share one, and nothing in them means something elsewhere. */

import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escaped, hashed, joined, shortened, unescaped } from "./counter-key.ts";

/** Text of all kinds, and often of the few characters that matter here. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom(
      "{",
      "}",
      "%",
      ";",
      ":",
      "#",
      "1",
      "2",
      "7",
      "b",
      "d",
      "8",
      "0",
      "\ud800",
      "\udc00",
      "é",
      "😀",
    ),
    maxLength: 8,
  }),
);

const name = (parts: readonly string[]): string => joined(...parts.map(escaped));
const bytes = (of: string): number => new TextEncoder().encode(of).length;

describe("escaped()", () => {
  it.each([
    ["plain text, spaces and *?[]\\ too", "plain text, spaces and *?[]\\ too"],
    ["", ""],
    ["{tag}", "%7b;tag%7d;"],
    ["100%", "100%25;"],
    ["%7b;", "%25;7b;"],
    ["\ud800", "%d800;"],
    ["a\udfffb", "a%dfff;b"],
    ["\udc00\ud800", "%dc00;%d800;"],
    ["\ud83d\ude00 😀", "😀 😀"],
    ["\ud83d\ud83d\ude00", "%d83d;😀"],
    ["é\u0000\n", "é\u0000\n"],
  ])("writes %j as %j", (given, expected) => {
    expect(escaped(given)).toBe(expected);
  });

  it("leaves nothing that is a hash tag, and nothing that UTF-8 cannot write", () => {
    fc.assert(
      fc.property(text, (given) => {
        const written = escaped(given);
        expect(written).not.toMatch(/[{}]/);
        expect(new TextDecoder().decode(new TextEncoder().encode(written))).toBe(written);
      }),
    );
  });

  it("gives no two texts one form", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(escaped(a) === escaped(b)).toBe(a === b);
      }),
    );
    // What it is made of can be read back.
    fc.assert(
      fc.property(text, (given) => {
        expect(unescaped(escaped(given))).toBe(given);
      }),
    );
  });
});

describe("joined()", () => {
  it("puts its length before each part", () => {
    expect([joined(), joined(""), joined("a", "bc"), joined("1:a")]).toEqual(["", "0:", "1:a2:bc", "3:1:a"]);
  });

  it("gives no two lists of parts one name, escaped or not", () => {
    const parts = fc.array(text, { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = a.length === b.length && a.every((part, i) => part === b[i]);
        expect(joined(...a) === joined(...b)).toBe(same);
        expect(name(a) === name(b)).toBe(same);
      }),
    );
  });

  it("keeps apart what only moves from one part to the next", () => {
    const moved = [
      ["a", "b:c"],
      ["a:b", "c"],
      ["a1:b", "c"],
      ["a", "", "b:c"],
      ["", "a", "b:c"],
    ];
    expect(new Set(moved.map(name)).size).toBe(moved.length);
  });
});

describe("shortened()", () => {
  it.each<[string, string, boolean]>([
    ["200 letters", "a".repeat(200), false],
    ["201 letters", "a".repeat(201), true],
    ["100 letters of two bytes", "é".repeat(100), false],
    ["101 letters of two bytes", "é".repeat(101), true],
    ["66 letters of three bytes and two more", `${"語".repeat(66)}aa`, false],
    ["67 letters of three bytes", "語".repeat(67), true],
    ["50 pairs, of four bytes each", "😀".repeat(50), false],
    ["51 pairs", "😀".repeat(51), true],
    ["a megabyte", "a".repeat(1_000_000), true],
  ])("of %s", async (_, given, isHashed) => {
    const short = shortened(given);
    expect(short instanceof Promise).toBe(isHashed);
    const expected = isHashed ? `#${createHash("sha256").update(given).digest("hex")}` : given;
    expect(await short).toBe(expected);
  });

  it("is never longer than 200 bytes, and the text itself wherever that fits", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 300 }), async (given) => {
        const short = await shortened(given);
        expect(bytes(short)).toBeLessThanOrEqual(200);
        expect(short === given).toBe(bytes(given) <= 200);
      }),
    );
  });

  it("never gives the name of other parts: names begin with a digit, hashes with #", async () => {
    const parts = fc.array(fc.oneof(text, fc.string({ minLength: 190, maxLength: 210 })), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(parts, parts, async (a, b) => {
        const [one, other] = [await shortened(name(a)), await shortened(name(b))];
        expect(one).toMatch(/^[0-9#]/);
        expect(one === other).toBe(name(a) === name(b));
      }),
    );
    // Whoever knows the hash of somebody's name and sends it as a key still has a name of his own.
    const long = name(["k".repeat(300)]);
    expect(await shortened(name([(await shortened(long)) as string]))).not.toBe(await shortened(long));
  });

  it("would make one of two lone surrogates, which is why names are escaped first", async () => {
    const pair = ["\ud800", "\udbff"].map((end) => "k".repeat(300) + end) as [string, string];
    expect(await shortened(pair[0])).toBe(await shortened(pair[1]));
    expect(await shortened(name([pair[0]]))).not.toBe(await shortened(name([pair[1]])));
  });
});

it("hashed() is SHA-256 in hexadecimal, marked as such", async () => {
  expect(await hashed("")).toBe("#e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(await hashed("é")).toBe(`#${createHash("sha256").update("é").digest("hex")}`);
});
