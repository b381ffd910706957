/** Cases about what a block meets: slots, peeks, gates, clocks, and requests that make no sense. */

import type { Case } from "../case.ts";
import { same } from "../conformance-error.ts";

const buckets = ["token-bucket", "strict"] as const;
const five = { five: { capacity: 5 } } as const;
const needs = ["block", "exact", "clock"] as const;
const patient = { maxDelayMs: 1_000_000 };
const hourMs = 3_600_000;

/** After a block a bucket of 5 per 10 s is empty, and fills by a unit in so many milliseconds. */
const unitMs = 2_000;

export const blockMeets: readonly Case[] = [
  {
    name: "a block stands behind slots that were booked ahead, or they behind it",
    promise: 13,
    needs: [...needs, "delay"],
    algorithms: buckets,
    policies: { one: { capacity: 1 } },
    async run(t) {
      const delays: (number | undefined)[] = [];
      for (let i = 0; i < 3; i++) delays.push((await t.admits("a patient charge", t.charge("one", patient))).delayMs);
      same("delayMs of three charges", delays, [null, 10_000, 20_000]);
      await t.block("one", 5_000);
      const short = await t.denies("a newcomer after a short block", t.charge("one"));
      same("retryAfterMs where slots reach further than the block", short.retryAfterMs, 30_000);
      await t.block("one", 60_000);
      const long = await t.denies("a newcomer after a long block", t.charge("one"));
      same("retryAfterMs where the block reaches further", long.retryAfterMs, 70_000);
      same("delayMs of a slot", (await t.admits("a patient charge", t.charge("one", patient))).delayMs, 70_000);
      same("delayMs of the next", (await t.admits("a patient charge", t.charge("one", patient))).delayMs, 80_000);
    },
  },
  {
    name: "a patient peek is told its slot after a block",
    promise: 13,
    needs: [...needs, "delay"],
    algorithms: buckets,
    policies: { one: { capacity: 1 } },
    async run(t) {
      await t.block("one", 60_000);
      const peek = t.charge("one", { ...patient, mode: "peek" });
      for (let i = 0; i < 2; i++) same("delayMs", (await t.admits("a patient peek", peek)).delayMs, 70_000);
      const hasty = t.charge("one", { maxDelayMs: 9_000, mode: "peek" });
      same("retryAfterMs with patience for 9 s", (await t.denies("a hasty peek", hasty)).retryAfterMs, 61_000);
      await t.advance(70_000);
      same("delayMs after the wait", (await t.admits("a peek after the wait", peek)).delayMs, undefined);
    },
  },
  {
    name: "a bucket whose unit is a millisecond is a gate: shut while blocked, then it tells since when it is open",
    promise: 13,
    needs: [...needs, "remaining"],
    algorithms: ["token-bucket"],
    policies: { gate: { capacity: 60_000, limit: 1, windowMs: 1 } },
    async run(t) {
      const peek = t.charge("gate", { mode: "peek" });
      const open = async (what: string): Promise<unknown> => (await t.admits(what, peek)).decisions[0]?.remaining;
      same("remaining of a gate never shut", await open("a gate never shut"), 60_000);
      await t.block("gate", 5_000);
      same("retryAfterMs of a shut gate", (await t.denies("a shut gate", peek)).retryAfterMs, 5_001);
      await t.advance(5_000);
      same("retryAfterMs at the end of the block", (await t.denies("at the end", peek)).retryAfterMs, 1);
      await t.advance(1);
      same("remaining a millisecond after the block", await open("a millisecond after the block"), 1);
      await t.advance(29_999);
      same("remaining 30 s after the block", await open("30 s after the block"), 30_000);
      await t.advance(hourMs);
      same("remaining an hour later", await open("an hour later"), 60_000);
      await t.block("gate", 3_155_760_000_000);
      await t.denies("a gate shut for a hundred years", peek);
      await t.block("gate", 0, { shorten: true });
      await t.advance(60_000);
      same("remaining a minute after it was opened again", await open("opened again"), 60_000);
    },
  },
  {
    name: "a block lasts as long as it was told when the clock steps back",
    promise: 13,
    needs,
    algorithms: buckets,
    policies: five,
    async run(t) {
      await t.block("five", 10_000);
      await t.set(t.now() - hourMs);
      const { retryAfterMs } = await t.denies("after a step back", t.charge("five"));
      same("retryAfterMs after a step back", retryAfterMs, 10_000 + unitMs);
      await t.block("five", 4_000);
      await t.advance(10_000 + unitMs);
      await t.admits("after the wait", t.charge("five"));
    },
  },
  {
    name: "refuses a block for a time that is none, or that the bucket cannot hold",
    promise: 13,
    needs: ["block"],
    algorithms: buckets,
    policies: { ...five, fast: { capacity: 100 } },
    async run(t) {
      for (const forMs of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY, 3_155_760_000_001, "1000", undefined, null]) {
        await t.refuses("SLUICE_BLOCK", () => t.block("five", forMs as number));
      }
      await t.refuses("SLUICE_BLOCK", () => t.block("fast", 3_155_760_000_000));
      await t.refuses("SLUICE_CHARGE_KEY", () => t.block("five", 1_000, { key: 7 as never }));
      same("units left after refused blocks", await t.left("five"), 5);
    },
  },
  {
    name: "refuses a block where the state has no room for it",
    promise: 13,
    needs: ["block"],
    algorithms: ["fixed-window", "sliding-window", "sliding-log", "calendar"],
    policies: five,
    async run(t) {
      await t.refuses("SLUICE_BLOCK", () => t.block("five", 1_000));
      same("units left after a refused block", await t.left("five"), 5);
    },
  },
];
