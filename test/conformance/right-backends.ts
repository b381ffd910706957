/** Backends that are right in other ways than memory: the cases must be as content with them. */

import {
  type Backend,
  type Charge,
  ConfigError,
  type Decision,
  hundredths,
  mergeCharges,
  type Outcome,
  unmergedOutcome,
} from "@sluice/core/engine";
import { type MemoryBackend, memory } from "@sluice/core/memory";
import type { FakeClock } from "@sluice/core/testing";

/** As far away as a microtask: every answer is a promise, and others are served meanwhile. */
const moment: Promise<void> = Promise.resolve();

/** Lives elsewhere, one place for each shard, so that charges of several shards are several steps. */
export function remote(clock: FakeClock, sent: () => void = () => {}): Backend {
  const inner = memory({ clock });
  const answers = new WeakMap<Decision, Decision>();

  const consume = async (asked: readonly Charge[]): Promise<Outcome> => {
    const merged = mergeCharges(asked);
    const charges = merged?.charges ?? [...asked];
    const outcome = await distinct(charges);
    return merged ? unmergedOutcome(asked, merged, outcome) : outcome;
  };

  const distinct = async (charges: readonly Charge[]): Promise<Outcome> => {
    const decisions: Decision[] = charges.map((charge) => ({ ...charge, allowed: true, charged: 0 }));
    let last: Outcome = { allowed: true, decisions: [] };
    for (const shard of new Set(charges.map((charge) => charge.shard))) {
      sent();
      await moment;
      const places = [...charges.keys()].filter((place) => charges[place]?.shard === shard);
      last = inner.consume(places.map((place) => charges[place] as Charge));
      for (const [i, place] of places.entries()) {
        const decision = last.decisions[i] as Decision;
        decisions[place] = { ...decision };
        answers.set(decisions[place], decision);
      }
      if (!last.allowed) break;
    }
    if (last.allowed) return { ...last, decisions };
    for (const [place, decision] of decisions.entries()) {
      if (decision.charged === 0) continue;
      settleOne(inner, answers.get(decision), 0);
      decisions[place] = { ...decision, charged: 0, receipt: undefined };
    }
    return { ...last, decisions };
  };

  return {
    name: "remote",
    features: { ...inner.features, scope: "global", acrossShards: false },
    supports: inner.supports,
    consume,
    consumeEach(groups) {
      // A mistake in one group books nothing in the others.
      const unused = memory({ clock });
      for (const group of groups) unused.consume(group);
      return Promise.all(groups.map(consume));
    },
    async settle(entries) {
      sent();
      for (const { decision, cost } of [...entries]) {
        await moment;
        settleOne(inner, answers.get(decision) ?? decision, cost);
      }
    },
    async reset(identity) {
      await moment;
      inner.reset(identity);
    },
    async block(...asked) {
      sent();
      await moment;
      inner.block(...asked);
    },
    async lease(request) {
      sent();
      await moment;
      return inner.lease(request);
    },
  };
}

function settleOne(inner: MemoryBackend, decision: Decision | undefined, cost: number): void {
  if (decision) inner.settle([{ decision, cost }]);
}

/** Knows yes and no, for windows of ten seconds and three limits, by a clock that nobody can set. */
export function yesOrNo(): Backend {
  const inner = memory();
  const limits = [1, 3, 5];
  return {
    name: "yes-or-no",
    features: {
      scope: "location",
      exact: false,
      durable: false,
      remaining: false,
      cost: false,
      delay: false,
      settle: false,
      reset: false,
      block: false,
      lease: false,
      acrossShards: false,
    },
    supports: ({ limit, ...policy }) =>
      limits.includes(limit) && "windowMs" in policy && policy.windowMs === 10_000
        ? undefined
        : "there is no binding for it",
    async consume(asked) {
      const merged = mergeCharges(asked);
      const charges = merged?.charges ?? asked;
      for (const { key, cost } of charges) checked(key, cost);
      await moment;
      const answers = charges.map((charge) => inner.consume([{ ...charge, mode: undefined }]).allowed);
      const allowed = charges.every(({ mode }, i) => answers[i] || mode === "shadow");
      const decisions = charges.map(({ policy, key, shard, cost }, i): Decision => {
        const fits = answers[i] === true;
        const wait = fits ? undefined : 10_000;
        return { policy, key, shard, cost, allowed: fits, charged: allowed && fits ? cost : 0, retryAfterMs: wait };
      });
      const outcome = { allowed, retryAfterMs: allowed ? undefined : 10_000, decisions };
      return merged ? unmergedOutcome(asked, merged, outcome) : outcome;
    },
  };
}

function checked(key: unknown, cost: number): void {
  hundredths(cost);
  if (typeof key !== "string")
    throw new ConfigError("SLUICE_CHARGE_KEY", "a key is a string", key, "Name whose quota.");
}

/** Allows everything and says so. */
export function nothing(): Backend {
  return {
    name: "nothing",
    features: {
      scope: "none",
      exact: false,
      durable: false,
      remaining: false,
      cost: false,
      delay: false,
      settle: false,
      reset: false,
      block: false,
      lease: false,
      acrossShards: false,
    },
    supports: () => undefined,
    consume: (charges) => ({
      allowed: true,
      decisions: charges.map(({ policy, key, shard, cost }) => ({
        policy,
        key,
        shard,
        cost,
        allowed: true,
        charged: 0,
      })),
    }),
  };
}
