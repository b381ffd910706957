/** What happens when a backend fails: the rule of each charge, not an exception, and one report for each change of state. */

import type { Backend, Settlement } from "../engine/backend.ts";
import type { Charge, Decision, Outcome } from "../engine/charge.ts";
import { isPromise } from "../engine/waiting.ts";
import { healthReports, type Report } from "./health.ts";

/** What a failing backend means for a charge: it passes, it is denied, or another backend is asked. */
export type FailureRule = "open" | "closed" | Backend;

/** Tells the rule of `charges[index]`; called only when the backend has failed. */
export type RuleOf = (index: number) => FailureRule;

/** A backend that answers by rules where it fails. */
export interface RuledBackend {
  consume(charges: readonly Charge[], ruleOf: RuleOf): Outcome | Promise<Outcome>;
  /** Notes that the backend failed, and decides by the rules. */
  instead(cause: unknown, charges: readonly Charge[], ruleOf: RuleOf): Outcome | Promise<Outcome>;
  /** Notes that the backend answered. */
  answered(outcome: Outcome): Outcome;
  /** Settles each decision with the backend that made it; where that fails, what was charged stays charged. */
  settle(entries: readonly Settlement[]): void | Promise<void>;
}

/**
 * Consumes, and where that fails decides by the rules: `closed` wins, and then nothing is charged anywhere; fallback
 * backends are asked, one after the other, up to the first denial, and what earlier ones had booked is given back; the
 * rest is open, and so is what falls back on a backend that fails as well. A shadow denies nobody, whatever its rule.
 *
 * A ConfigError is a mistake, not a failure, and passes through.
 */
export function failureRules(backend: Backend, report: Report): RuledBackend {
  const health = healthReports(report);
  // Apart, because a backend may well decide and yet not settle.
  const settling = healthReports(report);
  /** Decisions of fallbacks as they know them, without `via`, and whose they are. */
  const origins = new WeakMap<Decision, readonly [Backend, Decision]>();

  const answered = (outcome: Outcome): Outcome => {
    health.answered(backend, outcome);
    return outcome;
  };

  const instead = (cause: unknown, charges: readonly Charge[], ruleOf: RuleOf): Outcome | Promise<Outcome> => {
    health.failed(backend, cause, "the failure rules decide until it answers");
    const rules = charges.map((_, index) => ruleOf(index));
    const decisions = charges.map((charge, index) => uncounted(charge, rules[index] === "closed" ? "closed" : "open"));
    const isClosed = decisions.some(({ allowed }, index) => !allowed && charges[index]?.mode !== "shadow");
    return isClosed ? { allowed: false, decisions } : askFallbacks(charges, rules, decisions);
  };

  const askFallbacks = async (
    charges: readonly Charge[],
    rules: readonly FailureRule[],
    decisions: Decision[],
  ): Promise<Outcome> => {
    let delayMs = 0;
    for (const from of new Set(rules)) {
      if (typeof from !== "object") continue;
      const indexes = [...rules.keys()].filter((index) => rules[index] === from);
      let outcome: Outcome;
      try {
        outcome = await from.consume(indexes.map((index) => charges[index] as Charge));
      } catch (cause) {
        health.failed(from, cause, "charges that fall back on it are open");
        continue;
      }
      health.answered(from, outcome);
      for (const [at, index] of indexes.entries()) {
        const decision = outcome.decisions[at] as Decision;
        // A fallback with a rule of its own may itself have been open or closed.
        const via = nobodyCounted(decision) ? decision.via : "fallback";
        const marked = { ...decision, via };
        origins.set(marked, [from, decision]);
        decisions[index] = marked;
      }
      if (!outcome.allowed) {
        await settle(decisions.filter(({ charged }) => charged > 0).map((decision) => ({ decision, cost: 0 })));
        const left = decisions.map((one, i) => (one.charged > 0 ? uncounted(charges[i] as Charge, "fallback") : one));
        return { ...outcome, decisions: left };
      }
      delayMs = Math.max(delayMs, outcome.delayMs ?? 0);
    }
    return { allowed: true, delayMs: delayMs || undefined, decisions };
  };

  const settle = (entries: readonly Settlement[]): void | Promise<void> => {
    const byBackend = new Map<Backend, Settlement[]>();
    for (const { decision: given, cost } of entries) {
      if (nobodyCounted(given)) continue;
      const [from, decision] = origins.get(given) ?? [backend, given];
      const group = byBackend.get(from) ?? [];
      byBackend.set(from, group);
      group.push({ decision, cost });
    }
    const waiting = [...byBackend].map(([from, group]) => settleWith(from, group));
    return waiting.some(isPromise) ? Promise.all(waiting).then(() => {}) : undefined;
  };

  const settleWith = (from: Backend, entries: readonly Settlement[]): void | Promise<void> => {
    const done = (): void => settling.answered(from);
    const lost = (cause: unknown): void => settling.failed(from, cause, "what was charged stays charged");
    try {
      const settled = from.settle?.(entries);
      return isPromise(settled) ? settled.then(done, lost) : done();
    } catch (cause) {
      lost(cause);
    }
  };

  return {
    answered,
    instead,
    settle,
    consume(charges, ruleOf) {
      const failed = (cause: unknown): Outcome | Promise<Outcome> => instead(cause, charges, ruleOf);
      try {
        const outcome = backend.consume(charges);
        return isPromise(outcome) ? outcome.then(answered, failed) : answered(outcome);
      } catch (cause) {
        return failed(cause);
      }
    },
  };
}

/** Whether a rule decided in place of a backend: there are no numbers, and nothing to settle. */
export function nobodyCounted({ via }: Decision): boolean {
  return via === "open" || via === "closed";
}

/** What is said of a charge that nobody counts. */
function uncounted({ policy, key, shard, cost }: Charge, via: "open" | "closed" | "fallback"): Decision {
  return { policy, key, shard, cost, allowed: via !== "closed", charged: 0, via };
}
