/** The backends that limiters name for the time when the mount's own one fails. */

import type { Backend, Settlement } from "../engine/backend.ts";
import type { Charge, Decision, Outcome } from "../engine/charge.ts";
import { type Charged, degraded, type Health, type RuledBackend } from "./failure.ts";

/** The fallbacks of a mount's limiters, as one. */
export interface Fallbacks extends RuledBackend {
  /** Whether a fallback made this decision. */
  made(entry: Settlement): boolean;
}

/** A fallback's decision as the fallback knows it, without `via`. */
interface Origin {
  readonly backend: Backend;
  readonly decision: Decision;
}

/**
 * Asks each limiter's fallback, one after the other, up to the first denial, and gives back what the earlier ones had
 * booked. Limiters without a fallback, or whose fallback fails as well, stay open.
 */
export function askFallbacks(health: Health): Fallbacks {
  const origins = new WeakMap<Decision, Origin>();

  const ask = async (backend: Backend, charges: readonly Charge[]): Promise<Outcome | undefined> => {
    try {
      const outcome = await backend.consume(charges);
      health.answered(backend);
      return outcome;
    } catch (cause) {
      health.failed(backend, cause, "the limiters that fall back on it are open");
      return undefined;
    }
  };

  const settleWith = async (backend: Backend, group: readonly Settlement[]): Promise<void> => {
    try {
      await backend.settle?.(group);
    } catch (cause) {
      health.failed(backend, cause, "what it has charged stays charged");
    }
  };

  const settle = async (entries: readonly Settlement[]): Promise<void> => {
    const byBackend = new Map<Backend, Settlement[]>();
    for (const { decision, cost } of entries) {
      const origin = origins.get(decision);
      if (origin === undefined) continue;
      const group = byBackend.get(origin.backend) ?? [];
      byBackend.set(origin.backend, group);
      group.push({ decision: origin.decision, cost });
    }
    await Promise.all([...byBackend].map(([backend, group]) => settleWith(backend, group)));
  };

  return {
    made: ({ decision }) => origins.has(decision),
    settle,

    async consume(asked) {
      const decisions = asked.map((one) => degraded(one, "open"));
      for (const [backend, indexes] of groups(asked)) {
        const outcome = await ask(
          backend,
          indexes.map((index) => (asked[index] as Charged).charge),
        );
        if (outcome === undefined) continue;
        for (const [at, index] of indexes.entries()) {
          const decision = outcome.decisions[at] as Decision;
          const marked: Decision = { ...decision, via: "fallback" };
          origins.set(marked, { backend, decision });
          decisions[index] = marked;
        }
        if (outcome.allowed) continue;
        await settle(decisions.filter(({ charged }) => charged > 0).map((decision) => ({ decision, cost: 0 })));
        return { ...outcome, decisions: decisions.map((one) => (one.charged > 0 ? { ...one, charged: 0 } : one)) };
      }
      return { allowed: true, decisions };
    },
  };
}

/** Which of the charges each fallback decides. */
function groups(asked: readonly Charged[]): Map<Backend, number[]> {
  const indexes = new Map<Backend, number[]>();
  for (const [index, { limiter }] of asked.entries()) {
    if (typeof limiter.onFailure !== "object") continue;
    const group = indexes.get(limiter.onFailure) ?? [];
    indexes.set(limiter.onFailure, group);
    group.push(index);
  }
  return indexes;
}
