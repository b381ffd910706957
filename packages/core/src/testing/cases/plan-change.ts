/** Cases about changing plans: the limit is not part of a counter, so what was spent stays spent. */

import type { Case } from "../case.ts";
import { same } from "../conformance-error.ts";

const plan = { free: { capacity: 2, name: "plan" }, pro: { capacity: 6, name: "plan" } } as const;

export const planChange: readonly Case[] = [
  {
    name: "an upgrade leaves the difference",
    promise: 6,
    needs: ["exact"],
    policies: plan,
    async run(t) {
      same("admitted of 3 on the limit of 2", await t.admitted(3, t.charge("free")), 2);
      same("units left after 2 of 2 were spent and the limit became 6", await t.left("pro"), 4);
    },
  },
  {
    name: "a downgrade leaves nothing when as much was spent",
    promise: 6,
    needs: ["exact"],
    policies: plan,
    async run(t) {
      same("admitted of 2 on the limit of 6", await t.admitted(2, t.charge("pro")), 2);
      await t.denies("after 2 of 6 were spent and the limit became 2", t.charge("free"));
    },
  },
  {
    name: "a downgrade and an upgrade give nothing away",
    promise: 6,
    needs: ["exact"],
    policies: plan,
    async run(t) {
      same("admitted of 4 on the limit of 6", await t.admitted(4, t.charge("pro")), 4);
      same("admitted of 3 on the limit of 2", await t.admitted(3, t.charge("free")), 0);
      same("units left back on the limit of 6", await t.left("pro"), 2);
    },
  },
  {
    name: "a downgrade forgives nothing, and its wait is exact",
    promise: 6,
    needs: ["exact", "clock"],
    policies: plan,
    async run(t) {
      same("admitted of 5 on the limit of 6", await t.admitted(5, t.charge("pro")), 5);
      const { retryAfterMs = 0 } = await t.denies("on the limit of 2", t.charge("free"));
      await t.advance(retryAfterMs - 1);
      await t.denies("a millisecond before the wait is over", t.charge("free"));
      await t.advance(1);
      await t.admits("after the wait", t.charge("free"));
    },
  },
  {
    name: "60 of 60 spent and an upgrade to 180 leave 120",
    promise: 6,
    needs: ["exact", "cost"],
    policies: {
      free: { capacity: 60, name: "api", windowMs: 60_000 },
      pro: { capacity: 180, name: "api", windowMs: 60_000 },
    },
    async run(t) {
      await t.admits("60 of 60", t.charge("free", { cost: 60 }));
      await t.denies("121 of 180 after 60", t.charge("pro", { cost: 121 }));
      await t.admits("120 of 180 after 60", t.charge("pro", { cost: 120 }));
      await t.denies("1 more", t.charge("pro"));
    },
  },
  {
    name: "settles by what was charged, whatever the plan has become",
    promise: 6,
    needs: ["exact", "cost", "settle"],
    policies: plan,
    async run(t) {
      const { decisions } = await t.admits("2 of 2", t.charge("free", { cost: 2 }));
      await t.admits("3 of 6", t.charge("pro", { cost: 3 }));
      await t.settle(decisions[0], 0);
      same("units left on the limit of 6", await t.left("pro"), 3);
    },
  },
  {
    name: "a smaller burst leaves the difference",
    promise: 6,
    needs: ["exact"],
    algorithms: ["token-bucket"],
    policies: { calm: { capacity: 3, limit: 6, name: "plan" }, full: { capacity: 6, limit: 6, name: "plan" } },
    async run(t) {
      same("admitted of 2", await t.admitted(2, t.charge("full")), 2);
      same("units left with a burst of 3", await t.left("calm"), 1);
      same("units left with a burst of 6", await t.left("full"), 3);
    },
  },
];
