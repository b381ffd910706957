/** Cases about how much is admitted: the limit, costs, and nothing beyond them. */

import type { Case } from "../case.ts";
import { holds, same } from "../conformance-error.ts";
import { random } from "../random.ts";
import { mostInAnyWindow } from "../shape.ts";

const five = { five: { capacity: 5 } } as const;

export const bounds: readonly Case[] = [
  {
    name: "admits as much as the limit says and denies the rest",
    promise: 5,
    policies: five,
    async run(t) {
      same("admitted of 8 charges on a limit of 5", await t.admitted(8, t.charge("five")), 5);
    },
  },
  {
    name: "admits used + cost up to the limit, and not a unit more",
    promise: 5,
    needs: ["cost"],
    policies: five,
    async run(t) {
      await t.admits("cost 2 of 5", t.charge("five", { cost: 2 }));
      await t.admits("cost 2 with 3 left", t.charge("five", { cost: 2 }));
      await t.denies("cost 2 with 1 left", t.charge("five", { cost: 2 }));
      await t.admits("cost 1 with 1 left", t.charge("five"));
      await t.denies("cost 1 with 0 left", t.charge("five"));
    },
  },
  {
    name: "counts hundredths, and rounds finer costs up",
    promise: 4,
    needs: ["cost"],
    algorithms: ["token-bucket", "strict", "fixed-window", "sliding-window", "calendar"],
    policies: { one: { capacity: 1 } },
    async run(t) {
      same("admitted of 12 charges of 0.1 on a limit of 1", await t.admitted(12, t.charge("one", { cost: 0.1 })), 10);
      await t.denies("cost 0.01 with 0 left", t.charge("one", { cost: 0.01 }));
      const fine = await t.admits("cost 0.991 of 1", t.charge("one", { key: "fine", cost: 0.991 }));
      same("charged for a cost of 0.991", fine.decisions[0]?.charged, 1);
      await t.denies("cost 0.01 after 0.991 was rounded up to 1", t.charge("one", { key: "fine", cost: 0.01 }));
    },
  },
  {
    name: "denies what can never fit, without a retryAfterMs",
    promise: 5,
    needs: ["cost"],
    policies: five,
    async run(t) {
      const { retryAfterMs, decisions } = await t.denies("cost 6 of 5", t.charge("five", { cost: 6 }));
      same("retryAfterMs of the outcome and of the decision", [retryAfterMs, decisions[0]?.retryAfterMs], [null, null]);
      same("units left after that denial", await t.left("five"), 5);
    },
  },
  {
    name: "denies everything on a limit of 0, without a retryAfterMs",
    promise: 5,
    policies: { none: { capacity: 0 } },
    async run(t) {
      const { retryAfterMs, decisions } = await t.denies("a charge on a limit of 0", t.charge("none"));
      same("retryAfterMs of the outcome and of the decision", [retryAfterMs, decisions[0]?.retryAfterMs], [null, null]);
      same("charged", decisions[0]?.charged, 0);
    },
  },
  {
    name: "always allows a cost of 0, and books nothing for it",
    promise: 5,
    policies: { five: { capacity: 5 }, none: { capacity: 0 } },
    async run(t) {
      same("admitted of 9 charges of 0", await t.admitted(9, t.charge("five", { cost: 0 })), 9);
      same("units left after them", await t.left("five"), 5);
      const spent = await t.admits("cost 0 with nothing left", t.charge("five", { cost: 0 }));
      same("charged", spent.decisions[0]?.charged, 0);
      await t.admits("cost 0 on a limit of 0", t.charge("none", { cost: 0 }));
    },
  },
  {
    name: "admits no more in any window than its algorithm promises, whoever asks and when",
    promise: 5,
    needs: ["clock", "exact"],
    policies: { odd: { capacity: 7, windowMs: 9_973 } },
    async run(t) {
      const policy = t.policy("odd");
      const draws = random(7);
      const instants: number[] = [];
      // Greedy by turns with patience: spends at once what there is, then waits as told or for a while.
      for (let i = 0; i < 150; i++) {
        const { allowed, retryAfterMs = 1 } = await t.consume(t.charge("odd"));
        if (allowed) instants.push(t.now());
        else await t.advance(draws.oneIn(3) ? 1 + draws.below(retryAfterMs * 2) : retryAfterMs);
      }
      const most = mostInAnyWindow(policy);
      for (const [i, from] of instants.entries()) {
        const until =
          policy.algorithm === "calendar" ? from - (from % 86_400_000) + 86_400_000 : from + policy.windowMs;
        const inside = instants.slice(i).filter((instant) => instant < until).length;
        holds(`admitted in one window: got ${inside}, expected at most ${most}`, inside <= most);
      }
      holds("admitted in 150 askings", instants.length >= 14, instants.length);
    },
  },
  {
    name: "is whole again after a rest",
    promise: 5,
    needs: ["wait"],
    policies: five,
    async run(t) {
      same("admitted of 6", await t.admitted(6, t.charge("five")), 5);
      await t.wait(t.restMs("five"));
      same("admitted of 6 after a rest", await t.admitted(6, t.charge("five")), 5);
    },
  },
];
