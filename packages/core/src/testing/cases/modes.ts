/** Cases about asking otherwise: peek, shadow, and taking what there is. */

import type { Case } from "../case.ts";
import { holds, same } from "../conformance-error.ts";

const five = { five: { capacity: 5 } } as const;
const both = { wide: { capacity: 5 }, narrow: { capacity: 1 } } as const;

export const modes: readonly Case[] = [
  {
    name: "peek answers as a charge would, and books nothing",
    promise: 5,
    needs: ["exact"],
    policies: { one: { capacity: 1 } },
    async run(t) {
      const peek = t.charge("one", { mode: "peek" });
      for (let i = 0; i < 3; i++) {
        const { decisions } = await t.admits("peek at an unused limit", peek);
        same("charged by a peek", decisions[0]?.charged, 0);
      }
      await t.admits("the charge itself", t.charge("one"));
      const told = await t.denies("peek at a spent limit", peek);
      const denied = await t.denies("a charge on a spent limit", t.charge("one"));
      same("retryAfterMs of the peek", told.retryAfterMs, denied.retryAfterMs);
    },
  },
  {
    name: "a denied peek denies the outcome",
    promise: 1,
    needs: ["exact"],
    policies: both,
    async run(t) {
      await t.admits("one unit", t.charge("narrow"));
      await t.denies("a charge beside a denied peek", t.charge("wide"), t.charge("narrow", { mode: "peek" }));
      same("units left beside it", await t.left("wide"), 5);
    },
  },
  {
    name: "shadow never denies, and books what fits",
    promise: 5,
    policies: five,
    async run(t) {
      const shadow = t.charge("five", { mode: "shadow" });
      const fits: boolean[] = [];
      for (let i = 0; i < 7; i++) {
        const { decisions } = await t.admits("a shadow charge", shadow);
        fits.push(decisions[0]?.allowed === true);
      }
      same("shadow charges said to fit", fits, [true, true, true, true, true, false, false]);
      await t.denies("a charge after 5 shadows", t.charge("five"));
    },
  },
  {
    name: "shadow beside charges neither denies them nor is booked without them",
    promise: 1,
    needs: ["exact"],
    policies: both,
    async run(t) {
      const [wide, narrow] = [t.charge("wide"), t.charge("narrow")];
      await t.admits("one unit", narrow);
      const spent = await t.admits("a charge beside a spent shadow", wide, { ...narrow, mode: "shadow" });
      same(
        "charged",
        spent.decisions.map(({ charged }) => charged),
        [1, 0],
      );
      const denied = await t.denies("a shadow beside a denied charge", { ...wide, mode: "shadow" }, narrow);
      same(
        "charged",
        denied.decisions.map(({ charged }) => charged),
        [0, 0],
      );
      same("units left", await t.left("wide"), 4);
    },
  },
  {
    name: "minCost takes what is there",
    promise: 5,
    needs: ["cost"],
    policies: five,
    async run(t) {
      const up = t.charge("five", { cost: 4, minCost: 1 });
      same("charged with 5 left", (await t.admits("4, at least 1", up)).decisions[0]?.charged, 4);
      same("charged with 1 left", (await t.admits("4, at least 1", up)).decisions[0]?.charged, 1);
      const { decisions } = await t.denies("4, at least 1, with 0 left", up);
      same("charged with 0 left", decisions[0]?.charged, 0);
      same("units left", await t.left("five"), 0);
    },
  },
  {
    name: "minCost takes nothing when the least does not fit",
    promise: 5,
    needs: ["cost"],
    policies: five,
    async run(t) {
      await t.admits("cost 3", t.charge("five", { cost: 3 }));
      await t.denies("5, at least 3, with 2 left", t.charge("five", { cost: 5, minCost: 3 }));
      const taken = await t.admits("5, at least 2, with 2 left", t.charge("five", { cost: 5, minCost: 2 }));
      same("charged", taken.decisions[0]?.charged, 2);
      same("units left", await t.left("five"), 0);
    },
  },
  {
    name: "minCost waits for the least, not for all",
    promise: 5,
    needs: ["cost", "exact", "clock"],
    policies: five,
    async run(t) {
      await t.admits("cost 5", t.charge("five", { cost: 5 }));
      const one = await t.denies("1 with 0 left", t.charge("five"));
      const up = await t.denies("5, at least 1, with 0 left", t.charge("five", { cost: 5, minCost: 1 }));
      same("retryAfterMs of the least", up.retryAfterMs, one.retryAfterMs);
      await t.advance(up.retryAfterMs ?? 0);
      const { decisions } = await t.admits("5, at least 1, after the wait", t.charge("five", { cost: 5, minCost: 1 }));
      const charged = decisions[0]?.charged ?? 0;
      holds("charged is between the least and all", charged >= 1 && charged <= 5, charged);
    },
  },
  {
    name: "minCost takes hundredths that are whole",
    promise: 4,
    needs: ["cost", "exact", "clock"],
    algorithms: ["token-bucket", "strict"],
    policies: { three: { capacity: 3 } },
    async run(t) {
      same("admitted of 4", await t.admitted(4, t.charge("three")), 3);
      await t.advance(3_333);
      const { decisions } = await t.admits("what is there of 0.9999", t.charge("three", { cost: 3, minCost: 0.01 }));
      same("charged", decisions[0]?.charged, 0.99);
    },
  },
  {
    name: "refuses charges that make no sense, and books nothing beside them",
    promise: 10,
    policies: { five: { capacity: 5 }, other: { capacity: 5 } },
    async run(t) {
      const wrong = [
        ["SLUICE_COST", { cost: Number.NaN }],
        ["SLUICE_COST", { cost: -1 }],
        ["SLUICE_COST", { cost: Number.POSITIVE_INFINITY }],
        ["SLUICE_CHARGE_KEY", { key: undefined as unknown as string }],
      ] as const;
      for (const [code, details] of wrong) {
        await t.refuses(code, () => t.backend.consume([t.charge("other", details)]));
        await t.refuses(code, () => t.backend.consume([t.charge("five"), t.charge("other", details)]));
      }
      const twins = [t.charge("five", { cost: -1 }), t.charge("five", { cost: 2 })];
      await t.refuses("SLUICE_COST", () => t.backend.consume(twins));
      same("units left", await t.left("five"), 5);
    },
  },
];
