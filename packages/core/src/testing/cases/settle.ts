/** Cases about settling: what a decision finally cost, given back or debited once, and never more than time has left. */

import type { Case } from "../case.ts";
import { holds, same } from "../conformance-error.ts";

const five = { five: { capacity: 5 } } as const;
const whole = ["settle", "cost"] as const;

export const settle: readonly Case[] = [
  {
    name: "settling to 0 gives everything back",
    promise: 7,
    needs: whole,
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 3", t.charge("five", { cost: 3 }));
      await t.settle(decisions[0], 0);
      same("units left", await t.left("five"), 5);
    },
  },
  {
    name: "settling to less gives the difference back",
    promise: 7,
    needs: whole,
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 4", t.charge("five", { cost: 4 }));
      await t.settle(decisions[0], 1);
      same("units left after 4 became 1", await t.left("five"), 4);
    },
  },
  {
    name: "settling to less gives hundredths back",
    promise: 7,
    needs: whole,
    algorithms: ["token-bucket", "strict", "fixed-window", "sliding-window", "calendar"],
    policies: { one: { capacity: 1 } },
    async run(t) {
      const { decisions } = await t.admits("cost 1", t.charge("one"));
      await t.settle(decisions[0], 0.1);
      same("admitted of 12 charges of 0.1", await t.admitted(12, t.charge("one", { cost: 0.1 })), 9);
    },
  },
  {
    name: "settling to the same cost changes nothing",
    promise: 7,
    needs: ["settle"],
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 1", t.charge("five"));
      await t.settle(decisions[0], 1);
      same("units left", await t.left("five"), 4);
    },
  },
  {
    name: "settling to more debits the difference",
    promise: 7,
    needs: whole,
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 1", t.charge("five"));
      await t.settle(decisions[0], 3);
      same("units left after 1 became 3", await t.left("five"), 2);
    },
  },
  {
    name: "a read of cost 0 can be settled to what it cost in the end",
    promise: 7,
    needs: whole,
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 0", t.charge("five", { cost: 0 }));
      await t.settle(decisions[0], 2);
      same("units left after 0 became 2", await t.left("five"), 3);
    },
  },
  {
    name: "settling into debt makes the next wait longer, never shorter",
    promise: 7,
    needs: [...whole, "exact", "clock"],
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 5", t.charge("five", { cost: 5 }));
      const { retryAfterMs: before = 0 } = await t.denies("with 0 left", t.charge("five"));
      await t.settle(decisions[0], 7);
      const { retryAfterMs: after = 0 } = await t.denies("with 2 owed", t.charge("five"));
      holds("retryAfterMs with 2 owed is not below that with 0 left", after >= before, [after, before]);
      if (t.algorithm === "token-bucket" || t.algorithm === "strict") same("retryAfterMs with 2 owed", after, 6_000);
      await t.advance(after - 1);
      await t.denies("a millisecond before the debt is paid", t.charge("five"));
      await t.advance(1);
      await t.admits("after the debt is paid", t.charge("five"));
    },
  },
  {
    name: "settles each decision once",
    promise: 7,
    needs: whole,
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 2", t.charge("five", { cost: 2 }));
      await t.admits("cost 3", t.charge("five", { cost: 3 }));
      await t.settle(decisions[0], 0);
      await t.settle(decisions[0], 0);
      same("units left after 2 were given back twice", await t.left("five"), 2);
    },
  },
  {
    name: "settles each decision once, within one call and to whatever cost",
    promise: 7,
    needs: whole,
    policies: five,
    async run(t) {
      const [first] = (await t.admits("cost 2", t.charge("five", { cost: 2 }))).decisions;
      const [second] = (await t.admits("cost 3", t.charge("five", { cost: 3 }))).decisions;
      if (!first || !second) return;
      await t.backend.settle?.([
        { decision: first, cost: 1 },
        { decision: first, cost: 0 },
        { decision: second, cost: 3 },
        { decision: second, cost: 0 },
      ]);
      same("units left after 2 became 1 and 3 stayed 3", await t.left("five"), 1);
    },
  },
  {
    name: "settles each decision once when asked at the same time",
    promise: 7,
    needs: whole,
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 2", t.charge("five", { cost: 2 }));
      await t.admits("cost 3", t.charge("five", { cost: 3 }));
      await Promise.all(Array.from({ length: 5 }, () => t.settle(decisions[0], 0)));
      same("units left after 2 were given back five times", await t.left("five"), 2);
    },
  },
  {
    name: "settles several decisions in one call",
    promise: 7,
    needs: [...whole, "exact"],
    policies: { five: { capacity: 5 }, other: { capacity: 5 } },
    async run(t) {
      const charges = [t.charge("five", { cost: 3 }), t.charge("other", { cost: 2 })];
      const { decisions } = await t.admits("3 and 2", ...charges);
      await t.backend.settle?.(decisions.map((decision) => ({ decision, cost: 1 })));
      same("units left on each", [await t.left("five"), await t.left("other")], [4, 4]);
    },
  },
  {
    name: "gives each of summed charges its own part back",
    promise: 7,
    needs: whole,
    policies: five,
    async run(t) {
      await t.admits("cost 3", t.charge("five", { cost: 3 }));
      const { decisions } = await t.admits("1 + 1", t.charge("five"), t.charge("five"));
      await t.settle(decisions[0], 0);
      same("units left after the first was given back", await t.left("five"), 1);
      await t.settle(decisions[1], 0);
      same("units left after the second was given back, too", await t.left("five"), 1);
    },
  },
  {
    name: "settling a denial or a peek changes nothing",
    promise: 7,
    needs: [...whole, "exact"],
    policies: five,
    async run(t) {
      const peek = await t.admits("peek", t.charge("five", { cost: 2, mode: "peek" }));
      await t.admits("cost 5", t.charge("five", { cost: 5 }));
      const denied = await t.denies("with 0 left", t.charge("five", { cost: 2 }));
      await t.settle(peek.decisions[0], 0);
      await t.settle(denied.decisions[0], 0);
      same("units left", await t.left("five"), 0);
    },
  },
  {
    name: "a denial or a peek cannot be settled to more, either",
    promise: 7,
    needs: [...whole, "exact"],
    policies: five,
    async run(t) {
      const peek = await t.admits("peek", t.charge("five", { cost: 2, mode: "peek" }));
      const denied = await t.denies("cost 6 of 5", t.charge("five", { cost: 6 }));
      await t.settle(peek.decisions[0], 3);
      await t.settle(denied.decisions[0], 3);
      same("units left", await t.left("five"), 5);
    },
  },
  {
    name: "settles a shadow charge that was booked",
    promise: 7,
    needs: whole,
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("a shadow of 3", t.charge("five", { cost: 3, mode: "shadow" }));
      await t.settle(decisions[0], 0);
      same("units left", await t.left("five"), 5);
    },
  },
  {
    name: "a late settlement returns at most what time has not already returned",
    promise: 7,
    needs: [...whole, "exact", "clock"],
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 3", t.charge("five", { cost: 3 }));
      await t.admits("cost 2", t.charge("five", { cost: 2 }));
      await t.advance(5_000);
      await t.settle(decisions[0], 0);
      same("units left half a window after 3 and 2, the 3 given back", await t.left("five"), 3);
    },
  },
  {
    name: "settling into the window before this one returns what it still weighs",
    promise: 7,
    needs: [...whole, "exact", "clock"],
    algorithms: ["sliding-window"],
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 2", t.charge("five", { cost: 2 }));
      await t.admits("cost 2", t.charge("five", { cost: 2 }));
      await t.advance(15_000);
      await t.settle(decisions[0], 0);
      same("units left when 2 of 4 weigh half", await t.left("five"), 4);
    },
  },
  {
    name: "settling into a closed window returns nothing",
    promise: 7,
    needs: [...whole, "exact", "clock"],
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 5", t.charge("five", { cost: 5 }));
      await t.advance(t.restMs("five"));
      await t.admits("cost 5 after a rest", t.charge("five", { cost: 5 }));
      await t.settle(decisions[0], 0);
      same("units left in the new window", await t.left("five"), 0);
    },
  },
  {
    name: "never gives back beyond the limit",
    promise: 7,
    needs: [...whole, "exact", "clock"],
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 4", t.charge("five", { cost: 4 }));
      await t.advance(t.restMs("five") - 1);
      await t.settle(decisions[0], 0);
      same("units left after a late refund", await t.left("five"), 5);
    },
  },
  {
    name: "gives a charge back in its own shard and to its own key",
    promise: 7,
    needs: ["settle"],
    policies: { one: { capacity: 1 } },
    async run(t) {
      const [a, b] = [t.charge("one", { shard: "a" }), t.charge("one", { shard: "b" })];
      const { decisions } = await t.admits("one unit in shard a", a);
      await t.admits("one unit in shard b", b);
      await t.settle(decisions[0], 0);
      await t.denies("another in shard b", b);
      await t.admits("another in shard a", a);
    },
  },
  {
    name: "refuses a final cost that makes no sense",
    promise: 10,
    needs: ["settle"],
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 1", t.charge("five"));
      await t.refuses("SLUICE_COST", () => t.settle(decisions[0], Number.NaN));
      await t.refuses("SLUICE_COST", () => t.settle(decisions[0], -1));
      same("units left", await t.left("five"), 4);
    },
  },
];
