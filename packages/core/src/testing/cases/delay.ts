/** Cases about slots: a charge that accepts a delay is booked ahead, first come first served. */

import type { Case } from "../case.ts";
import { holds, same } from "../conformance-error.ts";
import { random } from "../random.ts";
import { mostInAnyWindow } from "../shape.ts";

const patient = { maxDelayMs: 1_000_000 };
const slots = ["token-bucket", "strict", "sliding-log"] as const;
const one = { one: { capacity: 1 } } as const;
const exact = ["delay", "exact", "clock"] as const;

export const delay: readonly Case[] = [
  {
    name: "books slots in the order of asking",
    promise: 5,
    needs: exact,
    algorithms: slots,
    policies: one,
    async run(t) {
      const delays: (number | undefined)[] = [];
      for (let i = 0; i < 4; i++) delays.push((await t.admits("a patient charge", t.charge("one", patient))).delayMs);
      same("delayMs of four charges on 1 per 10 s", delays, [null, 10_000, 20_000, 30_000]);
      await t.advance(4_000);
      same("delayMs 4 s later", (await t.admits("a fifth", t.charge("one", patient))).delayMs, 36_000);
    },
  },
  {
    name: "accepts a slot at most maxDelayMs ahead, and says when to ask again",
    promise: 5,
    needs: exact,
    algorithms: slots,
    policies: one,
    async run(t) {
      await t.admits("one unit", t.charge("one"));
      const hasty = t.charge("one", { maxDelayMs: 4_000 });
      const denied = await t.denies("with a slot 10 s ahead and patience for 4", hasty);
      same("retryAfterMs and delayMs", [denied.retryAfterMs, denied.delayMs], [6_000, null]);
      same("retryAfterMs of the decision", denied.decisions[0]?.retryAfterMs, 6_000);
      await t.advance(5_999);
      await t.denies("a millisecond before the wait is over", hasty);
      await t.advance(1);
      same("delayMs after the wait", (await t.admits("after the wait", hasty)).delayMs, 4_000);
    },
  },
  {
    name: "gives no promised slot to a newcomer",
    promise: 5,
    needs: exact,
    algorithms: slots,
    policies: one,
    async run(t) {
      await t.admits("one unit", t.charge("one"));
      await t.admits("a slot in 10 s", t.charge("one", patient));
      const { retryAfterMs } = await t.denies("a newcomer", t.charge("one"));
      same("the newcomer's retryAfterMs", retryAfterMs, 20_000);
      await t.advance(10_000);
      await t.denies("a newcomer in the promised slot", t.charge("one"));
      await t.advance(10_000);
      await t.admits("a newcomer after it", t.charge("one"));
    },
  },
  {
    name: "gives no part of a promised slot to a lighter newcomer",
    promise: 5,
    needs: [...exact, "cost"],
    algorithms: slots,
    policies: { three: { capacity: 3 } },
    async run(t) {
      await t.admits("cost 2 of 3", t.charge("three", { cost: 2 }));
      const { delayMs = 0 } = await t.admits("a slot for 3", t.charge("three", { cost: 3, ...patient }));
      holds("delayMs of the slot is above 0", delayMs > 0, delayMs);
      await t.denies("a newcomer of cost 1, which would still fit now", t.charge("three"));
      await t.advance(delayMs - 1);
      await t.denies("a newcomer just before the slot", t.charge("three"));
    },
  },
  {
    name: "books several charges in the earliest slot that fits all",
    promise: 1,
    needs: exact,
    algorithms: slots,
    policies: { fast: { capacity: 1 }, slow: { capacity: 1, windowMs: 30_000 } },
    async run(t) {
      const charges = [t.charge("fast", patient), t.charge("slow", patient)];
      await t.admits("both unused", ...charges);
      const both = await t.admits("both spent", ...charges);
      same("delayMs", both.delayMs, 30_000);
      same(
        "charged",
        both.decisions.map(({ charged }) => charged),
        [1, 1],
      );
      const next = await t.admits("the faster limit alone", t.charge("fast", patient));
      same("delayMs of the faster limit, behind the shared slot", next.delayMs, 40_000);
    },
  },
  {
    name: "is only as patient as the least patient of several charges",
    promise: 1,
    needs: exact,
    algorithms: slots,
    policies: { one: { capacity: 1 }, wide: { capacity: 5 } },
    async run(t) {
      await t.admits("one unit", t.charge("one"));
      const { retryAfterMs } = await t.denies(
        "a spent limit with patience beside one without",
        t.charge("one", patient),
        t.charge("wide"),
      );
      same("retryAfterMs", retryAfterMs, 10_000);
      same("units left beside it", await t.left("wide"), 5);
    },
  },
  {
    name: "a cancelled slot is free again, unless a later slot stands on it",
    promise: 7,
    needs: [...exact, "settle"],
    algorithms: slots,
    policies: one,
    async run(t) {
      const ask = async () => await t.admits("a patient charge", t.charge("one", patient));
      await ask();
      const [first, second] = [await ask(), await ask()];
      same("delayMs of two slots", [first.delayMs, second.delayMs], [10_000, 20_000]);
      await t.settle(second.decisions[0], 0);
      same("delayMs after the last slot was cancelled", (await ask()).delayMs, 20_000);
      await t.settle(first.decisions[0], 0);
      same("delayMs after a slot was cancelled on which another stands", (await ask()).delayMs, 30_000);
    },
  },
  {
    name: "a peek with patience tells the slot and books nothing",
    promise: 5,
    needs: exact,
    algorithms: slots,
    policies: one,
    async run(t) {
      await t.admits("one unit", t.charge("one"));
      const peek = t.charge("one", { ...patient, mode: "peek" });
      same("delayMs of the peek", (await t.admits("a peek", peek)).delayMs, 10_000);
      same("delayMs of another peek", (await t.admits("a peek", peek)).delayMs, 10_000);
    },
  },
  {
    name: "admits no more in any window than its algorithm promises, slots included",
    promise: 5,
    needs: exact,
    algorithms: slots,
    policies: { odd: { capacity: 4, windowMs: 9_973 } },
    async run(t) {
      const policy = t.policy("odd");
      if (policy.algorithm === "calendar") return;
      const draws = random(11);
      const slots: number[] = [];
      for (let i = 0; i < 60; i++) {
        const details = draws.oneIn(2) ? { maxDelayMs: draws.below(8_000) } : {};
        const { allowed, delayMs = 0 } = await t.consume(t.charge("odd", details));
        if (allowed) slots.push(t.now() + delayMs);
        else await t.advance(1 + draws.below(3_000));
      }
      same(
        "slots in the order of asking",
        slots,
        slots.toSorted((a, b) => a - b),
      );
      const most = mostInAnyWindow(policy);
      for (const [i, from] of slots.entries()) {
        const inside = slots.slice(i).filter((instant) => instant < from + policy.windowMs).length;
        holds(`admitted in one window: got ${inside}, expected at most ${most}`, inside <= most);
      }
    },
  },
  {
    name: "refuses patience where nothing can be booked ahead",
    promise: 10,
    needs: ["delay"],
    algorithms: ["fixed-window", "sliding-window", "calendar"],
    policies: one,
    async run(t) {
      await t.refuses("SLUICE_DELAY_UNSUPPORTED", () => t.backend.consume([t.charge("one", patient)]));
      await t.admits("one unit", t.charge("one"));
    },
  },
];
