/** Cases about clocks that are set: one that steps back gives nothing away, one that returns takes nothing for good. */

import type { Case, Trial } from "../case.ts";
import { holds, same } from "../conformance-error.ts";

const five = { five: { capacity: 5 } } as const;
const hourMs = 3_600_000;

/** A stored end of a calendar period holds until it has passed, and three ends ahead are believed. */
function patienceMs(t: Trial): number {
  return t.restMs("five") * (t.algorithm === "calendar" ? 3 : 1);
}

export const clockSteps: readonly Case[] = [
  {
    name: "gives no quota away when the clock steps back",
    promise: 3,
    needs: ["clock", "exact"],
    policies: five,
    async run(t) {
      same("admitted of 6", await t.admitted(6, t.charge("five")), 5);
      for (const back of [1, 999, hourMs, 40 * 24 * hourMs]) {
        await t.set(t.now() - back);
        await t.denies(`after a step back of ${back} ms`, t.charge("five"));
      }
    },
  },
  {
    name: "makes nobody wait longer than a rest after a step back, and exactly as long as it says",
    promise: 3,
    needs: ["clock", "exact"],
    policies: five,
    async run(t) {
      same("admitted of 6", await t.admitted(6, t.charge("five")), 5);
      await t.set(t.now() - 400 * 24 * hourMs);
      const { retryAfterMs = Number.NaN } = await t.denies("after a step back", t.charge("five"));
      holds("retryAfterMs is at most a rest", retryAfterMs <= patienceMs(t), retryAfterMs);
      await t.advance(retryAfterMs - 1);
      await t.denies("a millisecond before the wait is over", t.charge("five"));
      await t.advance(1);
      await t.admits("after the wait", t.charge("five"));
    },
  },
  {
    name: "takes nothing for good when the clock jumps ahead and returns",
    promise: 3,
    needs: ["clock", "exact"],
    policies: five,
    async run(t) {
      const start = t.now();
      for (const ahead of [hourMs, 400 * 24 * hourMs]) {
        await t.set(start + ahead);
        await t.left("five");
        await t.set(start);
        const { allowed, retryAfterMs = 0 } = await t.consume(t.charge("five"));
        holds("retryAfterMs is at most a rest", allowed || retryAfterMs <= patienceMs(t), retryAfterMs);
      }
      await t.advance(patienceMs(t));
      same("units left after a rest", await t.left("five"), 5);
    },
  },
  {
    name: "settles across a clock that steps back, and gives no more than was booked",
    promise: 3,
    needs: ["clock", "exact", "settle", "cost"],
    policies: five,
    async run(t) {
      const { decisions } = await t.admits("cost 3", t.charge("five", { cost: 3 }));
      await t.admits("cost 2", t.charge("five", { cost: 2 }));
      await t.set(t.now() - hourMs);
      await t.settle(decisions[0], 0);
      const left = await t.left("five");
      holds("units left after 3 of 5 were given back are at most 3", left <= 3, left);
    },
  },
  {
    name: "keeps slots as far ahead as they were when the clock steps back",
    promise: 3,
    needs: ["clock", "exact", "delay", "settle"],
    algorithms: ["token-bucket", "strict", "sliding-log"],
    policies: { one: { capacity: 1 } },
    async run(t) {
      const ask = async () => await t.admits("a patient charge", t.charge("one", { maxDelayMs: 1_000_000 }));
      await ask();
      const first = await ask();
      same("delayMs of a third", (await ask()).delayMs, 20_000);
      await t.set(t.now() - hourMs);
      same("delayMs of a fourth, after a step back", (await ask()).delayMs, 30_000);
      await t.settle(first.decisions[0], 0);
      same("delayMs after a slot was cancelled on which others stand", (await ask()).delayMs, 40_000);
    },
  },
  {
    name: "gives back the last slot, also where the clock stepped back before it was booked",
    promise: 3,
    needs: ["clock", "exact", "delay", "settle"],
    algorithms: ["token-bucket", "strict", "sliding-log"],
    policies: { one: { capacity: 1 } },
    async run(t) {
      const ask = async () => await t.admits("a patient charge", t.charge("one", { maxDelayMs: 1_000_000 }));
      await ask();
      await ask();
      // Less far than the slot will be ahead: no time is told twice there.
      await t.set(t.now() - 15_000);
      const last = await ask();
      same("delayMs of a third, after a step back", last.delayMs, 20_000);
      await t.settle(last.decisions[0], 0);
      same("delayMs after the last slot was cancelled", (await ask()).delayMs, 20_000);
    },
  },
];
