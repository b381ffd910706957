/** Cases about names: counters differ in every part of their identity, and any string is a key. */

import type { Charge } from "../../engine/charge.ts";
import type { Case, Trial } from "../case.ts";
import { ConformanceError, same } from "../conformance-error.ts";

/** Strings that have broken parsers, globs, hash tags, encoders, property look-ups and tables before. */
export function hostileStrings(): readonly string[] {
  const long = "k".repeat(1_000_000);
  const over200 = "k".repeat(220);
  return [
    ...["", " ", "  ", "k", "K", "k ", " k", "k\n", "k\r\n", "k\t", "\0", "k\0", "k\0k"],
    ...["{}", "{", "}", "}x", "x}", "{k}", "{k}k", "{}k", "k{}", "}{", "{{k}}"],
    ...["%", "%%", "%25", "%7B", "%7D", "%00", "%s", "%d", "\\", "\\\\", "\\u0000", "\\0"],
    ...["*", "?", "[a-z]", "k*", "h[^e]llo", "**", "^", "$", ".", "..", "/", "//", "../k", "k/k"],
    ...[":", "::", "k:", ":k", "k:k", "|", "#", ",", ";", "&", "=", "+", "-", "_", "~", "@", "!"],
    ...["'", '"', "`", "' OR 1=1 --", '"); DROP TABLE counters; --', "$\u007bk}", "]]", "return 1", "<k>"],
    ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "size"],
    ...["0", "1", "-1", "01", "1.0", "1e3", "NaN", "null", "undefined", "true", "false"],
    ...[
      "\ud800",
      "\udfff",
      "\udc00\ud800",
      "\ufffd",
      "\ufffd\ufffd",
      "k\ud800",
      "k\ud801",
      "\ud83d\ude00",
      "\ufeff",
      "\ufeffk",
    ],
    ...["\u00e9", "e\u0301", "\u212b", "\u00c5", "\u0131", "i", "I", "\u0130", "\u200b", "k\u200b", "\u202ek"],
    ...[over200, `${over200}a`, `${over200}b`, `${over200}\ud800`, `${over200}\ufffd`, long, `${long}a`, `${long}b`],
  ];
}

/** Spends every counter's one unit, and then finds every one of them spent: no two were one, none got lost. */
async function eachItsOwn(t: Trial, what: string, charges: readonly Charge[]): Promise<void> {
  for (const expected of [true, false]) {
    for (const { key, shard, policy } of charges) {
      const { allowed } = await t.consume({ key, shard, policy, cost: 1 });
      if (allowed === expected) continue;
      const name = `${what}: policy ${shown(policy.name)}, shard ${shown(shard)}, key ${shown(key)}`;
      throw new ConformanceError(
        expected ? `${name} was spent by another of them` : `${name} was admitted twice on a limit of 1`,
      );
    }
  }
}

function shown(part: string | undefined): string {
  return part === undefined
    ? "none"
    : JSON.stringify(part.length > 40 ? `${part.slice(0, 12)}… (${part.length})` : part);
}

const one = { one: { capacity: 1 } } as const;

export const keys: readonly Case[] = [
  {
    name: "counts each policy name, algorithm, window, shard and key by itself",
    promise: 6,
    policies: {
      one: { capacity: 1, name: "p" },
      otherName: { capacity: 1, name: "q" },
      otherAlgorithm: { capacity: 1, name: "p", algorithm: "another" },
      otherWindow: { capacity: 1, name: "p", windowMs: 60_000 },
    },
    async run(t) {
      await eachItsOwn(t, "counters that differ in one part", [
        t.charge("one"),
        t.charge("otherName"),
        t.charge("otherAlgorithm"),
        t.charge("otherWindow"),
        t.charge("one", { key: "l" }),
        t.charge("one", { shard: "s" }),
        t.charge("one", { shard: "r" }),
      ]);
    },
  },
  {
    name: "never confuses a shard with the beginning of a key",
    promise: 12,
    policies: one,
    async run(t) {
      const pairs: [string | undefined, string][] = [];
      for (const mark of [":", "/", "|", "#", ",", ".", "-", "_", " ", "%", "\0", "\n", "}", "{"]) {
        pairs.push(["a", `b${mark}c`], [`a${mark}b`, "c"], [undefined, `a${mark}b${mark}c`], [`a${mark}b${mark}c`, ""]);
      }
      pairs.push([undefined, "1:ab"], ["a", "b"], ["", "ab"], ["ab", ""], [undefined, "ab"], ["1", "1a"], ["11", "a"]);
      await eachItsOwn(
        t,
        "shards and keys that join alike",
        pairs.map(([shard, key]) => t.charge("one", { shard, key })),
      );
    },
  },
  {
    name: "never confuses a policy's name with the beginning of a key",
    promise: 12,
    policies: {
      p: { capacity: 1, name: "p" },
      colon: { capacity: 1, name: "p:q" },
      slash: { capacity: 1, name: "p/q" },
      bar: { capacity: 1, name: "p|q" },
      hash: { capacity: 1, name: "p#" },
      space: { capacity: 1, name: "p q" },
      brace: { capacity: 1, name: "p{q}" },
      percent: { capacity: 1, name: "p%7Bq%7D" },
      upper: { capacity: 1, name: "P" },
    },
    async run(t) {
      await eachItsOwn(t, "names and keys that join alike", [
        ...["q:k", "q/k", "q|k", "q k", "q{}k", "#k", "k", "{q}k", ":q:k", "%7Bq%7Dk"].map((key) =>
          t.charge("p", { key }),
        ),
        ...["colon", "slash", "bar", "hash", "space", "brace", "percent", "upper"].map((name) => t.charge(name)),
        ...["", "q", "qk"].map((shard) => t.charge("hash", { shard })),
      ]);
    },
  },
  {
    name: "counts any string as a key of its own",
    promise: 12,
    policies: one,
    async run(t) {
      await eachItsOwn(
        t,
        "keys",
        hostileStrings().map((key) => t.charge("one", { key })),
      );
    },
  },
  {
    name: "counts any string as a shard of its own",
    promise: 12,
    policies: one,
    async run(t) {
      const short = hostileStrings().filter((text) => text.length < 1_000);
      await eachItsOwn(
        t,
        "shards",
        short.map((shard) => t.charge("one", { shard })),
      );
    },
  },
  {
    name: "decides hostile keys together without mixing them up",
    promise: 12,
    needs: ["exact"],
    policies: one,
    async run(t) {
      const short = hostileStrings().filter((text) => text.length < 1_000);
      const charges = short.map((key) => t.charge("one", { key, shard: "}x" }));
      const { decisions } = await t.admits("every hostile key in one consume", ...charges);
      same(
        "keys of the decisions",
        decisions.map(({ key }) => key),
        short,
      );
      const again = await t.denies("every hostile key again", ...charges);
      same("denials reported", again.decisions.filter(({ allowed }) => !allowed).length, short.length);
    },
  },
  {
    name: "lets no crowd of other keys make a spent key fresh",
    promise: 11,
    policies: one,
    async run(t) {
      await t.admits("one unit", t.charge("one", { key: "spent" }));
      for (let from = 0; from < t.crowd; from += 50) {
        const keys = Array.from({ length: Math.min(50, t.crowd - from) }, (_, i) => `stranger ${from + i}`);
        await Promise.all(keys.map((key) => t.consume(t.charge("one", { key }))));
      }
      await t.denies(`the spent key after ${t.crowd} others`, t.charge("one", { key: "spent" }));
    },
  },
  {
    name: "reset makes one counter whole, and no other",
    promise: 6,
    needs: ["reset"],
    policies: { one: { capacity: 1 }, other: { capacity: 1 } },
    async run(t) {
      const bystanders = [
        t.charge("one", { key: "other" }),
        t.charge("one", { shard: "s" }),
        t.charge("other"),
        t.charge("one", { key: "kk" }),
      ];
      for (const charge of [...bystanders, t.charge("one")]) await t.admits("one unit", charge);
      await t.reset("one");
      for (const charge of bystanders) await t.denies("another counter after a reset", charge);
      await t.admits("the counter that was reset", t.charge("one"));
      await t.reset("one", { shard: "s" });
      await t.admits("the sharded counter after its reset", t.charge("one", { shard: "s" }));
    },
  },
  {
    name: "reset takes a key as data, never as a pattern",
    promise: 12,
    needs: ["reset"],
    policies: one,
    async run(t) {
      await t.admits("one unit", t.charge("one"));
      for (const key of ["*", "?", "[a-z]", "%", "_", "", "{k}", "__proto__"]) await t.reset("one", { key });
      await t.denies("after resets of patterns", t.charge("one"));
    },
  },
  {
    name: "reset knows a counter by its identity, whatever the limit",
    promise: 6,
    needs: ["reset", "exact"],
    policies: { free: { capacity: 1, name: "plan" }, pro: { capacity: 5, name: "plan" } },
    async run(t) {
      same("admitted of 3 on the limit of 5", await t.admitted(3, t.charge("pro")), 3);
      await t.reset("free");
      same("units left", await t.left("pro"), 5);
    },
  },
];
