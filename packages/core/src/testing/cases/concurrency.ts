/** Cases about askers who do not wait for each other: exactly what fits is admitted, never more. */

import type { Charge, Outcome } from "../../engine/charge.ts";
import type { Case, Trial } from "../case.ts";
import { holds, same } from "../conformance-error.ts";

/** So many at once, all started before any is answered. */
function together(t: Trial, count: number, ...charges: readonly Charge[]): Promise<readonly Outcome[]> {
  return Promise.all(Array.from({ length: count }, () => t.consume(...charges)));
}

const allowedOf = (outcomes: readonly Outcome[]): number => outcomes.filter(({ allowed }) => allowed).length;

export const concurrency: readonly Case[] = [
  {
    name: "never admits more than the limit under concurrency",
    promise: 2,
    policies: { five: { capacity: 5 } },
    async run(t) {
      same("admitted of 40 at once on a limit of 5", allowedOf(await together(t, 40, t.charge("five"))), 5);
      await t.denies("one more", t.charge("five"));
    },
  },
  {
    name: "never admits more than the limit under concurrency, with costs",
    promise: 2,
    needs: ["cost"],
    policies: { five: { capacity: 5 } },
    async run(t) {
      const heavy = t.charge("five", { cost: 2 });
      same("admitted of 20 charges of 2 at once on a limit of 5", allowedOf(await together(t, 20, heavy)), 2);
      same("units left", await t.left("five"), 1);
    },
  },
  {
    name: "stays all or nothing under concurrency",
    promise: 1,
    needs: ["exact"],
    policies: { wide: { capacity: 5 }, narrow: { capacity: 3 } },
    async run(t) {
      same("admitted of 20 at once", allowedOf(await together(t, 20, t.charge("wide"), t.charge("narrow"))), 3);
      same("units of the wider limit left", await t.left("wide"), 2);
    },
  },
  {
    name: "stays all or nothing under concurrency across shards",
    promise: 1,
    needs: ["exact"],
    policies: { wide: { capacity: 5 }, narrow: { capacity: 3 } },
    async run(t) {
      const wide = t.charge("wide", { shard: "a" });
      const allowed = allowedOf(await together(t, 20, wide, t.charge("narrow", { shard: "b" })));
      holds("admitted of 20 at once on limits of 5 and 3 is at most 3", allowed <= 3, allowed);
      same("units of the wider limit left", await t.left("wide", { shard: "a" }), 5 - allowed);
    },
  },
  {
    name: "decides many groups at once without admitting more than the limit",
    promise: 2,
    needs: ["consumeEach"],
    policies: { five: { capacity: 5 } },
    async run(t) {
      const groups = Array.from({ length: 12 }, () => [t.charge("five")]);
      const outcomes = await Promise.all([t.backend.consumeEach?.(groups), t.backend.consumeEach?.(groups)]);
      same("admitted of 24 on a limit of 5", allowedOf(outcomes.flatMap((each) => each ?? [])), 5);
    },
  },
  {
    name: "settling and charging at once lose nothing",
    promise: 7,
    needs: ["settle"],
    policies: { five: { capacity: 5 } },
    async run(t) {
      const outcomes = await together(t, 5, t.charge("five"));
      const [later] = await Promise.all([
        together(t, 5, t.charge("five")),
        ...outcomes.slice(0, 2).map(({ decisions }) => t.settle(decisions[0], 0)),
      ]);
      const more = allowedOf(later);
      holds("admitted while 2 units were given back is at most 2", more <= 2, more);
      same("units left", await t.left("five"), 2 - more);
    },
  },
  {
    name: "needs one round trip for all charges of a shard",
    promise: 2,
    needs: ["trips"],
    policies: { wide: { capacity: 5 }, narrow: { capacity: 3 } },
    async run(t) {
      // The first call may have to bring a script along.
      await t.consume(t.charge("wide", { key: "warm", shard: "s" }));
      const charges = [
        t.charge("wide", { key: "a", shard: "s" }),
        t.charge("wide", { key: "b", shard: "s" }),
        t.charge("narrow", { shard: "s" }),
      ];
      const before = t.trips();
      await t.admits("three charges of one shard", ...charges);
      same("round trips for three charges of one shard", t.trips() - before, 1);
    },
  },
];
