/** Cases about blocks: nothing fits until exactly then, and from then on the bucket fills as ever. */

import type { Case } from "../case.ts";
import { holds, same } from "../conformance-error.ts";

const buckets = ["token-bucket", "strict"] as const;
const five = { five: { capacity: 5 } } as const;
const needs = ["block", "exact", "clock"] as const;
const hourMs = 3_600_000;

/** After a block a bucket of 5 per 10 s is empty, and fills by a unit in so many milliseconds. */
const unitMs = 2_000;

export const block: readonly Case[] = [
  {
    name: "a block denies everything until exactly its end, and then the bucket is empty",
    promise: 13,
    needs: [...needs, "cost"],
    algorithms: buckets,
    policies: five,
    async run(t) {
      await t.block("five", 7_000);
      const least = t.charge("five", { cost: 0.01 });
      // 20 ms fill the empty bucket by a hundredth.
      same("retryAfterMs of a hundredth", (await t.denies("a blocked bucket", least)).retryAfterMs, 7_020);
      await t.advance(7_019);
      same("retryAfterMs of a hundredth, 7,019 ms later", (await t.denies("just before", least)).retryAfterMs, 1);
      await t.advance(1);
      await t.admits("a hundredth, once the empty bucket has it", least);
      await t.denies("another at once", least);
    },
  },
  {
    name: "a block tells every cost its exact wait",
    promise: 13,
    needs: [...needs, "cost"],
    algorithms: buckets,
    policies: five,
    async run(t) {
      await t.admits("cost 2 before the block", t.charge("five", { cost: 2 }));
      await t.block("five", 7_001);
      for (const [cost, wait] of [
        [1, 9_001],
        [0.5, 8_001],
        [5, 17_001],
      ] as const) {
        const { retryAfterMs } = await t.denies(`cost ${cost}`, t.charge("five", { cost }));
        same(`retryAfterMs of cost ${cost} in a block of 7,001 ms`, retryAfterMs, wait);
      }
      await t.advance(9_000);
      await t.denies("a millisecond before the wait is over", t.charge("five"));
      await t.advance(1);
      await t.admits("after the wait", t.charge("five"));
      await t.advance(t.restMs("five"));
      same("units left after a rest", await t.left("five"), 5);
    },
  },
  {
    name: "a blocked bucket reads as empty until its end",
    promise: 13,
    needs: [...needs, "remaining"],
    algorithms: buckets,
    policies: five,
    async run(t) {
      await t.block("five", 7_000);
      const read = async (): Promise<readonly unknown[]> => {
        const [decision] = (await t.admits("cost 0", t.charge("five", { cost: 0 }))).decisions;
        return [decision?.remaining, decision?.resetAfterMs];
      };
      same("remaining and resetAfterMs of a bucket blocked for 7 s", await read(), [0, 17_000]);
      await t.advance(7_000);
      same("remaining and resetAfterMs at the end of the block", await read(), [0, 10_000]);
      await t.advance(3_000);
      same("remaining and resetAfterMs 3 s later", await read(), [1.5, 7_000]);
    },
  },
  {
    name: "of two blocks the later end holds",
    promise: 13,
    needs,
    algorithms: buckets,
    policies: five,
    async run(t) {
      await t.block("five", 10_000);
      await t.advance(2_000);
      await t.block("five", 3_000);
      const kept = await t.denies("after a shorter block", t.charge("five"));
      same("retryAfterMs after a shorter block", kept.retryAfterMs, 8_000 + unitMs);
      await t.block("five", 20_000);
      const longer = await t.denies("after a longer block", t.charge("five"));
      same("retryAfterMs after a longer block", longer.retryAfterMs, 20_000 + unitMs);
    },
  },
  {
    name: "of many blocks at once the latest end holds",
    promise: 13,
    needs,
    algorithms: buckets,
    policies: five,
    async run(t) {
      const others = [5_000, 20_000, 1_000, 12_000].map((ms) => t.block("five", ms));
      await Promise.all([...others, ...Array.from({ length: 8 }, () => t.consume(t.charge("five")))]);
      const { retryAfterMs } = await t.denies("after blocks and charges at once", t.charge("five"));
      holds("retryAfterMs is that of the longest", Number(retryAfterMs) >= 20_000 + unitMs, retryAfterMs);
      await t.advance(20_000 + unitMs);
      await t.admits("after the longest", t.charge("five"));
    },
  },
  {
    name: "a block may shorten one that is there, where it says so",
    promise: 13,
    needs,
    algorithms: buckets,
    policies: five,
    async run(t) {
      await t.block("five", hourMs);
      await t.advance(1_000);
      await t.block("five", 2_000, { shorten: false });
      const kept = await t.denies("with shorten: false", t.charge("five"));
      same("retryAfterMs with shorten: false", kept.retryAfterMs, hourMs - 1_000 + unitMs);
      await t.block("five", 2_000, { shorten: true });
      const cut = await t.denies("with shorten: true", t.charge("five"));
      same("retryAfterMs of a block cut to 2 s", cut.retryAfterMs, 2_000 + unitMs);
      await t.block("five", 9_000, { shorten: true });
      const longer = await t.denies("made longer", t.charge("five"));
      same("retryAfterMs of a block made 9 s", longer.retryAfterMs, 9_000 + unitMs);
      await t.block("five", 0, { shorten: true });
      const ended = await t.denies("ended", t.charge("five"));
      same("retryAfterMs of a block that ends now", ended.retryAfterMs, unitMs);
    },
  },
  {
    name: "a block of 0 empties the bucket, and ends no block",
    promise: 13,
    needs,
    algorithms: buckets,
    policies: five,
    async run(t) {
      await t.block("five", 0);
      const empty = await t.denies("an emptied bucket", t.charge("five"));
      same("retryAfterMs of an emptied bucket", empty.retryAfterMs, unitMs);
      await t.block("five", 5_000);
      await t.block("five", 0);
      const blocked = await t.denies("a blocked bucket", t.charge("five"));
      same("retryAfterMs of a bucket that stays blocked", blocked.retryAfterMs, 5_000 + unitMs);
    },
  },
  {
    name: "reset lifts a block, and fills the bucket",
    promise: 13,
    needs: ["block", "reset"],
    algorithms: buckets,
    policies: five,
    async run(t) {
      await t.block("five", hourMs);
      await t.denies("a blocked bucket", t.charge("five"));
      await t.reset("five");
      same("units left after a reset", await t.left("five"), 5);
    },
  },
  {
    name: "a block is one counter's, and no other's",
    promise: 13,
    needs: ["block"],
    algorithms: buckets,
    policies: { one: { capacity: 1 }, other: { capacity: 1 } },
    async run(t) {
      await t.block("one", hourMs);
      await t.block("one", hourMs, { key: "l", shard: "s" });
      const blocked = [t.charge("one"), t.charge("one", { key: "l", shard: "s" })];
      for (const charge of blocked) await t.denies("a blocked counter", charge);
      for (const charge of [
        t.charge("other"),
        t.charge("one", { key: "l" }),
        t.charge("one", { shard: "s" }),
        t.charge("one", { key: "l", shard: "r" }),
      ]) {
        await t.admits("another counter", charge);
      }
    },
  },
  {
    name: "a blocked bucket denies what is asked beside it, and nothing is booked",
    promise: 13,
    needs: ["block", "exact"],
    algorithms: buckets,
    policies: { ...five, wide: { capacity: 5 } },
    async run(t) {
      await t.block("five", hourMs);
      const { decisions, retryAfterMs } = await t.denies("both", t.charge("wide"), t.charge("five"));
      same(
        "allowed and charged of each",
        decisions.map(({ allowed, charged }) => [allowed, charged]),
        [
          [true, 0],
          [false, 0],
        ],
      );
      holds("retryAfterMs of the outcome is that of the block", Number(retryAfterMs) >= hourMs - 60_000, retryAfterMs);
      same("units left beside it", await t.left("wide"), 5);
    },
  },
];
