/** Cases about the answers themselves: true numbers or none, and nothing that changes afterwards. */

import type { Features } from "../../engine/backend.ts";
import type { Decision, Outcome } from "../../engine/charge.ts";
import type { Case, Trial } from "../case.ts";
import { holds, same } from "../conformance-error.ts";
import type { Algorithm } from "../shape.ts";

const five = { five: { capacity: 5 } } as const;

/** What is left of 5 when 4 were spent at once at the beginning of a window: 5 s later, and 15 s later. */
const laterRemaining: Readonly<Record<Algorithm, readonly [number, number]>> = {
  "token-bucket": [3.5, 5],
  strict: [3.5, 5],
  "fixed-window": [1, 5],
  "sliding-window": [1, 3],
  "sliding-log": [1, 5],
  calendar: [1, 1],
};

/** Outcomes of every kind that a limit of 5 can give. */
async function everyKind(t: Trial): Promise<readonly Outcome[]> {
  const outcomes = [
    await t.consume(t.charge("five")),
    await t.consume(t.charge("five", { cost: 0 })),
    await t.consume(t.charge("five"), t.charge("five", { key: "other" })),
  ];
  for (let i = 0; i < 6; i++)
    outcomes.push(await t.consume(t.charge("five", { mode: i === 4 ? "shadow" : undefined })));
  outcomes.push(await t.consume(t.charge("five", { key: "other" }), t.charge("five")));
  return outcomes;
}

function decisionsOf(outcomes: readonly Outcome[]): readonly Decision[] {
  return outcomes.flatMap(({ decisions }) => decisions);
}

const known = (value: unknown): boolean => value !== undefined && value !== null;

export const answers: readonly Case[] = [
  {
    name: "invents no numbers that it does not claim to know",
    promise: 8,
    evenUncounted: true,
    policies: five,
    async run(t) {
      const decisions = decisionsOf(await everyKind(t));
      for (const { servedLimit, policy } of decisions) {
        const isLower = Number.isInteger(servedLimit) && Number(servedLimit) > 0 && Number(servedLimit) < policy.limit;
        holds(
          "servedLimit is absent, or whole, above 0 and below the policy's limit",
          !known(servedLimit) || isLower,
          servedLimit,
        );
      }
      if (t.backend.features.remaining) {
        const unknown = decisions.filter((d) => !known(d.via) && !(known(d.remaining) && known(d.resetAfterMs)));
        same("decisions without the remaining and resetAfterMs it claims to know", unknown.length, 0);
        return;
      }
      for (const { remaining, resetAfterMs } of decisions) {
        holds("remaining is absent where features.remaining is false", !known(remaining), remaining);
        holds("resetAfterMs is absent where features.remaining is false", !known(resetAfterMs), resetAfterMs);
      }
    },
  },
  {
    name: "knows what remains, to the unit",
    promise: 8,
    needs: ["remaining", "exact"],
    policies: five,
    async run(t) {
      const remaining: (number | undefined)[] = [];
      for (const cost of [0, 1, 1, 1, 1, 1, 1, 0]) {
        remaining.push((await t.consume(t.charge("five", { cost }))).decisions[0]?.remaining);
      }
      same("remaining after costs of 0, 1, 1, 1, 1, 1, 1, 0", remaining, [5, 4, 3, 2, 1, 0, 0, 0]);
    },
  },
  {
    name: "knows what time has returned",
    promise: 8,
    needs: ["remaining", "exact", "clock"],
    policies: five,
    async run(t) {
      same("admitted of 4", await t.admitted(4, t.charge("five")), 4);
      await t.advance(5_000);
      const half = await t.admits("cost 0, half a window later", t.charge("five", { cost: 0 }));
      await t.advance(10_000);
      const more = await t.admits("cost 0, one and a half windows later", t.charge("five", { cost: 0 }));
      const remaining = [half, more].map(({ decisions }) => decisions[0]?.remaining);
      same("remaining 5 s and 15 s after 4 of 5 were spent", remaining, laterRemaining[t.algorithm]);
    },
  },
  {
    name: "takes what time has returned",
    promise: 8,
    needs: ["cost", "exact", "clock"],
    policies: five,
    async run(t) {
      same("admitted of 4", await t.admitted(4, t.charge("five")), 4);
      await t.advance(15_000);
      const { decisions } = await t.admits("5, at least 1", t.charge("five", { cost: 5, minCost: 1 }));
      same("charged 15 s after 4 of 5 were spent", decisions[0]?.charged, laterRemaining[t.algorithm][1]);
    },
  },
  {
    name: "knows the end of its window",
    promise: 8,
    needs: ["remaining", "exact", "clock"],
    algorithms: ["fixed-window", "calendar"],
    policies: five,
    async run(t) {
      await t.advance(1_500);
      await t.admits("cost 1", t.charge("five"));
      await t.advance(3_000);
      const [decision] = (await t.admits("another, 3 s later", t.charge("five"))).decisions;
      const ends = t.algorithm === "calendar" ? 52_200_000 - 4_500 : 7_000;
      same("resetAfterMs and windowAfterMs", [decision?.resetAfterMs, decision?.windowAfterMs], [ends, ends]);
    },
  },
  {
    name: "says of every charge what was booked and when to come back",
    promise: 1,
    policies: five,
    async run(t) {
      for (const { allowed, retryAfterMs, delayMs, decisions } of await everyKind(t)) {
        same("delayMs of an outcome without maxDelayMs", delayMs, undefined);
        if (allowed) same("retryAfterMs of an allowed outcome", retryAfterMs, undefined);
        else
          holds(
            "a denied outcome has a denied decision",
            decisions.some((decision) => !decision.allowed),
          );
        for (const decision of decisions) {
          const { charged, cost } = decision;
          if (allowed && decision.allowed) same("charged for an allowed charge", charged, cost);
          else same("charged for a denied one", charged, 0);
          const wait = decision.retryAfterMs;
          if (decision.allowed) same("retryAfterMs of an allowed decision", wait, undefined);
          else if (known(wait))
            holds("retryAfterMs is whole and above 0", Number.isInteger(wait) && Number(wait) > 0, wait);
        }
        const waits = decisions.map((decision) => decision.retryAfterMs ?? 0);
        if (known(retryAfterMs)) same("retryAfterMs of the outcome, the longest", retryAfterMs, Math.max(...waits));
      }
    },
  },
  {
    name: "gives numbers that can be",
    promise: 8,
    needs: ["remaining"],
    policies: five,
    async run(t) {
      const most = t.restMs("five");
      for (const { remaining = 0, resetAfterMs = 0, windowAfterMs = 0 } of decisionsOf(await everyKind(t))) {
        holds("remaining is between 0 and 5", remaining >= 0 && remaining <= 5, remaining);
        holds("resetAfterMs is at most a rest", resetAfterMs >= 0 && resetAfterMs <= most, resetAfterMs);
        holds("windowAfterMs is at most a rest", windowAfterMs >= 0 && windowAfterMs <= most, windowAfterMs);
      }
    },
  },
  {
    name: "changes no answer that was given",
    promise: 8,
    evenUncounted: true,
    policies: five,
    async run(t) {
      const charges = [t.charge("five"), t.charge("five", { key: "other" })];
      const first = await t.consume(...charges);
      const before = JSON.stringify(first);
      for (let i = 0; i < 6; i++) await t.consume(...charges);
      if (t.backend.settle) await t.settle(first.decisions[0], 0);
      same("the first outcome, after more were asked", JSON.stringify(first), before);
    },
  },
  {
    name: "changes nothing of what it was asked",
    promise: 8,
    evenUncounted: true,
    policies: five,
    async run(t) {
      const charge = t.charge("five");
      for (const charges of [[charge], [charge, t.charge("five", { key: "other" })], [charge, charge]]) {
        await t.backend.consume(Object.freeze(charges.map((each) => Object.freeze({ ...each }))));
      }
    },
  },
  {
    name: "has its optional methods exactly where its features say so",
    promise: 8,
    evenUncounted: true,
    policies: {},
    async run({ backend }) {
      for (const name of ["settle", "reset", "block", "lease"] as const satisfies readonly (keyof Features)[]) {
        same(`${name} exists`, typeof backend[name] === "function", backend.features[name]);
      }
    },
  },
  {
    name: "says why it supports no policy that it does not support",
    promise: 10,
    evenUncounted: true,
    policies: five,
    async run({ backend, policy }) {
      const reason = backend.supports(policy("five"));
      holds("supports() gives undefined or a reason", reason === undefined || reason.length > 0, reason);
      holds("a name is not empty", backend.name.length > 0, backend.name);
    },
  },
];
