/** Cases about waiting: after exactly retryAfterMs the charge fits, a millisecond earlier it does not. */

import type { Charge } from "../../engine/charge.ts";
import type { Case, Trial } from "../case.ts";
import { holds, same } from "../conformance-error.ts";
import type { Algorithm } from "../shape.ts";

const odd = { odd: { capacity: 7, windowMs: 9_973 } } as const;

/** Until a unit is back when 3 of 3 per 10 s, or per day, were spent at once at 9:30 sharp. */
const firstWaitMs: Readonly<Record<Algorithm, number>> = {
  "token-bucket": 3_334,
  strict: 3_334,
  "fixed-window": 10_000,
  "sliding-window": 13_334,
  "sliding-log": 10_000,
  calendar: 52_200_000,
};

/** Waits as told, and finds the charge denied a millisecond before and allowed then. */
async function waitsExactly(t: Trial, what: string, ...charges: readonly Charge[]): Promise<void> {
  const { retryAfterMs = 0 } = await t.denies(what, ...charges);
  holds(
    `${what}: retryAfterMs is a whole number above 0`,
    Number.isInteger(retryAfterMs) && retryAfterMs > 0,
    retryAfterMs,
  );
  await t.advance(retryAfterMs - 1);
  const early = await t.denies(`${what}: ${retryAfterMs} ms to wait, after 1 ms less`, ...charges);
  same(`${what}: retryAfterMs with 1 ms to wait`, early.retryAfterMs, 1);
  await t.advance(1);
  await t.admits(`${what}: after ${retryAfterMs} ms`, ...charges);
}

export const retryAfter: readonly Case[] = [
  {
    name: "allows after exactly retryAfterMs, and not a millisecond earlier",
    promise: 5,
    needs: ["exact", "clock"],
    policies: odd,
    async run(t) {
      await t.advance(1_234);
      same("admitted of 8", await t.admitted(8, t.charge("odd")), 7);
      for (const pause of [0, 1, 333]) {
        await waitsExactly(t, `with ${pause} ms between`, t.charge("odd"));
        while ((await t.consume(t.charge("odd"))).allowed);
        await t.advance(pause);
      }
    },
  },
  {
    name: "rounds a wait up to the whole millisecond, never down",
    promise: 5,
    needs: ["exact", "clock"],
    policies: { three: { capacity: 3 } },
    async run(t) {
      same("admitted of 4", await t.admitted(4, t.charge("three")), 3);
      const { retryAfterMs } = await t.denies("a fourth of 3 per 10 s", t.charge("three"));
      same("retryAfterMs after 3 of 3 at the window's beginning", retryAfterMs, firstWaitMs[t.algorithm]);
    },
  },
  {
    name: "allows a heavy charge after exactly retryAfterMs",
    promise: 5,
    needs: ["exact", "clock", "cost"],
    policies: odd,
    async run(t) {
      for (const cost of [3, 2, 1]) {
        await t.admits(`cost ${cost}`, t.charge("odd", { cost }));
        await t.advance(777);
      }
      for (const cost of [5, 3, 7]) await waitsExactly(t, `cost ${cost}`, t.charge("odd", { cost }));
    },
  },
  {
    name: "allows a charge in hundredths after exactly retryAfterMs",
    promise: 5,
    needs: ["exact", "clock", "cost"],
    algorithms: ["token-bucket", "strict", "fixed-window", "sliding-window", "calendar"],
    policies: odd,
    async run(t) {
      await t.admits("cost 3.33", t.charge("odd", { cost: 3.33 }));
      await t.advance(501);
      await t.admits("cost 3.1", t.charge("odd", { cost: 3.1 }));
      for (const cost of [4.07, 6.99]) await waitsExactly(t, `cost ${cost}`, t.charge("odd", { cost }));
    },
  },
  {
    name: "allows several charges after exactly the outcome's retryAfterMs",
    promise: 5,
    needs: ["exact", "clock"],
    policies: { odd: { capacity: 3, windowMs: 9_973 }, other: { capacity: 2, windowMs: 7_001 } },
    async run(t) {
      const charges = [t.charge("odd"), t.charge("other")];
      await t.admits("both unused", ...charges);
      await t.advance(1_009);
      await t.admits("both with one spent", ...charges);
      await waitsExactly(t, "the second limit spent", ...charges);
    },
  },
  {
    name: "charges nothing for a denial",
    promise: 5,
    needs: ["exact", "clock"],
    policies: { five: { capacity: 5 } },
    async run(t) {
      same("admitted of 5", await t.admitted(5, t.charge("five")), 5);
      const before = await t.denies("with nothing left", t.charge("five"));
      same("admitted of 30 more", await t.admitted(30, t.charge("five")), 0);
      const after = await t.denies("after 30 denials", t.charge("five"));
      same("retryAfterMs after 30 denials", after.retryAfterMs, before.retryAfterMs);
      await t.advance(t.restMs("five"));
      same("units left after a rest", await t.left("five"), 5);
    },
  },
  {
    name: "charges nothing for a heavy denial",
    promise: 5,
    needs: ["cost"],
    policies: { five: { capacity: 5 } },
    async run(t) {
      await t.admits("cost 3", t.charge("five", { cost: 3 }));
      same("admitted of 5 charges of 3 with 2 left", await t.admitted(5, t.charge("five", { cost: 3 })), 0);
      same("units left", await t.left("five"), 2);
    },
  },
  {
    name: "is as if never used after resetAfterMs",
    promise: 5,
    needs: ["exact", "clock", "remaining"],
    policies: odd,
    async run(t) {
      await t.advance(2_345);
      same("admitted of 7", await t.admitted(7, t.charge("odd")), 7);
      await t.advance(789);
      const { decisions } = await t.admits("cost 0", t.charge("odd", { cost: 0 }));
      const { resetAfterMs = Number.NaN } = decisions[0] ?? {};
      holds("resetAfterMs is above 0", resetAfterMs > 0, resetAfterMs);
      await t.advance(Math.ceil(resetAfterMs));
      same("units left after resetAfterMs", await t.left("odd"), 7);
    },
  },
];
