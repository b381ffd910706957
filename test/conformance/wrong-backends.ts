/** Backends that are wrong in one way each, so that the cases can show that they notice. */

import {
  type Backend,
  type Charge,
  type Decision,
  type Identity,
  mergeCharges,
  type Outcome,
  type Policy,
  type Settlement,
} from "@sluice/core/engine";
import { type MemoryBackend, memory } from "@sluice/core/memory";
import type { FakeClock } from "@sluice/core/testing";

/** A promise that is settled already: where a real backend would be waiting for its database. */
const moment: Promise<void> = Promise.resolve();

/** Asks `inner` something else, and answers in the words in which it was asked. */
function rewriting(inner: MemoryBackend, other: <I extends Identity>(identity: I) => I): MemoryBackend {
  const change = <I extends Identity>(identity: I): I =>
    typeof identity.key === "string" ? other(identity) : identity;
  const asked = new WeakMap<Decision, Decision>();
  const answered = (charges: readonly Charge[], outcome: Outcome): Outcome => ({
    ...outcome,
    decisions: outcome.decisions.map((decision, i) => {
      const { policy, key, shard, cost } = charges[i] as Charge;
      const own = { ...decision, policy, key, shard, cost };
      asked.set(own, decision);
      return own;
    }),
  });
  const consume = (charges: readonly Charge[]) => answered(charges, inner.consume(charges.map(change)));
  return {
    ...inner,
    consume,
    consumeEach: (groups) => groups.map(consume),
    settle: (entries) =>
      inner.settle(entries.map(({ decision, cost }) => ({ decision: asked.get(decision) ?? decision, cost }))),
    reset: (identity) => inner.reset(change(identity)),
  };
}

/** Twins that were summed share one decision, and still do afterwards. */
function mapDecisions(outcome: Outcome, change: (decision: Decision) => Decision): Outcome {
  const changed = new Map(outcome.decisions.map((decision) => [decision, change(decision)]));
  return { ...outcome, decisions: outcome.decisions.map((decision) => changed.get(decision) ?? decision) };
}

/** Changes outcomes after the fact. */
function answering(inner: MemoryBackend, change: (outcome: Outcome, charges: readonly Charge[]) => Outcome): Backend {
  const consume = (charges: readonly Charge[]) => change(inner.consume(charges), charges);
  return { ...inner, consume, consumeEach: (groups) => groups.map(consume) };
}

/** Only `consume` is different; groups go through it one by one. */
function consuming(inner: MemoryBackend, consume: Backend["consume"]): Backend {
  return { ...inner, consume, consumeEach: (groups) => Promise.all(groups.map(consume)) };
}

function settling(inner: MemoryBackend, change: (entry: Settlement) => Settlement | undefined): Backend {
  return { ...inner, settle: (entries) => inner.settle(entries.flatMap((entry) => change(entry) ?? [])) };
}

const nameOf = ({ policy: { name, algorithm }, shard, key }: Identity): string =>
  JSON.stringify([name, algorithm, shard ?? null, key]);

/** Books one charge even if it does not fit: nothing was read from it, so it is settled upwards. */
function force(inner: MemoryBackend, { policy, key, shard, cost }: Charge): void {
  const [decision] = inner.consume([{ policy, key, shard, cost: 0 }]).decisions;
  if (decision) inner.settle([{ decision, cost }]);
}

/** Reads, waits for its database, and writes. */
export function racy(clock: FakeClock): Backend {
  const inner = memory({ clock });
  return consuming(inner, async (charges) => {
    const seen = inner.consume(charges.map((charge) => ({ ...charge, mode: "peek" as const })));
    await moment;
    const outcome = inner.consume(charges);
    if (outcome.allowed || !seen.allowed) return outcome;
    for (const charge of charges) force(inner, charge);
    return {
      allowed: true,
      decisions: seen.decisions.map((decision, i) => ({ ...decision, charged: charges[i]?.cost ?? 0 })),
    };
  });
}

/** Keeps 64 keys and drops the oldest, spent or not. */
export function forgets(clock: FakeClock): Backend {
  const inner = memory({ clock });
  const kept = new Map<string, Identity>();
  return consuming(inner, (charges) => {
    for (const { policy, key, shard } of charges) {
      const identity = { policy, key, shard };
      if (!kept.has(nameOf(identity))) kept.set(nameOf(identity), identity);
      const [oldest] = kept;
      if (kept.size <= 64 || !oldest) continue;
      kept.delete(oldest[0]);
      inner.reset(oldest[1]);
    }
    return inner.consume(charges);
  });
}

/** Looks at the key alone. */
export function ignoresShards(clock: FakeClock): Backend {
  return rewriting(memory({ clock }), (identity) => ({ ...identity, shard: undefined }));
}

/** Joins shard and key with a colon. */
export function joinsShardAndKey(clock: FakeClock): Backend {
  return rewriting(memory({ clock }), (identity) => {
    const { shard, key } = identity;
    return { ...identity, shard: undefined, key: shard === undefined ? key : `${shard}:${key}` };
  });
}

/** Joins policy and key with a colon. */
export function joinsPolicyAndKey(clock: FakeClock): Backend {
  const nameless = new WeakMap<Policy, Policy>();
  return rewriting(memory({ clock }), (identity) => {
    const policy = nameless.get(identity.policy) ?? { ...identity.policy, name: "all" };
    nameless.set(identity.policy, policy);
    return { ...identity, policy, key: `${identity.policy.name}:${identity.key}` };
  });
}

/** Writes keys as UTF-8, in which lone surrogates are all the same. */
export function encodesKeys(clock: FakeClock): Backend {
  return rewriting(memory({ clock }), (identity) => ({
    ...identity,
    key: identity.key.replaceAll(/\p{Cs}/gu, "\ufffd"),
  }));
}

/** Cuts keys at 255 characters, as a column would. */
export function truncatesKeys(clock: FakeClock): Backend {
  return rewriting(memory({ clock }), (identity) => ({ ...identity, key: identity.key.slice(0, 255) }));
}

/** Increments first and compares then. */
export function chargesDenials(clock: FakeClock): Backend {
  const inner = memory({ clock });
  return consuming(inner, (charges) => {
    const outcome = inner.consume(charges);
    if (!outcome.allowed) for (const charge of charges) force(inner, charge);
    return outcome;
  });
}

/** Books charge after charge, and stops at the first denial. */
export function booksPartially(clock: FakeClock): Backend {
  const inner = memory({ clock });
  return consuming(inner, (charges) => {
    if (charges.some(({ mode }) => mode)) return inner.consume(charges);
    const whole = inner.consume(charges.map((charge) => ({ ...charge, mode: "peek" as const })));
    if (whole.allowed) return inner.consume(charges);
    for (const [i, charge] of charges.entries()) {
      if (!whole.decisions[i]?.allowed) break;
      inner.consume([charge]);
    }
    return whole;
  });
}

/** Has the limit in the name of the counter. */
export function forgetsOnPlanChange(clock: FakeClock): Backend {
  return rewriting(memory({ clock }), (identity) => ({ ...identity, key: `${identity.policy.limit} ${identity.key}` }));
}

/** Keeps the share that was spent, not the units. */
export function repricesOnPlanChange(clock: FakeClock): Backend {
  const inner = memory({ clock });
  const last = new Map<string, Policy>();
  return consuming(inner, (charges) => {
    for (const charge of charges) {
      const { policy, key, shard } = charge;
      const before = last.get(nameOf(charge));
      last.set(nameOf(charge), policy);
      if (!before || before.limit === policy.limit || before.limit === 0) continue;
      const [read] = inner.consume([{ policy: before, key, shard, cost: 0 }]).decisions;
      const spent = 1 - (read?.remaining ?? 0) / before.limit;
      inner.reset(charge);
      force(inner, { policy, key, shard, cost: Math.round(spent * policy.limit) });
    }
    return inner.consume(charges);
  });
}

/** Gives back whenever it is asked to. */
export function settlesTwice(clock: FakeClock): Backend {
  return settling(memory({ clock }), ({ decision, cost }) => ({ decision: { ...decision }, cost }));
}

/** Gives back whatever the time. */
export function settlesLate(clock: FakeClock): Backend {
  const inner = memory({ clock });
  const done = new WeakSet<Decision>();
  return settling(inner, ({ decision, cost }) => {
    if (cost >= decision.charged || done.has(decision)) return { decision, cost };
    done.add(decision);
    const { policy, key, shard } = decision;
    const size = policy.algorithm === "token-bucket" ? (policy.burst ?? policy.limit) : policy.limit;
    const [read] = inner.consume([{ policy, key, shard, cost: 0 }]).decisions;
    const spent = size - (read?.remaining ?? 0) - (decision.charged - cost);
    inner.reset(decision);
    if (spent > 0) force(inner, { policy, key, shard, cost: Math.floor(spent * 100) / 100 });
    return undefined;
  });
}

/** Never debits what something cost beyond its charge. */
export function settlesDownOnly(clock: FakeClock): Backend {
  return settling(memory({ clock }), (entry) => (entry.cost > entry.decision.charged ? undefined : entry));
}

/** Says that nothing remains where it does not know. */
export function inventsRemaining(clock: FakeClock): Backend {
  const inner = memory({ clock });
  const invented = (decision: Decision): Decision => ({ ...decision, remaining: 0, resetAfterMs: 0 });
  const backend = answering(inner, (outcome) => mapDecisions(outcome, invented));
  return { ...backend, features: { ...inner.features, remaining: false } };
}

/** Repeats the policy's own limit as the one that it serves. */
export function tellsServedLimit(clock: FakeClock): Backend {
  const told = (decision: Decision): Decision => ({ ...decision, servedLimit: decision.policy.limit });
  return answering(memory({ clock }), (outcome) => mapDecisions(outcome, told));
}

/** Tells waits in whole seconds, as its header does. */
export function waitsInSeconds(clock: FakeClock): Backend {
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : Math.ceil(ms / 1000) * 1000);
  return answering(memory({ clock }), (outcome) => ({
    ...mapDecisions(outcome, (decision) => ({ ...decision, retryAfterMs: seconds(decision.retryAfterMs) })),
    retryAfterMs: seconds(outcome.retryAfterMs),
  }));
}

/** Tells the wait of the first denial. */
export function waitsForTheFirst(clock: FakeClock): Backend {
  return answering(memory({ clock }), (outcome) => {
    const first = outcome.decisions.find(({ allowed }) => !allowed);
    return outcome.allowed ? outcome : { ...outcome, retryAfterMs: first?.retryAfterMs };
  });
}

/** Looks no further than the first denial. */
export function reportsOneDenial(clock: FakeClock): Backend {
  return answering(memory({ clock }), (outcome) => {
    const first = outcome.decisions.findIndex(({ allowed }) => !allowed);
    if (outcome.allowed) return outcome;
    const silent = (decision: Decision) => ({ ...decision, allowed: true, retryAfterMs: undefined });
    const decisions = outcome.decisions.map((decision, i) => (i > first ? silent(decision) : decision));
    return { ...outcome, decisions, retryAfterMs: decisions[first]?.retryAfterMs };
  });
}

/** Starts afresh when the time runs backwards. */
export function trustsStepsBack(clock: FakeClock): Backend {
  let inner = memory({ clock });
  let last = 0;
  const consume = (charges: readonly Charge[]) => {
    if (clock.now() < last) inner = memory({ clock });
    last = clock.now();
    return inner.consume(charges);
  };
  return {
    ...inner,
    consume,
    consumeEach: (groups) => groups.map(consume),
    settle: (entries) => inner.settle(entries),
  };
}

/** Never goes back to a time before the latest it has seen. */
export function waitsForTheLatestTime(clock: FakeClock): Backend {
  let latest = 0;
  const now = () => {
    latest = Math.max(latest, clock.now());
    return latest;
  };
  return memory({ clock: { now } });
}

/** Ends every day at midnight UTC. */
export function ignoresTimeZones(clock: FakeClock): Backend {
  const inUtc = new WeakMap<Policy, Policy>();
  return rewriting(memory({ clock }), (identity) => {
    const policy = inUtc.get(identity.policy) ?? ({ ...identity.policy, timeZone: "UTC" } as Policy);
    inUtc.set(identity.policy, policy);
    return { ...identity, policy };
  });
}

/** Refuses what a shadow charge is only to observe. */
export function enforcesShadows(clock: FakeClock): Backend {
  const inner = memory({ clock });
  return consuming(inner, (charges) =>
    inner.consume(charges.map((charge) => (charge.mode === "shadow" ? { ...charge, mode: undefined } : charge))),
  );
}

/** Books what a peek only asks. */
export function booksPeeks(clock: FakeClock): Backend {
  const inner = memory({ clock });
  return consuming(inner, (charges) =>
    inner.consume(charges.map((charge) => (charge.mode === "peek" ? { ...charge, mode: undefined } : charge))),
  );
}

/** Takes all or nothing where there is less. */
export function ignoresMinCost(clock: FakeClock): Backend {
  const inner = memory({ clock });
  return consuming(inner, (charges) => inner.consume(charges.map((charge) => ({ ...charge, minCost: undefined }))));
}

/** Admits whatever comes while a unit is left. */
export function overdraws(clock: FakeClock): Backend {
  const inner = memory({ clock });
  return consuming(inner, (charges) => {
    const [charge] = charges;
    if (charges.length !== 1 || !charge || charge.mode || charge.minCost !== undefined || !(charge.cost > 1)) {
      return inner.consume(charges);
    }
    const outcome = inner.consume([{ ...charge, minCost: 1 }]);
    const [decision] = outcome.decisions;
    if (!outcome.allowed || !decision || decision.charged === charge.cost) return outcome;
    force(inner, { ...charge, cost: charge.cost - decision.charged });
    return { ...outcome, decisions: [{ ...decision, charged: charge.cost }] };
  });
}

/** Counts requests, not units. */
export function countsRequests(clock: FakeClock): Backend {
  const inner = memory({ clock });
  return consuming(inner, (charges) => {
    return inner.consume(charges.map((charge) => (charge.cost > 0 ? { ...charge, cost: 1 } : charge)));
  });
}

/** Computes slots, and keeps none of them. */
export function keepsNoSlots(clock: FakeClock): Backend {
  const inner = memory({ clock });
  return consuming(inner, (charges) => {
    const outcome = inner.consume(charges.map((charge) => (charge.maxDelayMs ? { ...charge, mode: "peek" } : charge)));
    return outcome.delayMs === undefined && charges.some(({ maxDelayMs }) => maxDelayMs)
      ? inner.consume(charges)
      : outcome;
  });
}

/** Decides twins one by one, each from the same state. */
export function ignoresTwins(clock: FakeClock): Backend {
  const inner = memory({ clock });
  return consuming(inner, (charges) => {
    const first = charges.map((charge) => charges.findIndex((other) => nameOf(other) === nameOf(charge)));
    const unique = charges.filter((_, i) => first[i] === i);
    const { decisions, ...outcome } = inner.consume(unique);
    const place = (at: number) => unique.indexOf(charges[at] as Charge);
    return { ...outcome, decisions: first.map((at) => decisions[place(at)] as Decision) };
  });
}

/** Gives all charges that were summed one decision, with the sum. */
export function sharesTwins(clock: FakeClock): Backend {
  const inner = memory({ clock });
  return consuming(inner, (charges) => {
    const merged = mergeCharges(charges);
    if (merged === undefined) return inner.consume(charges);
    const outcome = inner.consume(merged.charges);
    return { ...outcome, decisions: merged.index.map((at) => outcome.decisions[at] as Decision) };
  });
}

/** Answers in the order of its index. */
export function sortsAnswers(clock: FakeClock): Backend {
  return answering(memory({ clock }), (outcome) => ({
    ...outcome,
    decisions: outcome.decisions.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)),
  }));
}

/** Hands out one object again and again. */
export function reusesAnswers(clock: FakeClock): Backend {
  const decisions: Decision[] = [];
  const shared: { allowed: boolean; retryAfterMs?: number | undefined; delayMs?: number | undefined } = {
    allowed: true,
  };
  return answering(memory({ clock }), (outcome) => {
    decisions.splice(0, decisions.length, ...outcome.decisions);
    return Object.assign(shared, outcome, { decisions });
  });
}

/** Says that it can settle, and cannot. */
export function claimsTooMuch(clock: FakeClock): Backend {
  const { settle: _, ...inner } = memory({ clock });
  return inner;
}
