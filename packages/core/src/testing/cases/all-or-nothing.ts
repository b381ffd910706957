/** Cases about several charges at once: all are booked or none, and every answer belongs to its question. */

import type { Case } from "../case.ts";
import { holds, same } from "../conformance-error.ts";

const both = { wide: { capacity: 5 }, narrow: { capacity: 1 } } as const;
const five = { five: { capacity: 5 } } as const;

export const allOrNothing: readonly Case[] = [
  {
    name: "books every charge or none",
    promise: 1,
    needs: ["exact"],
    policies: both,
    async run(t) {
      const [wide, narrow] = [t.charge("wide"), t.charge("narrow")];
      await t.admits("both limits unused", wide, narrow);
      same("admitted of 19 when the second limit is spent", await t.admitted(19, wide, narrow), 0);
      same("units of the first limit left after 1 success and 19 denials", await t.left("wide"), 4);
    },
  },
  {
    name: "books every charge or none, whichever is denied first",
    promise: 1,
    needs: ["exact"],
    policies: both,
    async run(t) {
      const [wide, narrow] = [t.charge("wide"), t.charge("narrow")];
      await t.admits("both limits unused", narrow, wide);
      const denied = await t.denies("the first limit is spent", narrow, wide);
      same(
        "charged in a denied outcome",
        denied.decisions.map(({ charged }) => charged),
        [0, 0],
      );
      same("units of the second limit left", await t.left("wide"), 4);
    },
  },
  {
    name: "books every charge or none across shards, giving back what was booked",
    promise: 1,
    needs: ["exact"],
    policies: both,
    async run(t) {
      const wide = t.charge("wide", { shard: "a" });
      const narrow = t.charge("narrow", { shard: "b" });
      await t.admits("both limits unused", wide, narrow);
      same("admitted of 9 when the second shard's limit is spent", await t.admitted(9, wide, narrow), 0);
      same("units of the first shard's limit left", await t.left("wide", { shard: "a" }), 4);
    },
  },
  {
    name: "decides charges of several shards in one step where it says so",
    promise: 1,
    needs: ["exact", "acrossShards"],
    policies: { one: { capacity: 1 } },
    async run(t) {
      const charges = ["a", "b", undefined].map((shard) => t.charge("one", { shard }));
      await t.admits("three shards unused", ...charges);
      const { decisions } = await t.denies("three shards spent", ...charges);
      same("denials reported", decisions.filter(({ allowed }) => !allowed).length, 3);
    },
  },
  {
    name: "reports every denial, and what would have fitted",
    promise: 1,
    needs: ["exact"],
    policies: { one: { capacity: 1 }, wide: { capacity: 5 }, slow: { capacity: 1, windowMs: 30_000 } },
    async run(t) {
      const charges = [t.charge("one"), t.charge("wide"), t.charge("slow")];
      await t.admits("all unused", ...charges);
      const { decisions } = await t.denies("two of three spent", ...charges);
      same(
        "allowed, charge by charge",
        decisions.map(({ allowed }) => allowed),
        [false, true, false],
      );
      same(
        "charged, charge by charge",
        decisions.map(({ charged }) => charged),
        [0, 0, 0],
      );
    },
  },
  {
    name: "waits for the longest of several denials",
    promise: 1,
    needs: ["exact", "clock"],
    policies: { one: { capacity: 1 }, slow: { capacity: 1, windowMs: 30_000 } },
    async run(t) {
      const charges = [t.charge("one"), t.charge("slow")];
      await t.admits("both unused", ...charges);
      for (const order of [charges, charges.toReversed()]) {
        const outcome = await t.denies("both spent", ...order);
        const waits = order.map((_, i) => outcome.decisions[i]?.retryAfterMs ?? 0);
        holds("the limits ask for different waits", new Set(waits).size === 2, waits);
        same("retryAfterMs of the outcome", outcome.retryAfterMs, Math.max(...waits));
      }
      const { retryAfterMs = 0 } = await t.denies("both spent", ...charges);
      await t.advance(retryAfterMs - 1);
      await t.denies("a millisecond before the longest wait is over", ...charges);
      await t.advance(1);
      await t.admits("after the longest wait", ...charges);
    },
  },
  {
    name: "gives no retryAfterMs when one of the denials can never fit",
    promise: 1,
    needs: ["exact"],
    policies: { one: { capacity: 1 }, none: { capacity: 0 } },
    async run(t) {
      await t.admits("one unit", t.charge("one"));
      const outcome = await t.denies("a spent limit and a limit of 0", t.charge("one"), t.charge("none"));
      same("retryAfterMs of the outcome", outcome.retryAfterMs, undefined);
      same("retryAfterMs of the limit of 0", outcome.decisions[1]?.retryAfterMs, undefined);
    },
  },
  {
    name: "answers each charge in its place",
    promise: 1,
    policies: { wide: { capacity: 5 }, narrow: { capacity: 3 } },
    evenUncounted: true,
    async run(t) {
      const charges = [
        t.charge("wide", { key: "z", shard: "s" }),
        t.charge("narrow", { key: "a", shard: "s" }),
        t.charge("wide", { key: "a", shard: "s", cost: 0 }),
        t.charge("narrow", { key: "m", shard: "s" }),
        t.charge("wide", { key: "b", shard: "s" }),
      ];
      const { decisions } = await t.admits("five small charges", ...charges);
      const named = ({ policy, key, shard, cost }: (typeof charges)[number]) => [
        policy.name,
        policy.limit,
        key,
        shard,
        cost,
      ];
      same("what the decisions are about", decisions.map(named), charges.map(named));
    },
  },
  {
    name: "answers each charge in its place across shards",
    promise: 1,
    policies: { wide: { capacity: 5 }, narrow: { capacity: 3 } },
    evenUncounted: true,
    async run(t) {
      const charges = [
        t.charge("wide", { shard: "b" }),
        t.charge("narrow", { shard: "a" }),
        t.charge("narrow"),
        t.charge("wide", { shard: "a" }),
        t.charge("narrow", { shard: "b" }),
      ];
      const { decisions } = await t.admits("five small charges", ...charges);
      const named = ({ policy, key, shard }: (typeof charges)[number]) => [policy.name, key, shard];
      same("what the decisions are about", decisions.map(named), charges.map(named));
    },
  },
  {
    name: "sums charges of one identity",
    promise: 1,
    needs: ["cost"],
    policies: five,
    async run(t) {
      const twice = [t.charge("five", { cost: 2 }), t.charge("five", { cost: 2 })];
      await t.admits("2 + 2 of 5", ...twice);
      const { decisions } = await t.denies("1 + 1 with 1 left", t.charge("five"), t.charge("five"));
      same(
        "allowed, charge by charge",
        decisions.map(({ allowed }) => allowed),
        [false, false],
      );
      same("units left", await t.left("five"), 1);
    },
  },
  {
    name: "sums charges of one identity among others",
    promise: 1,
    needs: ["cost", "exact"],
    policies: { five: { capacity: 5 }, wide: { capacity: 5 } },
    async run(t) {
      const [a, b] = [t.charge("five", { cost: 3 }), t.charge("wide", { cost: 2 })];
      const { decisions } = await t.denies("3 + 3 of 5 beside 2 of 5", a, b, a);
      same(
        "policies of the decisions",
        decisions.map(({ policy }) => policy.limit),
        [a, b, a].map((c) => c.policy.limit),
      );
      same(
        "allowed, charge by charge",
        decisions.map(({ allowed }) => allowed),
        [false, true, false],
      );
      same("units left on each", [await t.left("five"), await t.left("wide")], [5, 5]);
    },
  },
  {
    name: "refuses one identity with different numbers, and books nothing",
    promise: 1,
    policies: { free: { capacity: 1, name: "plan" }, pro: { capacity: 5, name: "plan" } },
    async run(t) {
      const conflict = "SLUICE_CHARGE_CONFLICT";
      await t.refuses(conflict, () => t.backend.consume([t.charge("free"), t.charge("pro")]));
      await t.refuses(conflict, () => t.backend.consume([t.charge("pro"), t.charge("pro", { mode: "shadow" })]));
      same("units left", await t.left("pro"), 5);
    },
  },
  {
    name: "allows no charges at all",
    promise: 1,
    evenUncounted: true,
    policies: {},
    async run(t) {
      const { allowed, decisions } = await t.consume();
      same("outcome of no charges", { allowed, decisions }, { allowed: true, decisions: [] });
    },
  },
  {
    name: "decides many groups in one trip, each all or nothing",
    promise: 1,
    needs: ["consumeEach", "exact"],
    policies: both,
    async run(t) {
      const [wide, narrow] = [t.charge("wide"), t.charge("narrow")];
      const groups = [[wide, narrow], [wide, narrow], [wide], [], [narrow]];
      const outcomes = (await t.backend.consumeEach?.(groups)) ?? [];
      same(
        "allowed, group by group",
        outcomes.map(({ allowed }) => allowed),
        [true, false, true, true, false],
      );
      same(
        "decisions, group by group",
        outcomes.map(({ decisions }) => decisions.length),
        [2, 2, 1, 0, 1],
      );
      same("units of the first limit left", await t.left("wide"), 3);
      same("outcomes of no groups", await t.backend.consumeEach?.([]), []);
    },
  },
];
